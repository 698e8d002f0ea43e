//! A small directory server that answers as a test wants, and remembers what it was asked.

use crate::common::ca_file;
use ldap3::asn1::{
    ASNTag as _, Enumerated, Integer, OctetString, PL, Sequence, Set, StructureTag, Tag, TagClass,
    parse_tag, write,
};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Bind { name: String, password: String },
    Search { base: String, filter: String, attributes: Vec<String> },
    Other(u64),
}

/// A part of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Say {
    Entry(&'static str, Vec<(&'static str, Vec<Vec<u8>>)>),
    /// A hint to another server.
    Reference(&'static str),
    /// The end of a search.
    Done(u32, &'static str),
    /// The answer to a bind.
    Bound(u32, &'static str),
    /// The answer to a bind, with the URL of another server.
    Referred(&'static str),
    /// The answer to a search or a bind with a referral that is not UTF-8, at which `ldap3` panics.
    BrokenReferral {
        to_bind: bool,
    },
    /// Bytes that are no LDAP.
    Noise,
    /// The answer to an extended operation, such as StartTLS.
    Extended(u32),
    /// The connection ends.
    Close,
}

/// The server. It runs until the test program ends.
#[derive(Clone)]
pub(crate) struct Fake {
    pub url: String,
    seen: Arc<Mutex<Vec<Asked>>>,
    bytes: Arc<Mutex<Vec<u8>>>,
}

type Answer = dyn Fn(&Asked) -> Option<Vec<Say>> + Send + Sync;

impl Fake {
    /// A server with TLS. What `answer` leaves open is answered as a domain controller does that
    /// knows `bob`.
    pub(crate) fn start(
        answer: impl Fn(&Asked) -> Option<Vec<Say>> + Send + Sync + 'static,
    ) -> Self {
        Self::listen("ldaps", answer)
    }

    /// The same without TLS.
    pub(crate) fn plain(
        answer: impl Fn(&Asked) -> Option<Vec<Say>> + Send + Sync + 'static,
    ) -> Self {
        Self::listen("ldap", answer)
    }

    fn listen(
        scheme: &str,
        answer: impl Fn(&Asked) -> Option<Vec<Say>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let fake = Self { url, seen: Arc::default(), bytes: Arc::default() };
        let (answer, tls): (Arc<Answer>, _) = (Arc::new(answer), (scheme == "ldaps").then(tls));
        let this = fake.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (this, answer, tls) = (this.clone(), Arc::clone(&answer), tls.clone());
                thread::spawn(move || match tls {
                    Some(tls) => {
                        let connection = ServerConnection::new(tls).unwrap();
                        this.serve(StreamOwned::new(connection, stream), &*answer);
                    }
                    None => this.serve(stream, &*answer),
                });
            }
        });
        fake
    }

    /// How often somebody signed in as `name`, or tried to.
    pub(crate) fn binds(&self, name: &str) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|asked| matches!(asked, Asked::Bind { name: other, .. } if other == name))
            .count()
    }

    pub(crate) fn seen(&self) -> Vec<Asked> {
        self.seen.lock().unwrap().clone()
    }

    /// All that arrived, after TLS.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }

    fn serve(&self, mut stream: impl Read + Write, answer: &Answer) {
        let (mut buffer, mut block) = (Vec::new(), [0; 4096]);
        loop {
            while let Some((id, asked, rest)) = question(&buffer) {
                buffer = rest;
                self.seen.lock().unwrap().push(asked.clone());
                for say in answer(&asked).unwrap_or_else(|| usual(&asked)) {
                    if matches!(say, Say::Close) || stream.write_all(&message(id, say)).is_err() {
                        return;
                    }
                }
            }
            match stream.read(&mut block) {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    self.bytes.lock().unwrap().extend(&block[..count]);
                    buffer.extend(&block[..count]);
                }
            }
        }
    }
}

/// A server that accepts connections and says nothing.
pub(crate) fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldaps://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let held: Vec<TcpStream> = listener.incoming().flatten().collect();
        drop(held);
    });
    url
}

/// An address at which nobody listens.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("ldaps://{}", listener.local_addr().unwrap())
}

pub(crate) const BOB: &str = "CN=bob,DC=corp,DC=example,DC=test";

/// A SID of the domain.
pub(crate) fn sid(rid: u32) -> Vec<u8> {
    let mut bytes = vec![1, 5, 0, 0, 0, 0, 0, 5];
    for part in [21, 7, 8, 9, rid] {
        bytes.extend(u32::to_le_bytes(part));
    }
    bytes
}

pub(crate) fn person(dn: &'static str, rid: u32) -> Say {
    Say::Entry(
        dn,
        vec![
            ("objectSid", vec![sid(rid)]),
            ("sAMAccountName", vec![b"bob".to_vec()]),
            ("userAccountControl", vec![b"512".to_vec()]),
            ("accountExpires", vec![b"0".to_vec()]),
            ("pwdLastSet", vec![b"1".to_vec()]),
        ],
    )
}

