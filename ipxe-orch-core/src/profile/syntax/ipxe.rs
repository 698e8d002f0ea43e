//! iPXE scripts: words between blanks, `${setting}`, `||` and `&&`; there are no quotes.

use super::{
    Place,
    lines::{after, before, inserted},
};

// A space ends an argument, `$` starts a setting, `\` continues a line, `#` may comment, `|` `&`
// join commands, a newline ends one.
pub(super) fn encode(text: &str) -> Result<String, &'static str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_./:,=@+%~[]".contains(&b);
    if text.bytes().all(allowed) {
        return Ok(text.to_owned());
    }
    Err("only A-Z, a-z, 0-9 and -_./:,=@+%~[] are allowed")
}

pub(super) fn check(text: &str, place: &Place) -> Result<(), &'static str> {
    let before = before(text, place);
    if before.starts_with('#') {
        return Ok(());
    }
    if before.rsplit_once("${").is_some_and(|(_, open)| !open.contains('}')) {
        return Err("it would name a setting: it stands in `${…}`");
    }
    if before.trim_start().starts_with(':') {
        return Err("it would name a label");
    }
    let (earlier, word) = split_word(before);
    if !word.is_empty() {
        return Ok(());
    }
    let value = inserted(text, place);
    if matches!(earlier.split_ascii_whitespace().next_back(), None | Some("||" | "&&")) {
        return Err("it would name a command");
    }
    if value.starts_with('-') {
        return Err("it starts with `-`, which makes it an option");
    }
    let ends = |c: char| c.is_ascii_whitespace();
    if value.is_empty() && after(text, place).chars().next().is_none_or(ends) {
        return Err("it is empty, so that its argument is lost: ask `{{#if value}}`");
    }
    Ok(())
}

/// The words that are complete, and the one that the place continues.
fn split_word(before: &str) -> (&str, &str) {
    before
        .rfind(|c: char| c.is_ascii_whitespace())
        .and_then(|blank| before.split_at_checked(blank.saturating_add(1)))
        .unwrap_or(("", before))
}
