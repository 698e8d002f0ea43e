//! Numbers as iPXE reads them (`core/string.c`).

use super::parse::is_space;

/// Reads a number at the start of `text` as iPXE's `strtoul()` does, and returns what follows. White
/// space and a sign may come first. There need not be any digit: `+` and `0x` are 0 (measured). A
/// minus sign counts backwards from 2^64, and larger numbers start again at 0.
pub(super) fn strtoul(text: &str, base: u32) -> (u64, &str) {
    let text = text.trim_start_matches(is_space);
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (base, mut rest) = match (base, unsigned.strip_prefix('0')) {
        (0, None) => (10, unsigned),
        (0, Some(rest)) => match rest.strip_prefix(['x', 'X']) {
            Some(rest) => (16, rest),
            None => (8, rest),
        },
        (base, _) => (base, unsigned),
    };
    let mut value = 0_u64;
    while let Some(digit) = rest.chars().next().and_then(|digit| digit.to_digit(base)) {
        value = value.wrapping_mul(base.into()).wrapping_add(digit.into());
        rest = rest.get(1..).unwrap_or_default();
    }
    (if text.starts_with('-') { value.wrapping_neg() } else { value }, rest)
}

/// Reads a number as `parse_integer()` in `core/parseopt.c` does. Only the last 32 bits count.
pub(super) fn number(text: &str) -> Option<u32> {
    let (value, rest) = strtoul(text, 0);
    let value = u32::try_from(value & u64::from(u32::MAX)).ok();
    value.filter(|_| !text.is_empty() && rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_and_signs() {
        let of = |text| number(text);
        assert_eq!([of("0x10"), of("010"), of("10"), of("0")].map(Option::unwrap), [16, 8, 10, 0]);
        assert_eq!([of("0x"), of("+"), of("+5"), of(" 5")].map(Option::unwrap), [0, 0, 5, 5]);
        assert_eq!(of("-5"), Some(u32::MAX - 4));
        assert_eq!(of("99999999999"), Some(1_215_752_191));
        for bad in ["", "abc", "5x", "0xG", "08", "--5", "1.5", "5 "] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
