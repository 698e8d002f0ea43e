//! YAML and JSON: a value is a whole scalar, and a text is in double quotes.

use super::{Misplaced, Place, lines::inserted};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::fmt::Write as _;

const WHOLE: &str = "it must be a whole value, as in `key: {{value}}` or `- {{value}}`, without quotes \
     and without other text next to it: `{{concat \"a\" value}}` joins texts";

/// A double-quoted scalar (YAML 1.2.2 section 7.3.1) of printable ASCII, which parsers of YAML 1.1
/// read in the same way.
pub(super) fn encode(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        let code = u32::from(c);
        // Writing into a string does not fail.
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            _ if code <= 0xFF => write!(quoted, "\\x{code:02x}").unwrap_or_default(),
            _ if code <= 0xFFFF => write!(quoted, "\\u{code:04x}").unwrap_or_default(),
            _ => write!(quoted, "\\U{code:08x}").unwrap_or_default(),
        }
    }
    quoted.push('"');
    quoted
}

pub(super) fn check_json(text: &str, places: &[Place]) -> Result<(), Misplaced> {
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let at =
            text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        return Err(Misplaced { at, why: "the text is not JSON from here on" });
    }
    check(text, places)
}

pub(super) fn check(text: &str, places: &[Place]) -> Result<(), Misplaced> {
    let mut wanted = Wanted::new(text, places);
    // One entry for each open collection: `Some` for a mapping, with whether a key comes next.
    let mut open: Vec<Option<bool>> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let line = error.marker().line().saturating_sub(1);
            let at = text.split_inclusive('\n').take(line).map(str::len).sum();
            Misplaced { at, why: "the text is not YAML from here on" }
        })?;
        let key = matches!(open.last(), Some(Some(true)));
        match event {
            Event::Scalar(_, style, ..) => {
                wanted.scalar(&span, style, key)?;
                turn(&mut open);
            }
            Event::Alias(_) => turn(&mut open),
            Event::MappingStart(..) => open.push(Some(true)),
            Event::SequenceStart(..) => {
                wanted.list(&span, key)?;
                open.push(None);
            }
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                turn(&mut open);
            }
            _ => {}
        }
    }
    wanted.end()
}

/// In a mapping, a value comes after a key and a key after a value.
fn turn(open: &mut [Option<bool>]) {
    if let Some(Some(key)) = open.last_mut() {
        *key = !*key;
    }
}

/// The places that were not reached yet, both in characters, as the parser counts, and in bytes.
struct Wanted<'a> {
    text: &'a str,
    places: std::vec::IntoIter<(Place, Place)>,
    next: Option<(Place, Place)>,
}

impl<'a> Wanted<'a> {
    fn new(text: &'a str, places: &[Place]) -> Self {
        let (mut byte, mut count) = (0, 0);
        let mut character = |at: usize| {
            count += text.get(byte..at).map_or(0, |part| part.chars().count());
            byte = at;
            count
        };
        let both = |place: &Place| (character(place.start)..character(place.end), place.clone());
        let mut places = places.iter().map(both).collect::<Vec<_>>().into_iter();
        let next = places.next();
        Self { text, places, next }
    }

    fn wrong<T>(&self, why: &'static str) -> Result<T, Misplaced> {
        let at = self.next.as_ref().map_or(0, |(_, bytes)| bytes.start);
        Err(Misplaced { at, why })
    }

    /// Checks a scalar that the parser found.
    fn scalar(&mut self, span: &Span, style: ScalarStyle, key: bool) -> Result<(), Misplaced> {
        let (start, end) = (span.start.index(), span.end.index());
        while let Some((place, bytes)) = &self.next
            && place.start < end
        {
            let value = inserted(self.text, bytes);
            let plain = matches!(style, ScalarStyle::Plain);
            // Digits within a plain scalar, such as the number of a loop round, change neither the
            // structure nor the kind of the scalar.
            let number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
            if !(plain && number && start <= place.start && place.end <= end) {
                // The parser's span of a quoted scalar extends to the next token. An inserted
                // quoted value ends with its quotes.
                let quoted = matches!(style, ScalarStyle::DoubleQuoted) && value.starts_with('"');
                if key {
                    return self.wrong("it would be a key");
                }
                if start != place.start || !(quoted || (plain && end == place.end)) {
                    return self.wrong(WHOLE);
                }
            }
            self.next = self.places.next();
        }
        Ok(())
    }

    /// Checks a list that the parser found. An inserted list contains nothing else.
    fn list(&mut self, span: &Span, key: bool) -> Result<(), Misplaced> {
        let Some((place, bytes)) = &self.next else { return Ok(()) };
        if place.start == span.start.index() && inserted(self.text, bytes).starts_with('[') {
            if key {
                return self.wrong("it would be a key");
            }
            self.next = self.places.next();
        }
        Ok(())
    }

    fn end(self) -> Result<(), Misplaced> {
        if self.next.is_some() { self.wrong(WHOLE) } else { Ok(()) }
    }
}
