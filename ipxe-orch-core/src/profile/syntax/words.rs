//! Shell words: quoting, and what is asked of a place in one.

use super::{Place, lines::inserted, lines::one_line};

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) place: Place,
    /// Whether it says what is run.
    pub(super) command: bool,
}

/// What a lexer found: words, and in them what is quoted, escaped or expanded.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) list: Vec<Word>,
    pub(super) quoted: Vec<Place>,
    pub(super) open: bool,
}

/// The text as one word, as Python's `shlex.quote` makes it.
pub(super) fn encode(text: &str) -> Result<String, &'static str> {
    one_line(text)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        return Ok(text.to_owned());
    }
    Ok(format!("'{}'", text.replace('\'', r#"'"'"'"#)))
}

/// Whether nothing of a word is before a place in it: empty quotes are nothing.
pub(super) fn starts(text: &str, word: &Word, place: &Place) -> bool {
    let before = text.get(word.place.start..place.start).unwrap_or("?");
    before.chars().all(|c| matches!(c, '\'' | '"'))
}

impl Words {
    /// Whether a place stands in a word, outside of everything that the author quoted.
    pub(super) fn check(&self, text: &str, place: &Place) -> Result<(), &'static str> {
        let inside = |word: &&Word| word.place.start <= place.start && place.end <= word.place.end;
        let Some(word) = self.list.iter().find(inside) else {
            return Err("it must stand in a word of a command, not in a comment or a \
                        here-document: set a variable to it, and use that");
        };
        // An escape just before the value takes part of it: such a span overlaps it.
        let spoilt = |span: &Place| {
            let apart = span.end <= place.start || place.end <= span.start;
            !apart && (span.start < place.start || place.end < span.end)
        };
        if self.quoted.iter().any(spoilt) || self.open {
            return Err("it stands in quotes or in an expansion: it is quoted by itself, so \
                        write it outside of them");
        }
        let byte = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).copied();
        if matches!(byte(place.start.checked_sub(1)), Some(b'$' | b'~' | b'\\')) {
            return Err("the character before it would make it more than a value");
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
