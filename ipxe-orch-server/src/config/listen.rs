//! Where the server listens, and for whom.

use super::{InvalidValue, credential};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
};

/// An address with whom it is for, and its certificate.
///
/// As text it is `http://ADDRESS:PORT` or `ADDRESS:PORT` for machines, and `https://ADDRESS:PORT`
/// for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listen {
    /// The address; port 0 stands for any free one.
    pub address: SocketAddr,
    /// Whom it is for.
    pub faces: Faces,
    /// With TLS, and from which files.
    pub tls: Option<TlsFiles>,
}

/// Whom an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Faces {
    pub machines: bool,
    pub people: bool,
    pub metrics: bool,
}

impl Faces {
    const NONE: Self = Self { machines: false, people: false, metrics: false };
}

/// One of [`Faces`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Face {
    Machines,
    People,
    Metrics,
}

/// The certificate of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFiles {
    /// One that the server makes at its first start.
    SelfSigned,
    /// Two PEM files: the certificate with its chain, and its key.
    Files {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
}

impl Listen {
    /// Without TLS, for machines.
    pub const fn machines(address: SocketAddr) -> Self {
        let faces = Faces { machines: true, ..Faces::NONE };
        Self { address, faces, tls: None }
    }

    /// With TLS, for people.
    pub const fn people(address: SocketAddr) -> Self {
        let faces = Faces { people: true, ..Faces::NONE };
        Self { address, faces, tls: Some(TlsFiles::SelfSigned) }
    }

    /// Where a server listens by default: only this machine reaches it.
    pub(super) fn defaults() -> Vec<Self> {
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        vec![Self::machines(at(8080)), Self::people(at(8443))]
    }

    /// The same, relative paths counted from `base`.
    #[must_use]
    pub(super) fn below(self, base: &Path) -> Self {
        self.with_files(|path| credential::below(base, path))
    }

    /// The same, with the files of credentials in their folder.
    #[must_use]
    pub(super) fn with_credentials(self, folder: &Path) -> Self {
        self.with_files(|path| credential::located(folder, path))
    }

    fn with_files(mut self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        if let Some(TlsFiles::Files { certificate, key }) = &mut self.tls {
            *certificate = change(std::mem::take(certificate));
            *key = change(std::mem::take(key));
        }
        self
    }

    /// Its URL, without a path.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

impl FromStr for Listen {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let (https, address) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some(_) => return Err(wrong(text)),
            None => (false, text),
        };
        let address = address.parse().map_err(|_| wrong(text))?;
        Ok(if https { Self::people(address) } else { Self::machines(address) })
    }
}

fn wrong(text: &str) -> InvalidValue {
    InvalidValue::new(
        format!("`{}`", ipxe_orch_core::text::shown(text)),
        "an address to listen on",
        "write 127.0.0.1:8080 or [::]:8080 for machines, https://127.0.0.1:8443 for people",
    )
}

/// As the file has it; as text where that says all.
impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url())
    }
}

/// What the file has: text, or a table with all of it.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected text such as \"10.0.0.1:8080\", or a table with `address`")]
enum Given {
    Text(String),
    Table(Table),
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Table {
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    faces: Option<Vec<Face>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<PathBuf>,
}

impl TryFrom<Given> for Listen {
    type Error = InvalidValue;

