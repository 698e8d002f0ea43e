//! Foreign text, made safe to show.
//!
//! Foreign is whatever a machine, a file, a database or another server has said: serial numbers,
//! reports, cells, keys of TOML, the text of an error. It may hold what a terminal obeys (escape
//! sequences, which can hide lines or set the title), what turns the order of letters around, and
//! what nobody sees. These functions replace such characters by a visible escape: `\n`, `\r`, `\t`,
//! `\u{1b}`. A backslash and quotes stay as they are, so the text cannot be read back.
//!
//! | where the text goes | function |
//! |---|---|
//! | one line on a terminal, a cell of a table, a field of a log, an error about a value | [`shown`] |
//! | several lines on a terminal | [`lines`] |
//! | JSON on a terminal or in a log | [`json`], which changes no value |
//! | an error of the TOML parser | [`toml_error`] |
//! | a cell of a CSV file | [`csv::cell`], which [`csv::uncell`] reverses |
//!
//! Nothing of this project writes HTML, so there is no function for it.
//!
//! # Example
//!
//! ```
//! use ipxe_orch_core::text::{lines, shown};
//!
//! assert_eq!(shown("web1\u{1b}[2J\n"), r"web1\u{1b}[2J\n");
//! assert_eq!(shown("user\u{202e}gpj.exe"), r"user\u{202e}gpj.exe");
//! assert_eq!(shown("Zürich, 東京"), "Zürich, 東京");
//! assert_eq!(lines("one\ntwo\u{7}"), "one\ntwo\\u{7}");
//! ```

pub mod csv;

use std::{borrow::Cow, fmt::Write as _};

/// Characters that take no place, or look like a blank, although Unicode has them for letters or
/// marks.
const INVISIBLE: [(char, char); 12] = [
    ('\u{34f}', '\u{34f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fffc}', '\u{fffc}'),
    ('\u{1d159}', '\u{1d159}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// The text on one line, with nothing in it that a terminal obeys or that nobody sees.
pub fn shown(text: &str) -> Cow<'_, str> {
    replaced(text, |_| false)
}

/// The same, with its line breaks and tabs. A `\r` is escaped, also before a `\n`.
pub fn lines(text: &str) -> Cow<'_, str> {
    replaced(text, |c| matches!(c, '\n' | '\t'))
}

/// JSON with the same values, in which such characters are written as `\u001b`. The line breaks
/// between its values stay.
pub fn json(text: &str) -> Cow<'_, str> {
    let stays = |c: char| c == '\n' || is_visible(c);
    if text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut made = String::with_capacity(text.len());
    for c in text.chars() {
        if stays(c) {
            made.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing into a text does not fail.
            write!(made, "\\u{unit:04x}").ok();
        }
    }
    Cow::Owned(made)
}

/// An error of the TOML parser, with its line of the file. The message may hold a key of the file
/// with line breaks, so it is on one line.
pub fn toml_error(error: &toml::de::Error) -> String {
    let (whole, message) = (error.to_string(), error.message().trim_end());
    let place = whole.trim_end().strip_suffix(message).unwrap_or_default();
    format!("{}{}", lines(place), shown(message))
}

fn replaced(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let stays = |c: char| stays(c) || is_visible(c);
    // A mark at the start would join what stands before the text.
    let joins = text.chars().next().is_some_and(is_mark);
    if !joins && text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut made = String::with_capacity(text.len());
    for (index, c) in text.chars().enumerate() {
        if stays(c) && !(joins && index == 0) {
            made.push(c);
        } else {
            match c {
                '\n' => made.push_str("\\n"),
                '\r' => made.push_str("\\r"),
                '\t' => made.push_str("\\t"),
                other => made.extend(other.escape_unicode()),
            }
        }
    }
    Cow::Owned(made)
}

/// Whether a person sees the character, and a terminal only draws it. The standard library knows
/// which characters are controls, formats, separators, unassigned or for private use.
fn is_visible(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    !INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&c)) && as_second(c) == Some(c)
}

/// Whether it is drawn onto the character before it.
fn is_mark(c: char) -> bool {
    !c.is_ascii() && c.escape_debug().len() > 1 && is_visible(c)
}

/// What the standard library writes for the character after a letter, where a mark is itself.
fn as_second(c: char) -> Option<char> {
    let mut bytes = [b'a'; 5];
    let length = c.encode_utf8(bytes.get_mut(1..)?).len().checked_add(1)?;
    let mut escaped = std::str::from_utf8(bytes.get(..length)?).ok()?.escape_debug().skip(1);
    let first = escaped.next();
    first.filter(|_| escaped.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All that terminals obey, in 7 and 8 bits, and all that turns or hides text.
    const HOSTILE: [char; 40] = [
        '\0',
        '\u{7}',
        '\u{8}',
        '\t',
        '\n',
        '\u{b}',
        '\u{c}',
        '\r',
        '\u{e}',
        '\u{1b}',
        '\u{7f}',
        '\u{80}',
        '\u{85}',
        '\u{90}',
        '\u{9b}',
        '\u{9c}',
        '\u{9d}',
        '\u{a0}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{180e}',
        '\u{200b}',
        '\u{200d}',
        '\u{200e}',
        '\u{200f}',
        '\u{2028}',
        '\u{2029}',
        '\u{202a}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{2069}',
        '\u{3164}',
        '\u{e000}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{e0001}',
        '\u{10ffff}',
    ];

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        for hostile in HOSTILE {
            let text = format!("a{hostile}b");
            assert_ne!(shown(&text), text, "{hostile:?}");
            assert!(shown(&text).starts_with("a\\"), "{hostile:?}");
            assert!(!shown(&text).contains(hostile), "{hostile:?}");
            assert!(!lines(&text).contains(hostile) || matches!(hostile, '\n' | '\t'));
        }
    }

    #[test]
    fn letters_of_all_languages_stay() {
        for text in [
            "Zürich",
            "Zu\u{308}rich",
            "東京 かな",
            "हिन्दी",
            "שלום",
            "العربية",
            "—…€😀",
            "\\EFI '\"`",
        ] {
            assert_eq!(shown(text), text);
        }
        assert_eq!(shown("\u{308}x"), "\\u{308}x", "it would join what stands before it");
    }

    #[test]
    fn a_message_of_toml_is_on_one_line() {
        let text = "\"a\\nINJECTED\\u001B\" = 1\n";
        let error = toml::from_str::<crate::profile::Limits>(text).unwrap_err();
        let told = toml_error(&error);
        assert!(told.starts_with("TOML parse error at line 1, column 1\n"), "{told}");
        assert!(told.contains("unknown field `a\\nINJECTED\\u{1b}`"), "{told}");
    }

    proptest! {
        #[test]
        fn nothing_else_comes_out(text in any::<String>()) {
            let safe = |text: &str, also: &[char]| text.chars().all(|c| is_visible(c) || also.contains(&c));
            prop_assert!(safe(&shown(&text), &[]));
            prop_assert!(safe(&lines(&text), &['\n', '\t']));
            let once = shown(&text).into_owned();
            prop_assert_eq!(shown(&once), once.as_str(), "twice is as once");
        }

        #[test]
        fn json_has_the_same_values(text in any::<String>()) {
            let made = serde_json::to_string_pretty(&[&text]).unwrap();
            let safe = json(&made);
            prop_assert!(safe.chars().all(|c| c == '\n' || is_visible(c)));
            let read: Vec<String> = serde_json::from_str(&safe).unwrap();
            prop_assert_eq!(read, [text]);
        }
    }
}
