//! Ids of persons and groups: SIDs, GUIDs and UUIDs as text.

use std::fmt::Write as _;
use uuid::Uuid;

/// The text of a SID: `S-1-5-21-…-513` ([MS-DTYP] section 2.4.2).
pub(super) fn sid(bytes: &[u8]) -> Option<String> {
    let (&[revision, count], rest) = bytes.split_first_chunk::<2>()?;
    let (authority, rest) = rest.split_first_chunk::<6>()?;
    if revision != 1 || count > 15 || rest.len() != usize::from(count) * 4 {
        return None;
    }
    let authority = authority.iter().fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
    let mut text = format!("S-1-{authority}");
    for part in rest.chunks_exact(4) {
        let part = u32::from_le_bytes(part.try_into().ok()?);
        write!(text, "-{part}").ok()?;
    }
    Some(text)
}

/// The bytes of a SID, for a filter.
pub(super) fn sid_bytes(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.strip_prefix("S-1-")?.split('-');
    let authority: u64 = parts.next()?.parse().ok()?;
    let subs: Vec<u32> = parts.map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let mut bytes = vec![1, u8::try_from(subs.len()).ok().filter(|count| *count <= 15)?];
    bytes.extend(authority.to_be_bytes().get(2..)?);
    bytes.extend(subs.iter().flat_map(|sub| sub.to_le_bytes()));
    // Leading zeros and signs would be other texts of the same SID.
    (sid(&bytes)? == text).then_some(bytes)
}

/// The SID of another account of the same domain.
pub(super) fn sibling(of: &[u8], rid: u32) -> Option<Vec<u8>> {
    let mut bytes = of.to_vec();
    let last = bytes.len().checked_sub(4)?;
    bytes.get_mut(last..)?.copy_from_slice(&rid.to_le_bytes());
    sid(&bytes).map(|_| bytes)
}

/// How an attribute holds an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A SID in bytes: `objectSid`.
    Sid,
    /// A GUID in bytes, the first three parts with the least byte first: `objectGUID`.
    Guid,
    /// Text: `entryUUID` and others.
    Text,
}

impl Form {
    pub(super) fn of(attribute: &str) -> Self {
        match attribute.to_ascii_lowercase().as_str() {
            "objectsid" => Self::Sid,
            "objectguid" => Self::Guid,
            _ => Self::Text,
        }
    }

    /// The id as text.
    pub(super) fn text(self, value: &[u8]) -> Option<String> {
        match self {
            Self::Sid => sid(value),
            Self::Guid => Some(Uuid::from_bytes_le(value.try_into().ok()?).to_string()),
            Self::Text => String::from_utf8(value.to_vec()).ok(),
        }
    }

    /// The value of the attribute, for a filter.
    pub(super) fn value(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Sid => sid_bytes(text),
            Self::Guid => text.parse::<Uuid>().ok().map(|id| id.to_bytes_le().to_vec()),
            Self::Text => Some(text.as_bytes().to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a domain that Samba made; the text is what its tools print.
    const BYTES: [u8; 28] = [
        1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0xb5, 0x61, 0x67, 0x95, 0xcd, 0x57, 0xa3, 0xd5, 0x7f,
        0xd4, 0x74, 0xba, 0x64, 4, 0, 0,
    ];
    const TEXT: &str = "S-1-5-21-2506580405-3584251853-3128218751-1124";

    #[test]
    fn a_sid_is_read_and_written() {
        assert_eq!(sid(&BYTES).unwrap(), TEXT);
        assert_eq!(sid_bytes(TEXT).unwrap(), BYTES);
        let users = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0];
        assert_eq!(sid(&users).unwrap(), "S-1-5-32-545");
    }

    #[test]
    fn the_primary_group_is_in_the_domain_of_the_person() {
        let group = sibling(&BYTES, 513).unwrap();
        assert_eq!(sid(&group).unwrap(), "S-1-5-21-2506580405-3584251853-3128218751-513");
    }

    #[test]
    fn what_is_no_sid_is_refused() {
        for wrong in [&[][..], &[1, 0], &BYTES[..27], &[2, 0, 0, 0, 0, 0, 0, 5]] {
            assert_eq!(sid(wrong), None);
        }
        for wrong in ["", "S-1", "S-2-5-1", "S-1-5-x", "S-1-5-01", "S-1-5-+1", "S-1-5-4294967296"] {
            assert_eq!(sid_bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_guid_is_written_as_windows_does() {
        let bytes: Vec<u8> = (0..16).collect();
        let text = Form::of("objectGUID").text(&bytes).unwrap();
        assert_eq!(text, "03020100-0504-0706-0809-0a0b0c0d0e0f");
        assert_eq!(Form::Guid.value(&text).unwrap(), bytes);
        assert_eq!(Form::Guid.text(b"short"), None);
    }
}
