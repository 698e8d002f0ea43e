//! Kickstart files: one command in each line, and sections from `%name` to `%end` or the next
//! section.

use super::{
    Misplaced, Place, each,
    lines::{inserted, is_plain_word},
    shell,
    words::{Word, Words, starts},
};

const NO_SECTION: &str = "a value can only be in a command, in a shell section or in %packages";

pub(super) fn check(text: &str, places: &[Place]) -> Result<(), Misplaced> {
    let (mut start, mut section, mut header) = (0, "", 0);
    let mut sections = Vec::new();
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if line.starts_with('%') {
            sections.push((section, header..start));
            sections.push(("%", start..end));
            section = if line.starts_with("%end") { "" } else { line.trim_end() };
            header = end;
        }
        start = end;
    }
    sections.push((section, header..start));
    for (section, place) in sections {
        check_section(section, text, &place, places)?;
    }
    Ok(())
}

fn check_section(
    section: &str,
    text: &str,
    place: &Place,
    places: &[Place],
) -> Result<(), Misplaced> {
    let within = |at: &&Place| place.start <= at.start && at.start < place.end.max(at.start + 1);
    let shift = |at: &Place| at.start - place.start..at.end.saturating_sub(place.start);
    let here: Vec<Place> =
        places.iter().filter(within).filter(|at| at.end <= place.end).map(shift).collect();
    let text = text.get(place.clone()).unwrap_or_default();
    let checked = match section.split_ascii_whitespace().next() {
        None => each(text, &here, command),
        Some("%packages") => each(text, &here, package),
        Some("%pre" | "%pre-install" | "%post" | "%firstboot" | "%onerror" | "%traceback")
            if is_shell(section) =>
        {
            shell::check(text, &here)
        }
        Some(_) => each(text, &here, |_, _| Err(NO_SECTION)),
    };
    checked.map_err(|wrong| Misplaced { at: wrong.at + place.start, ..wrong })
}

/// Whether a section is a shell script, which it is unless it names another interpreter.
fn is_shell(header: &str) -> bool {
    let Some((_, named)) = header.split_once("--interpreter") else { return true };
    let named = named.trim_start_matches(['=', ' ', '\t']);
    let name = named.split_ascii_whitespace().next().unwrap_or_default();
    ["/bin/sh", "/bin/bash", "/usr/bin/sh", "/usr/bin/bash", "busybox"].contains(&name)
}

fn package(text: &str, place: &Place) -> Result<(), &'static str> {
    let alone = super::lines::before(text, place).trim().is_empty()
        && super::lines::after(text, place).trim().is_empty();
    let value = inserted(text, place);
    if alone && is_plain_word(value) && value.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(
        "a package must be alone in its line: A-Z, a-z, 0-9 and -_./:@%+=, beginning with a letter or digit",
    )
}

/// Checks a place in a line that is a command.
fn command(text: &str, place: &Place) -> Result<(), &'static str> {
    let before = super::lines::before(text, place);
    let start = place.start - before.len();
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let here = before.len()..place.end - start;
    let words = split(line);
    words.check(line, &here)?;
    let inside = |word: &&Word| word.place.start <= here.start && here.end <= word.place.end;
    let starts = words.list.iter().find(inside).is_some_and(|word| starts(line, word, &here));
    // pykickstart drops everything after a word that begins with `#`, even if the word is quoted.
    if starts && inserted(line, &here).trim_start_matches('\'').starts_with('#') {
        return Err("it starts with `#`, which makes the rest of the line a comment");
    }
    Ok(())
}

/// The words of a line as Python's `shlex.split` finds them. A word that begins with `#` starts a
/// comment.
fn split(line: &str) -> Words {
    let mut found = Words::default();
    let (mut word, mut quote, mut bytes) = (None, None, line.bytes().enumerate());
    while let Some((at, byte)) = bytes.next() {
        match (quote, byte) {
            (None, b' ' | b'\t') => end(&mut found, word.take(), at),
            (None, b'#') if word.is_none() => return found,
            (None, b'\'' | b'"') => {
                word.get_or_insert(at);
                quote = Some((byte, at));
            }
            (None | Some((b'"', _)), b'\\') => {
                word.get_or_insert(at);
                found.quoted.push(at..at + 2);
                bytes.next();
            }
            (Some((open, start)), _) if open == byte => {
                found.quoted.push(start..at + 1);
                quote = None;
            }
            (None, _) => drop(word.get_or_insert(at)),
            (Some(_), _) => {}
        }
    }
    found.open = quote.is_some();
    end(&mut found, word, line.len());
    found
}

fn end(found: &mut Words, word: Option<usize>, at: usize) {
    if let Some(start) = word {
        let command = found.list.is_empty();
        found.list.push(Word { place: start..at, command });
    }
}
