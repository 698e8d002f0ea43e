//! Texts of cells: what spreadsheets have made of them, and lists.

/// Why the text is not what a person wrote into the cell.
pub(super) fn spoilt(text: &str) -> Option<&'static str> {
    if is_error(text) {
        return Some("an error of the spreadsheet: correct the cell, or leave it empty");
    }
    if text.len() > 1 && text.bytes().all(|byte| byte == b'#') {
        return Some("a cell that was too narrow: export the values, not their looks");
    }
    None
}

/// `#N/A`, `#REF!`, `#NAME?`, `#DIV/0!`, also in other languages.
fn is_error(text: &str) -> bool {
    let Some(word) = text.strip_prefix('#') else { return false };
    let inner = word.strip_suffix(['!', '?']);
    let capitals = |word: &str| {
        word.chars().all(|c| c.is_uppercase() || "/0_".contains(c)) && !word.is_empty()
    };
    inner.is_some_and(capitals) || ["N/A", "NV", "N/D", "N/B"].contains(&word)
}

/// A number that a spreadsheet rounded, such as `1.23E+11`.
pub(super) fn is_rounded(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.strip_prefix(['+', '-']);
    mantissa.split(['.', ',']).all(digits) && exponent.is_some_and(digits)
}

/// The values of a list: separated by blanks, commas or semicolons.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_spreadsheets_are_recognised() {
        for text in ["#N/A", "#REF!", "#NAME?", "#DIV/0!", "#BEZUG!", "#WERT!", "#NV", "####"] {
            assert!(spoilt(text).is_some(), "{text}");
        }
        for text in ["", "#", "#1", "#a!", "N/A", "#!", "SN#1", "#N/A1"] {
            assert_eq!(spoilt(text), None, "{text}");
        }
    }

    #[test]
    fn rounded_numbers_are_recognised() {
        for text in ["1.23E+11", "5,2E+11", "5E-3", "1e+9"] {
            assert!(is_rounded(text), "{text}");
        }
        for text in ["1E11", "E+1", "1.2E+", "2M12E+3X", "123", "5E12345678"] {
            assert!(!is_rounded(text), "{text}");
        }
    }
}
