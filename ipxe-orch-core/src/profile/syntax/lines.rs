//! Lines and plain words, which several syntaxes need.

use super::Place;

/// The text before a place in its line.
pub(super) fn before<'a>(text: &'a str, place: &Place) -> &'a str {
    let before = text.get(..place.start).unwrap_or_default();
    before.rsplit_once('\n').map_or(before, |(_, line)| line)
}

/// The text after a place in its line.
pub(super) fn after<'a>(text: &'a str, place: &Place) -> &'a str {
    let after = text.get(place.end..).unwrap_or_default();
    after.split_once('\n').map_or(after, |(line, _)| line)
}

/// The inserted value.
pub(super) fn inserted<'a>(text: &'a str, place: &Place) -> &'a str {
    text.get(place.clone()).unwrap_or_default()
}

/// `text`, if no program takes it for two lines. Python also ends lines at U+2028 and U+2029.
pub(super) fn one_line(text: &str) -> Result<&str, &'static str> {
    let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if text.contains(ends) { Err("control characters are not allowed") } else { Ok(text) }
}

/// Why a value next to other text is refused.
pub(super) const PLAIN_WORD: &str = "next to other text, and in commands and lists, only A-Z, a-z, 0-9 and \
     -_./:@%+= are allowed: let the value be alone";

/// Whether a text is one word without special characters of a shell or a list. In a URL, the
/// brackets around an IPv6 address (RFC 3986, section 3.2.2) are allowed as well, because no file
/// has such a name.
pub(super) fn is_plain_word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:@%+=".contains(&b);
    let rest = match text.split_once("://[") {
        Some(("http" | "https", rest)) => rest.split_once(']').and_then(|(address, rest)| {
            address.bytes().all(|b| b.is_ascii_hexdigit() || b":.".contains(&b)).then_some(rest)
        }),
        _ => Some(text),
    };
    !text.is_empty() && rest.is_some_and(|rest| rest.bytes().all(plain))
}

pub(super) fn check_key_value(text: &str, place: &Place) -> Result<(), &'static str> {
    let before = before(text, place);
    if before.trim_start().starts_with('#') {
        return Err("it is in a comment");
    }
    if before.contains('=') { Ok(()) } else { Err("it must come after the `=` of its line") }
}
