//! iPXE scripts: words between blanks, `${setting}`, `||`, `&&` and `;`. There are no quotes.

use super::{
    Place,
    lines::{after, inserted},
};

// A space ends an argument, `$` starts a setting, `\` continues a line, `#` may start a comment,
// `|` and `&` join commands, and a newline ends a command.
pub(super) fn encode(text: &str) -> Result<String, &'static str> {
    if text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err("only A-Z, a-z, 0-9 and -_./:,=@+%~[] are allowed")
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./:,=@+%~[]".contains(c)
}

pub(super) fn check(text: &str, place: &Place) -> Result<(), &'static str> {
    let before = joined_before(text, place);
    let before = before.as_str();
    let value = inserted(text, place);
    // The meaning of `|`, `&`, `;`, `$` and `\` depends on the character after them.
    let special = |c: char| !is_plain(c) && !c.is_ascii_whitespace();
    if value.is_empty() && before.ends_with(special) {
        return Err("it is empty, which changes the meaning of the text around it");
    }
    if before.starts_with('#') {
        return Ok(());
    }
    if before.rsplit_once("${").is_some_and(|(_, open)| !open.contains('}')) {
        return Err("it would name a setting: it is inside `${…}`");
    }
    if before.trim_start().starts_with(':') {
        return Err("it would name a label");
    }
    let (earlier, word) = split_word(before);
    if !word.is_empty() {
        return Ok(());
    }
    if matches!(earlier.split_ascii_whitespace().next_back(), None | Some("||" | "&&" | ";")) {
        return Err("it would name a command");
    }
    if value.starts_with('-') {
        return Err("it starts with `-`, which makes it an option");
    }
    let goes_on = |c: char| is_plain(c) && c != '-';
    if value.is_empty() && !after(text, place).starts_with(goes_on) {
        return Err("it is empty, so the argument would be lost: use `{{#if value}}`");
    }
    Ok(())
}

/// The text before a place in its line, together with the lines before that a `\` joins to it.
fn joined_before(text: &str, place: &Place) -> String {
    let before = text.get(..place.start).unwrap_or_default();
    let (lines, last) = before.rsplit_once('\n').unwrap_or(("", before));
    let mut joined = String::new();
    for line in lines.split('\n') {
        joined.push_str(line.strip_suffix('\r').unwrap_or(line));
        if joined.pop() != Some('\\') {
            joined.clear();
        }
    }
    joined + last
}

/// The complete words, and the word that the place continues.
fn split_word(before: &str) -> (&str, &str) {
    before
        .rfind(|c: char| c.is_ascii_whitespace())
        .and_then(|blank| before.split_at_checked(blank.saturating_add(1)))
        .unwrap_or(("", before))
}