    fn try_from(given: Given) -> Result<Self, InvalidValue> {
        let Table { address, faces, certificate, key } = match given {
            Given::Text(text) => return text.parse(),
            Given::Table(table) => table,
        };
        let mut listen: Self = address.parse()?;
        let wrong = |expected| Err(InvalidValue::new(format!("`{listen}`"), "complete", expected));
        let tls = match (certificate, key) {
            (Some(certificate), Some(key)) if listen.tls.is_some() => {
                Some(TlsFiles::Files { certificate, key })
            }
            (None, None) => listen.tls.clone(),
            (Some(_), Some(_)) => return wrong("a certificate needs an address with https://"),
            _ => return wrong("certificate and key are needed together"),
        };
        if let Some(faces) = faces {
            if faces.is_empty() {
                return wrong("`faces` names machines, people, metrics, or several of them");
            }
            let has = |face| faces.contains(&face);
            listen.faces = Faces {
                machines: has(Face::Machines),
                people: has(Face::People),
                metrics: has(Face::Metrics),
            };
        }
        listen.tls = tls;
        Ok(listen)
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Given::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// One address, or several.
pub(super) fn one_or_several<'de, D>(deserializer: D) -> Result<Option<Vec<Listen>>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected an address, a list of them, or tables with `address`")]
    enum Places {
        One(String),
        Several(Vec<Given>),
    }
    let several = match Places::deserialize(deserializer)? {
        Places::One(text) => vec![Given::Text(text)],
        Places::Several(several) => several,
    };
    let listens = several.into_iter().map(Listen::try_from).collect::<Result<Vec<_>, _>>();
    listens.map(Some).map_err(serde::de::Error::custom)
}

impl Serialize for Listen {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = self.to_string().parse::<Self>().is_ok_and(|same| same == *self);
        if plain {
            return serializer.collect_str(self);
        }
        let Faces { machines, people, metrics } = self.faces;
        let faces = [(machines, Face::Machines), (people, Face::People), (metrics, Face::Metrics)];
        let (certificate, key) = match &self.tls {
            Some(TlsFiles::Files { certificate, key }) => (Some(certificate), Some(key)),
            _ => (None, None),
        };
        let faces = faces.into_iter().filter_map(|(there, face)| there.then_some(face)).collect();
        let (certificate, key) = (certificate.cloned(), key.cloned());
        Table { address: self.url(), faces: Some(faces), certificate, key }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        #[serde(deserialize_with = "one_or_several")]
        listen: Option<Vec<Listen>>,
    }

    fn read(text: &str) -> Result<Vec<Listen>, String> {
        let file: Result<File, _> = toml::from_str(text);
        file.map(|file| file.listen.unwrap()).map_err(|error| error.message().to_owned())
    }

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn text_is_for_machines_without_and_for_people_with_tls() {
        let machines = Listen::machines(at("10.0.0.1:8080"));
        assert_eq!(read("listen = '10.0.0.1:8080'").unwrap(), std::slice::from_ref(&machines));
        let both = read("listen = ['http://10.0.0.1:8080', 'https://[::]:8443']").unwrap();
        assert_eq!(both, [machines, Listen::people(at("[::]:8443"))]);
    }

    #[test]
    fn a_table_says_all() {
        let text = "[[listen]]\naddress = 'https://10.0.0.1:443'\nfaces = ['machines', 'people']\n\
                    certificate = 'a.pem'\nkey = 'a.key'\n";
        let [listen] = read(text).unwrap().try_into().unwrap();
        assert_eq!(listen.faces, Faces { machines: true, people: true, metrics: false });
        let files = TlsFiles::Files { certificate: "/etc/a.pem".into(), key: "/etc/a.key".into() };
        assert_eq!(listen.clone().below(Path::new("/etc")).tls, Some(files));
        let json = serde_json::to_value(&listen).unwrap();
        assert_eq!(serde_json::from_value::<Listen>(json).unwrap(), listen);
    }

    #[test]
    fn metrics_have_an_address_of_their_own() {
        let text = "[[listen]]\naddress = 'http://127.0.0.1:9464'\nfaces = ['metrics']\n";
        let [listen] = read(text).unwrap().try_into().unwrap();
        assert_eq!(listen.faces, Faces { metrics: true, ..Faces::NONE });
        let json = serde_json::to_value(&listen).unwrap();
        assert_eq!(serde_json::from_value::<Listen>(json).unwrap(), listen);
    }

    #[test]
    fn what_is_wrong_is_told_with_the_remedy() {
        let wrong = |text: &str| read(text).unwrap_err();
        assert!(wrong("listen = '10.0.0.1'").contains("write 127.0.0.1:8080"));
        assert!(wrong("listen = 'ftp://10.0.0.1:21'").contains("https://"));
        let table = |rest: &str| wrong(&format!("[[listen]]\naddress = '10.0.0.1:80'\n{rest}"));
        assert!(table("certificate = 'a'\nkey = 'b'").contains("https://"));
        assert!(table("faces = []").contains("machines, people, metrics"));
        assert!(wrong("[[listen]]\naddress='https://10.0.0.1:1'\nkey='b'").contains("together"));
    }
}
