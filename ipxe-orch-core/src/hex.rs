//! Hexadecimal digits.

/// The byte that two hexadecimal digits stand for.
pub(crate) fn byte(digits: &[u8]) -> Option<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match digits {
        &[high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    }
}

/// The bytes of a text of hexadecimal digits, two for each byte.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    text.as_bytes().chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pairs_of_digits_are_bytes() {
        assert_eq!(bytes("fffe2200"), Some(vec![0xff, 0xfe, 0x22, 0]));
        assert_eq!(bytes(""), Some(vec![]));
        for wrong in ["f", "fff", "+1", "0g", "0x"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
