//! An entry that a search found. Whatever a server sends is read without a panic.

use super::error::Fault;
use ldap3::asn1::{PL, StructureTag};
use std::collections::BTreeMap;

/// An entry with the attributes that were asked for and may be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// Its name, as the server writes it.
    pub dn: String,
    /// Values by the name of the attribute, in lower case and with its options.
    attributes: BTreeMap<String, Vec<Vec<u8>>>,
}

/// Values of an attribute that has too many of them for one answer: `member;range=0-1499`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range<'a> {
    pub values: &'a [Vec<u8>],
    /// The number of the value after these, unless these are the last ones.
    pub next: Option<u64>,
}

impl Entry {
    /// Reads a `SearchResultEntry` (RFC 4511 section 4.5.2).
    pub(super) fn read(tag: StructureTag) -> Result<Self, Fault> {
        entry(tag).ok_or_else(|| Fault::next("the controller sent an entry that is not LDAP"))
    }

    /// All values of an attribute.
    pub(super) fn values(&self, attribute: &str) -> &[Vec<u8>] {
        self.attributes.get(&attribute.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The first value.
    pub(super) fn bytes(&self, attribute: &str) -> Option<&[u8]> {
        self.values(attribute).first().map(Vec::as_slice)
    }

    /// The first value, if it is text.
    pub(super) fn text(&self, attribute: &str) -> Option<&str> {
        self.bytes(attribute).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The first value, if it is a number.
    pub(super) fn number<T: std::str::FromStr>(&self, attribute: &str) -> Option<T> {
        self.text(attribute)?.trim().parse().ok()
    }

    /// Whether a value is this text, in any case.
    pub(super) fn has(&self, attribute: &str, text: &str) -> bool {
        self.values(attribute).iter().any(|value| value.eq_ignore_ascii_case(text.as_bytes()))
    }

    /// The part of an attribute that the server gave, if it gave a part alone.
    pub(super) fn range(&self, attribute: &str) -> Option<Range<'_>> {
        let prefix = format!("{};range=", attribute.to_ascii_lowercase());
        self.attributes.iter().find_map(|(name, values)| {
            let (_, last) = name.strip_prefix(&prefix)?.split_once('-')?;
            let next =
                if last == "*" { None } else { Some(last.parse::<u64>().ok()?.checked_add(1)?) };
            Some(Range { values, next })
        })
    }

    #[cfg(test)]
    pub(super) fn with(mut self, attribute: &str, value: &[u8]) -> Self {
        self.attributes.entry(attribute.to_ascii_lowercase()).or_default().push(value.to_vec());
        self
    }
}

fn entry(tag: StructureTag) -> Option<Entry> {
    let mut parts = tag.match_id(4)?.expect_constructed()?.into_iter();
    let dn = text(parts.next()?)?;
    let mut attributes = BTreeMap::new();
    for part in parts.next()?.expect_constructed()? {
        let mut part = part.expect_constructed()?.into_iter();
        let name = text(part.next()?)?.to_ascii_lowercase();
        let values = part.next()?.expect_constructed()?.into_iter().map(primitive);
        attributes.insert(name, values.collect::<Option<_>>()?);
    }
    Some(Entry { dn, attributes })
}

fn primitive(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(bytes) => Some(bytes),
        PL::C(_) => None,
    }
}

fn text(tag: StructureTag) -> Option<String> {
    String::from_utf8(primitive(tag)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldap3::asn1::TagClass;

    fn tag(id: u64, payload: PL) -> StructureTag {
        StructureTag { class: TagClass::Universal, id, payload }
    }

    fn octets(text: &str) -> StructureTag {
        tag(4, PL::P(text.as_bytes().to_vec()))
    }

    #[test]
    fn an_entry_is_read() {
        let values = tag(17, PL::C(vec![octets("a"), octets("b")]));
        let attribute = tag(16, PL::C(vec![octets("memberOf;range=0-1"), values]));
        let attributes = tag(16, PL::C(vec![attribute]));
        let read = Entry::read(tag(4, PL::C(vec![octets("CN=x"), attributes]))).unwrap();
        assert_eq!(read.dn, "CN=x");
        assert!(read.values("memberOf").is_empty());
        let range = read.range("MEMBEROF").unwrap();
        assert_eq!((range.values.len(), range.next), (2, Some(2)));
    }

    #[test]
    fn the_last_range_has_no_next_one() {
        let entry = Entry::default().with("member;range=1500-*", b"x");
        assert_eq!(entry.range("member").unwrap().next, None);
        assert_eq!(Entry::default().with("member", b"x").range("member"), None);
    }

    #[test]
    fn what_is_no_entry_is_a_fault_and_no_panic() {
        let wrong = [
            tag(5, PL::C(vec![])),
            tag(4, PL::P(vec![1])),
            tag(4, PL::C(vec![octets("CN=x")])),
            tag(4, PL::C(vec![tag(4, PL::P(vec![0xff])), tag(16, PL::C(vec![]))])),
            tag(4, PL::C(vec![octets("CN=x"), tag(16, PL::C(vec![octets("a")]))])),
        ];
        for tag in wrong {
            assert!(Entry::read(tag).unwrap_err().next);
        }
    }
}
