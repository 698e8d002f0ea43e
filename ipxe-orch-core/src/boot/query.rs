//! Query strings as iPXE writes them.

use super::BadRequest;
use crate::hex;

/// The pairs of a query string, not decoded yet.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Decodes percent signs (RFC 3986 section 2.1). A `+` stays a `+`, because iPXE's `:uristring`
/// does not encode it.
///
/// # Errors
/// [`BadRequest::Encoding`] for a percent sign without two hexadecimal digits, and for bytes that
/// are not UTF-8.
pub(super) fn decode(text: &str) -> Result<String, BadRequest> {
    let bytes = unescape(text, |after| escaped(after).ok_or(BadRequest::Encoding))?;
    String::from_utf8(bytes).map_err(|_| BadRequest::Encoding)
}

/// Decodes a text that the machine chose, as images of version 0.1 send it. iPXE writes bytes above
/// 0x7f with their sign: `%FFFFFFC3` is 0xc3. Nothing is refused, because such a text is no fault
/// of the person who waits for the machine.
pub(super) fn decode_any(text: &str) -> Vec<u8> {
    let signed = |after: &'_ [u8]| after.strip_prefix(b"FFFFFF").and_then(escaped).map(|(b, _)| b);
    let any = |after| {
        let byte = match signed(after) {
            Some(byte) => Some((byte, after.get(8..).unwrap_or_default())),
            None => escaped(after),
        };
        Ok::<_, std::convert::Infallible>(byte.unwrap_or((b'%', after)))
    };
    match unescape(text, any) {
        Ok(bytes) => bytes,
    }
}

/// Decodes what stands after a percent sign, and gives the rest.
fn escaped(after: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = after.split_at_checked(2)?;
    Some((hex::byte(digits)?, rest))
}

fn unescape<'a, E>(
    text: &'a str,
    escaped: impl Fn(&'a [u8]) -> Result<(u8, &'a [u8]), E>,
) -> Result<Vec<u8>, E> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let (byte, after) = if first == b'%' { escaped(after)? } else { (first, after) };
        bytes.push(byte);
        rest = after;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_is_itself_and_percent_is_decoded() {
        let all: Vec<_> = pairs("s=SN%20/12+3&u=&&f").collect();
        assert_eq!(all, [("s", "SN%20/12+3"), ("u", ""), ("f", "")]);
        assert_eq!(decode("SN%20/12+3").unwrap(), "SN /12+3");
    }

    #[test]
    fn broken_encodings_are_refused() {
        for text in ["%", "%4", "%zz", "%ff", "%+1"] {
            assert_eq!(decode(text), Err(BadRequest::Encoding), "{text}");
        }
    }

    #[test]
    fn texts_of_machines_are_read_whatever_they_are() {
        for (text, bytes) in [
            ("Gr%FFFFFFC3%FFFFFFBCn-1", "Grün-1".as_bytes()),
            ("%FFFFFFFF%FFFFFFFF", b"\xff\xff"),
            ("%FF%20a", b"\xff a"),
            ("%FFFFFF", b"\xffFFFF"),
            ("50%", b"50%"),
            ("%zz%4", b"%zz%4"),
        ] {
            assert_eq!(decode_any(text), bytes, "{text}");
        }
    }
}
