//! Preseed files: `owner question type value` in each line. A `\` at the end continues a line.

use super::{
    Place,
    lines::{PLAIN_WORD, inserted, is_plain_word, one_line},
};

pub(super) fn encode(text: &str) -> Result<String, &'static str> {
    one_line(text)?;
    if text.ends_with('\\') {
        return Err("a `\\` at its end would continue the line");
    }
    Ok(text.to_owned())
}

pub(super) fn check(text: &str, place: &Place) -> Result<(), &'static str> {
    let (line, start) = logical_line(text, place);
    let trimmed = line.trim_start();
    if trimmed.starts_with('#') {
        return Err("it is in a comment");
    }
    let mut rest = trimmed;
    let mut fields = [""; 3];
    for field in &mut fields {
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        *field = rest.get(..end).unwrap_or_default();
        rest = rest.get(end..).unwrap_or_default().trim_start_matches([' ', '\t']);
    }
    let [_, question, kind] = fields;
    let value_start = start + line.len() - rest.len();
    if place.start < value_start {
        return Err("it must be in the fourth field: owner, question, type, value");
    }
    let value = inserted(text, place);
    let alone = rest.trim_end() == value.trim_end();
    let special = question.ends_with("command")
        || question.ends_with("_recipe")
        || question.ends_with("kernel-opts")
        || question.starts_with("preseed/")
        || kind == "multiselect";
    // A comma separates the values of a multiselect. Elsewhere it has no special meaning.
    let plain =
        is_plain_word(value) || (kind != "multiselect" && is_plain_word(&value.replace(',', "")));
    if (alone && !special) || plain { Ok(()) } else { Err(PLAIN_WORD) }
}

/// The line of a place, joined with the lines that it continues or that continue it, and its start.
fn logical_line<'a>(text: &'a str, place: &Place) -> (&'a str, usize) {
    let (mut start, mut end) = (0, 0);
    for line in text.split_inclusive('\n') {
        end += line.len();
        let continued = line.trim_end_matches(['\n', '\r']).ends_with('\\');
        if !continued {
            if place.start < end {
                break;
            }
            if end < text.len() || line.ends_with('\n') {
                start = end;
            }
        }
    }
    (text.get(start..end).unwrap_or_default(), start)
}
