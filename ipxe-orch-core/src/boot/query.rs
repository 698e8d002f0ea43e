//! Query strings as iPXE writes them.

use super::BadRequest;

/// The pairs of a query string, percent-decoded (RFC 3986 section 2.1). A `+` stays a `+`, because
/// iPXE's `:uristring` does not encode it.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = Result<(String, String), BadRequest>> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(key)?, decode(value)?))
    })
}

fn decode(text: &str) -> Result<String, BadRequest> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = rest.next().and_then(|b| char::from(b).to_digit(16));
            digit.and_then(|d| u8::try_from(d).ok()).ok_or(BadRequest::Encoding)
        };
        bytes.push(digit()? << 4 | digit()?);
    }
    String::from_utf8(bytes).map_err(|_| BadRequest::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(query: &str) -> Result<Vec<(String, String)>, BadRequest> {
        pairs(query).collect()
    }

    #[test]
    fn plus_is_itself_and_percent_is_decoded() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(all("s=SN%20/12+3&u=").unwrap(), [pair("s", "SN /12+3"), pair("u", "")]);
        assert_eq!(all("").unwrap(), []);
    }

    #[test]
    fn broken_encodings_are_refused() {
        for query in ["s=%", "s=%4", "s=%zz", "s=%ff", "%+1=x"] {
            assert_eq!(all(query), Err(BadRequest::Encoding), "{query}");
        }
    }
}
