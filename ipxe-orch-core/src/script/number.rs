//! Numbers as iPXE reads them.

/// Reads a number as `parse_integer()` in `core/parseopt.c` does: `strtoul()` with base 0, and
/// nothing may follow the number. A minus sign counts backwards from 2^32, and larger numbers start
/// again at 0 (measured).
pub(super) fn number(text: &str) -> Option<u32> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, base) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (digits, 8),
        None => (digits, 10),
    };
    if digits.is_empty() {
        return None;
    }
    let value = digits.chars().try_fold(0_u32, |value, digit| {
        Some(value.wrapping_mul(base).wrapping_add(digit.to_digit(base)?))
    })?;
    Some(if negative { value.wrapping_neg() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_and_signs() {
        let of = |text| number(text);
        assert_eq!([of("0x10"), of("010"), of("10"), of("0")].map(Option::unwrap), [16, 8, 10, 0]);
        assert_eq!(of("-5"), Some(u32::MAX - 4));
        assert_eq!(of("99999999999"), Some(1_215_752_191));
        for bad in ["", "abc", "5x", "0x", "--5", "1.5"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
