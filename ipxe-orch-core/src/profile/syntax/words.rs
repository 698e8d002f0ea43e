//! Shell words: how they are quoted, and what a place in a word must fulfil.

use super::{Place, lines::inserted, lines::one_line};

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) place: Place,
    /// Whether it is the name of a command.
    pub(super) command: bool,
}

/// The result of a lexer: the words, and the parts that are quoted, escaped or expanded.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) list: Vec<Word>,
    pub(super) quoted: Vec<Place>,
    pub(super) open: bool,
}

/// The text as one word, quoted as Python's `shlex.quote` does.
pub(super) fn encode(text: &str) -> Result<String, &'static str> {
    one_line(text)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        return Ok(text.to_owned());
    }
    Ok(format!("'{}'", text.replace('\'', r#"'"'"'"#)))
}

/// Whether a place is at the start of a word. Empty quotes before it do not count.
pub(super) fn starts(text: &str, word: &Word, place: &Place) -> bool {
    let before = text.get(word.place.start..place.start).unwrap_or("?");
    before.chars().all(|c| matches!(c, '\'' | '"'))
}

impl Words {
    /// Checks that a place is in a word and outside of everything that the author has quoted.
    pub(super) fn check(&self, text: &str, place: &Place) -> Result<(), &'static str> {
        let inside = |word: &&Word| word.place.start <= place.start && place.end <= word.place.end;
        let Some(word) = self.list.iter().find(inside) else {
            return Err("it must be in a word of a command, not in a comment or a \
                        here-document: set a variable to it, and use that");
        };
        // An escape just before the value takes a part of it, so its span overlaps the place.
        let spoilt = |span: &Place| {
            let apart = span.end <= place.start || place.end <= span.start;
            !apart && (span.start < place.start || place.end < span.end)
        };
        if self.quoted.iter().any(spoilt) || self.open {
            return Err("it is in quotes or in an expansion: it is quoted automatically, so \
                        write it outside of them");
        }
        let byte = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).copied();
        if matches!(byte(place.start.checked_sub(1)), Some(b'$' | b'~' | b'\\')) {
            return Err("the character before it would give it another meaning");
        }
        if matches!(byte(Some(place.end)), Some(b'<' | b'>')) {
            return Err("it would number a redirection: write a space after it");
        }
        if !starts(text, word, place) {
            return Ok(());
        }
        if word.command {
            return Err("it would name a command");
        }
        if inserted(text, place).trim_start_matches('\'').starts_with('-') {
            return Err("it starts with `-`, which makes it an option");
        }
        Ok(())
    }
}
