//! Random changes of texts.

use fastrand::Rng;

/// Changes a text a few times: single bytes, words from `words`, and lines from `other` or from
/// itself.
pub(crate) fn mutate(text: &str, other: &str, words: &[&str], rng: &mut Rng) -> String {
    let mut text = text.to_owned();
    for _ in 0..rng.usize(1..6) {
        text = match rng.u8(0..8) {
            0 => without_part(&text, rng),
            1 => with_line(&text, pick(&other.lines().collect::<Vec<_>>(), rng), rng),
            2 => with_line(&text, pick(&text.lines().collect::<Vec<_>>(), rng), rng),
            3 => without_line(&text, rng),
            4 => with_character(&text, rng),
            _ => with_word(&text, pick(words, rng), rng),
        };
    }
    text
}

fn pick<'a>(of: &[&'a str], rng: &mut Rng) -> &'a str {
    rng.choice(of).copied().unwrap_or_default()
}

/// A random place between two characters.
fn place(text: &str, rng: &mut Rng) -> usize {
    text.floor_char_boundary(rng.usize(..=text.len()))
}

fn split<'a>(text: &'a str, rng: &mut Rng) -> (&'a str, &'a str) {
    let at = place(text, rng);
    text.split_at_checked(at).unwrap_or((text, ""))
}

fn without_part(text: &str, rng: &mut Rng) -> String {
    let (before, rest) = split(text, rng);
    let after: String = rest.chars().skip(rng.usize(1..9)).collect();
    format!("{before}{after}")
}

fn with_character(text: &str, rng: &mut Rng) -> String {
    let (before, after) = split(text, rng);
    let any = if rng.u8(0..4) > 0 { rng.char(' '..='~') } else { rng.char(..) };
    format!("{before}{any}{after}")
}

/// Inserts a word at a random place, or replaces another word by it.
fn with_word(text: &str, word: &str, rng: &mut Rng) -> String {
    let (before, after) = split(text, rng);
    if rng.bool() {
        return format!("{before}{word}{after}");
    }
    let before = before.trim_end_matches(|c: char| !c.is_whitespace());
    let after = after.trim_start_matches(|c: char| !c.is_whitespace());
    format!("{before}{word}{after}")
}

fn with_line(text: &str, line: &str, rng: &mut Rng) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(rng.usize(..=lines.len()), line);
    lines.join("\n") + "\n"
}

fn without_line(text: &str, rng: &mut Rng) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if !lines.is_empty() {
        lines.remove(rng.usize(..lines.len()));
    }
    lines.join("\n") + "\n"
}