/// What a domain controller answers that knows `bob` alone, who is in one group.
pub(crate) fn usual(asked: &Asked) -> Vec<Say> {
    match asked {
        Asked::Bind { .. } => vec![Say::Bound(0, "")],
        Asked::Search { base, .. } if base.is_empty() => vec![
            Say::Entry(
                "",
                vec![("supportedCapabilities", vec![b"1.2.840.113556.1.4.800".to_vec()])],
            ),
            Say::Done(0, ""),
        ],
        Asked::Search { attributes, .. } if attributes.iter().any(|name| name == "tokenGroups") => {
            vec![Say::Entry(BOB, vec![("tokenGroups", vec![sid(513)])]), Say::Done(0, "")]
        }
        Asked::Search { attributes, .. }
            if attributes.iter().any(|name| name == "accountExpires") =>
        {
            vec![person(BOB, 1105), Say::Done(0, "")]
        }
        Asked::Search { attributes, .. } if attributes.iter().any(|name| name == "objectClass") => {
            vec![person(BOB, 1105), Say::Done(0, "")]
        }
        Asked::Search { .. } => vec![Say::Done(0, "")],
        Asked::Other(_) => vec![],
    }
}

fn tls() -> Arc<ServerConfig> {
    let folder = ca_file().parent().unwrap().to_owned();
    let certificate = CertificateDer::from_pem_file(folder.join("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

/// The first question in the bytes, and what follows it.
fn question(bytes: &[u8]) -> Option<(i64, Asked, Vec<u8>)> {
    let (rest, tag) = parse_tag(bytes).ok()?;
    let mut parts = tag.expect_constructed()?.into_iter();
    let id =
        parts.next()?.expect_primitive()?.iter().fold(0, |all, byte| all << 8 | i64::from(*byte));
    let operation = parts.next()?;
    let number = operation.id;
    let asked = match (number, operation.payload) {
        (0, PL::C(parts)) => {
            let mut parts = parts.into_iter().skip(1).map(text);
            Asked::Bind { name: parts.next()?, password: parts.next()? }
        }
        (3, PL::C(parts)) => {
            let attributes =
                parts.last()?.clone().expect_constructed()?.into_iter().map(text).collect();
            let filter = format!("{:?}", parts.get(6)?);
            Asked::Search {
                base: text(parts.into_iter().next()?),
                filter: readable(&filter),
                attributes,
            }
        }
        _ => Asked::Other(number),
    };
    Some((id, asked, rest.to_vec()))
}

fn text(tag: StructureTag) -> String {
    String::from_utf8(tag.expect_primitive().unwrap()).unwrap()
}

/// The texts in a filter, which `Debug` shows as numbers.
fn readable(filter: &str) -> String {
    let numbers = filter.split("P([").skip(1).filter_map(|part| part.split("])").next());
    let text = |list: &str| -> Vec<u8> {
        list.split(", ").filter_map(|number| number.parse().ok()).collect()
    };
    numbers
        .map(|list| String::from_utf8_lossy(&text(list)).into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

fn octets(bytes: &[u8]) -> Tag {
    Tag::OctetString(OctetString { inner: bytes.to_vec(), ..OctetString::default() })
}

fn sequence(inner: Vec<Tag>) -> Tag {
    Tag::Sequence(Sequence { inner, ..Sequence::default() })
}

fn operation(id: u64, inner: Vec<Tag>) -> Tag {
    Tag::Sequence(Sequence { id, class: TagClass::Application, inner })
}

fn result(id: u64, code: u32, text: &str, more: Option<Tag>) -> Tag {
    let code = Tag::Enumerated(Enumerated { inner: i64::from(code), ..Enumerated::default() });
    operation(id, [code, octets(b""), octets(text.as_bytes())].into_iter().chain(more).collect())
}

fn referral(url: &[u8]) -> Tag {
    Tag::Sequence(Sequence { id: 3, class: TagClass::Context, inner: vec![octets(url)] })
}

fn message(id: i64, say: Say) -> Vec<u8> {
    let tag = match say {
        Say::Entry(dn, attributes) => {
            let attribute = |(name, values): (&str, Vec<Vec<u8>>)| {
                let inner = values.iter().map(|value| octets(value)).collect();
                sequence(vec![octets(name.as_bytes()), Tag::Set(Set { inner, ..Set::default() })])
            };
            operation(
                4,
                vec![
                    octets(dn.as_bytes()),
                    sequence(attributes.into_iter().map(attribute).collect()),
                ],
            )
        }
        Say::Reference(url) => operation(19, vec![octets(url.as_bytes())]),
        Say::Done(code, text) => result(5, code, text, None),
        Say::Bound(code, text) => result(1, code, text, None),
        Say::Referred(url) => result(1, 10, "", Some(referral(url.as_bytes()))),
        Say::BrokenReferral { to_bind } => {
            result(if to_bind { 1 } else { 5 }, 10, "", Some(referral(&[0xff, 0xfe])))
        }
        Say::Extended(code) => result(24, code, "", None),
        Say::Noise => return b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        Say::Close => return Vec::new(),
    };
    let id = Tag::Integer(Integer { inner: id, ..Integer::default() });
    let mut bytes = bytes::BytesMut::new();
    write::encode_into(&mut bytes, sequence(vec![id, tag]).into_structure()).unwrap();
    bytes.to_vec()
}
