//! Cells of CSV files, which people open in spreadsheets.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula, and skips a tab or
//! a line break before it. So a `'` is put before such text, as [OWASP] advises. Files of this
//! project are read again, so a `'` is also put before text that has one there already: [`uncell`]
//! gives back exactly what [`cell`] got.
//!
//! [OWASP]: https://owasp.org/www-community/attacks/CSV_Injection

use std::borrow::Cow;

/// The characters with which spreadsheets begin a formula, those of full width as well.
const FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// The text of a cell that no spreadsheet runs. The separator and quotes are for the writer of the
/// file.
///
/// ```
/// use ipxe_orch_core::text::csv::{cell, uncell};
///
/// assert_eq!(cell("=cmd|'/c calc'!A0"), "'=cmd|'/c calc'!A0");
/// assert_eq!(uncell("'=cmd|'/c calc'!A0"), "=cmd|'/c calc'!A0");
/// assert_eq!(cell("web1"), "web1");
/// ```
pub fn cell(text: &str) -> Cow<'_, str> {
    if is_formula(text.trim_start_matches('\'')) {
        return Cow::Owned(format!("'{text}"));
    }
    Cow::Borrowed(text)
}

/// What [`cell`] got.
pub fn uncell(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest.trim_start_matches('\''))).unwrap_or(text)
}

fn is_formula(text: &str) -> bool {
    text.starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "['=+@\t\r\n\u{ff1d}-]{0,4}.{0,3}") {
            let written = cell(&text);
            prop_assert!(!is_formula(&written), "{written:?}");
            prop_assert_eq!(uncell(&written), text.as_str());
        }
    }

    #[test]
    fn ordinary_text_stays() {
        for text in ["", "a=b", "'", "''", "'a'", "O'Neill", "10.0.2.15/24", "1-2"] {
            assert_eq!(cell(text), text);
            assert_eq!(uncell(text), text);
        }
    }
}
