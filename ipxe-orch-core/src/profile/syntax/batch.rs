//! Command files of Windows PE. No way of escaping works everywhere, so a value that would need it
//! is refused.

use super::{
    Place,
    lines::{after, before, inserted},
};

pub(super) fn encode(text: &str) -> Result<String, &'static str> {
    let allowed = |b: u8| (b == b' ' || b.is_ascii_graphic()) && !b"%!\"^&|<>".contains(&b);
    if text.bytes().all(allowed) {
        return Ok(text.to_owned());
    }
    Err("only printable ASCII other than % ! \" ^ & | < > is allowed")
}

pub(super) fn check(text: &str, place: &Place) -> Result<(), &'static str> {
    let (before, after) = (before(text, place), after(text, place));
    let line = before.trim_start_matches([' ', '\t', '@', '(']);
    let first = line.split([' ', '\t']).next().unwrap_or_default();
    if line.starts_with(':') || first.eq_ignore_ascii_case("rem") {
        return Err("it is in a label or a comment");
    }
    if before.matches('%').count() % 2 == 1 {
        return Err("it would name a variable: it is inside `%…%`");
    }
    let value = inserted(text, place);
    let starts = before.ends_with(|c: char| " \t\",;=(".contains(c));
    if starts && value.starts_with(['/', '-']) {
        return Err("it starts with `/` or `-`, which makes it an option");
    }
    if before.matches('"').count() % 2 == 1 {
        if value.ends_with('\\') && after.starts_with('"') {
            return Err("a `\\` at its end would escape the closing quote");
        }
        return Ok(());
    }
    let command = before.rsplit(['&', '|', '(']).next().unwrap_or_default();
    if command.trim_start_matches([' ', '\t', '@']).is_empty() {
        return Err("it would name a command");
    }
    if after.starts_with(['<', '>']) {
        return Err("it would number a redirection: write a space after it");
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:@\\+".contains(&b);
    if value.is_empty() || !value.bytes().all(plain) {
        return Err(
            "outside of quotes only A-Z, a-z, 0-9 and -_./:@\\+ are allowed: write \"…\" around it",
        );
    }
    Ok(())
}
