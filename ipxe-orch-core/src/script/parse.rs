//! Splits a text into lines, commands and words as `process_script()` in `image/script.c` and
//! `split_command()` and `command_terminator()` in `core/exec.c` do.

use super::ast::{Command, Joint, Line, Script, Word};
use super::is_script;
use std::collections::BTreeMap;

/// The longest script that is read, in bytes. iPXE accepts longer ones, but no script for ipxe-orch
/// is this long.
pub const MAX_TEXT: usize = 64 * 1024;

/// Why iPXE would not run a text as a script to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// It does not start with `#!ipxe` or `#!gpxe` and white space.
    #[error("line 1: a script begins with a line `#!ipxe`")]
    NotAScript,
    /// It has more than [`MAX_TEXT`] bytes.
    #[error("the script has {0} bytes: at most {MAX_TEXT} are allowed")]
    TooLong(usize),
    /// It contains a NUL character. iPXE ends the line there without an error.
    #[error("line {0}: a NUL character ends the line for iPXE: remove it")]
    Nul(usize),
    /// Its last line ends with `\`. iPXE fails at the end of such a script.
    #[error("line {0}: the last line ends with `\\`, and there is no line to join: remove it")]
    Unfinished(usize),
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// [`ParseError`] if iPXE would not run the text as a script to its end.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if !is_script(text) {
            return Err(ParseError::NotAScript);
        }
        if text.len() > MAX_TEXT {
            return Err(ParseError::TooLong(text.len()));
        }
        let mut lines = Vec::new();
        let mut joined = String::new();
        let mut first = None;
        let end = text.strip_suffix('\n').unwrap_or(text);
        for (number, piece) in (1..).zip(end.split('\n')) {
            if piece.contains('\0') {
                return Err(ParseError::Nul(number));
            }
            joined.push_str(piece);
            if joined.ends_with('\r') {
                joined.pop();
            }
            let start = *first.get_or_insert(number);
            if joined.ends_with('\\') {
                joined.pop();
                continue;
            }
            lines.push(line(start, &joined));
            joined.clear();
            first = None;
        }
        if let Some(number) = first {
            return Err(ParseError::Unfinished(number));
        }
        let mut labels = BTreeMap::new();
        for (index, line) in lines.iter().enumerate() {
            if let Some(label) = &line.label {
                labels.entry(label.clone()).or_insert(index);
            }
        }
        Ok(Self { lines, labels, len: text.len() })
    }
}

/// Whether `isspace()` of iPXE takes `c` for white space.
pub(super) fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

fn line(number: usize, text: &str) -> Line {
    let text = text.trim_start_matches(is_space);
    let Some(rest) = text.strip_prefix(':') else {
        return Line { number, label: None, chain: chain(text), tokens: tokens(text) };
    };
    let (label, text) = rest.split_once(is_space).unwrap_or((rest, ""));
    Line { number, label: Some(label.to_owned()), chain: chain(text), tokens: tokens(text) }
}

fn tokens(text: &str) -> usize {
    text.split(is_space).filter(|word| !word.is_empty()).count()
}

fn chain(text: &str) -> Vec<Command> {
    let mut found = Vec::new();
    let mut command = Command::default();
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if word.starts_with('#') {
            break;
        }
        match Joint::from_word(word) {
            Some(joint) => {
                command.joint = Some(joint);
                found.push(std::mem::take(&mut command));
            }
            None => command.words.push(Word(word.to_owned())),
        }
    }
    if !command.words.is_empty() || !found.is_empty() {
        found.push(command);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<&str> {
        command.words.iter().map(Word::as_str).collect()
    }

    #[test]
    fn labels_comments_and_chains() {
        let text = "#!ipxe\r\n:start echo a # b\n  isset ${x} && goto start ||\necho a#b 'c d'\n";
        let script = Script::parse(text).unwrap();
        assert_eq!(script.lines().len(), 4);
        assert_eq!(script.lines()[0].chain, []);
        assert_eq!(script.label("start"), Some(1));
        assert_eq!(words(&script.lines()[1].chain[0]), ["echo", "a"]);
        let chain = &script.lines()[2].chain;
        assert_eq!(
            chain.iter().map(words).collect::<Vec<_>>(),
            [vec!["isset", "${x}"], vec!["goto", "start"], vec![]]
        );
        assert_eq!(chain[0].joint, Some(Joint::And));
        assert_eq!(chain[1].joint, Some(Joint::Or));
        assert_eq!(words(&script.lines()[3].chain[0]), ["echo", "a#b", "'c", "d'"]);
    }

    #[test]
    fn a_backslash_joins_lines_and_quotes_nothing() {
        let script = Script::parse("#!ipxe\nkernel a\\b \\\r\n  c \\\n d\necho\n").unwrap();
        assert_eq!(words(&script.lines()[1].chain[0]), ["kernel", "a\\b", "c", "d"]);
        assert_eq!(script.lines()[2].number, 5);
    }

    #[test]
    fn what_ipxe_would_not_run_to_its_end_is_refused() {
        assert_eq!(Script::parse("<html>"), Err(ParseError::NotAScript));
        assert_eq!(Script::parse("#!ipxe\necho \0a\n"), Err(ParseError::Nul(2)));
        assert_eq!(Script::parse("#!ipxe\necho a\n\nb\\"), Err(ParseError::Unfinished(4)));
        let long = format!("#!ipxe\n{}", "x".repeat(MAX_TEXT));
        assert_eq!(Script::parse(&long), Err(ParseError::TooLong(MAX_TEXT + 7)));
    }
}
