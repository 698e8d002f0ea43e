//! Shell scripts, parsed as far as is needed to tell words from everything else.

use super::{
    Misplaced, Place, each,
    words::{Word, Words},
};

pub(super) fn check(text: &str, places: &[Place]) -> Result<(), Misplaced> {
    let words = Lexer::new(text).words();
    each(text, places, |text, place| words.check(text, place))
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    found: Words,
    /// The start of the current word, if one has begun.
    word: Option<usize>,
    /// Whether the next word is the name of a command.
    command: bool,
    /// Whether the next word is the file of a redirection.
    target: bool,
    /// Here-documents whose text follows this line: the end mark, and whether tabs before it are
    /// ignored.
    pending: Vec<(String, bool)>,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str) -> Self {
        let (found, pending) = (Words::default(), Vec::new());
        Self { text, at: 0, found, word: None, command: true, target: false, pending }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at.saturating_add(ahead)).copied()
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn words(mut self) -> Words {
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'\\', Some(b'\n')) => self.skip(2),
                (b' ' | b'\t', _) => self.end_word(1),
                (b'\n', _) => self.line_end(),
                (b'(', Some(b'(')) => self.quoted(2, b"))"),
                (b';' | b'&' | b'|' | b'(' | b')', _) => self.operator(),
                (b'<' | b'>' | b'$', Some(b'(')) => self.quoted(2, b")"),
                (b'<', Some(b'<')) if self.peek(2) != Some(b'<') => self.here_document(),
                (b'<' | b'>', _) => self.redirection(),
                (b'#', _) if self.word.is_none() => self.comment(),
                (b'\\', _) => self.quoted(2, b""),
                (b'\'' | b'"' | b'`', _) => self.quoted(1, &[byte]),
                (b'$', Some(b'{')) => self.quoted(2, b"}"),
                (b'$', Some(b'\'')) => self.quoted(2, b"$"),
                _ => self.letter(),
            }
        }
        self.end_word(0);
        self.found
    }

    fn letter(&mut self) {
        self.word.get_or_insert(self.at);
        self.skip(1);
    }

    /// Ends the current word, if there is one, and skips `skip` bytes that do not belong to a word.
    fn end_word(&mut self, skip: usize) {
        if let Some(start) = self.word.take() {
            let word = self.text.get(start..self.at).unwrap_or_default();
            let command = self.command && !self.target;
            self.found.list.push(Word { place: start..self.at, command });
            if !self.target {
                self.command &= leads_to_a_command(word);
            }
            self.target = false;
        }
        self.skip(skip);
    }

    fn operator(&mut self) {
        self.end_word(1);
        self.command = true;
    }

    fn redirection(&mut self) {
        self.end_word(0);
        while matches!(self.peek(0), Some(b'<' | b'>' | b'&' | b'|')) {
            self.skip(1);
        }
        self.target = true;
    }

    fn comment(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'\n') {
            self.skip(1);
        }
    }

    /// Skips a part of a word in which other rules apply, up to what closes it. In `closing`, `$`
    /// means the end of `$'…'`.
    fn quoted(&mut self, opening: usize, closing: &[u8]) {
        let start = self.at;
        self.word.get_or_insert(start);
        self.skip(opening);
        let mut open = closing.to_vec();
        while let Some(closer) = open.last().copied() {
            let Some(byte) = self.peek(0) else {
                self.found.open = true;
                break;
            };
            let next = self.peek(1);
            self.skip(1);
            match (closer, byte, next) {
                (b'\'' | b'$', b'\'', _) => drop(open.pop()),
                (b'\'', ..) => {}
                (_, b'\\', _) => self.skip(1),
                (b'$', ..) => {}
                _ if byte == closer => drop(open.pop()),
                (_, b'$', Some(b'(')) => {
                    self.skip(1);
                    open.push(b')');
                }
                (_, b'$', Some(b'{')) => {
                    self.skip(1);
                    open.push(b'}');
                }
                (_, b'`', _) => open.push(b'`'),
                (b'"', ..) => {}
                (_, b'"' | b'\'', _) => open.push(byte),
                (_, b'(', _) => open.push(b')'),
                _ => {}
            }
        }
        self.at = self.at.min(self.text.len());
        self.found.quoted.push(start..self.at);
    }

    /// Reads `<<` or `<<-` and the word that ends the here-document.
    fn here_document(&mut self) {
        self.end_word(2);
        let tabs = self.peek(0) == Some(b'-');
        self.skip(usize::from(tabs));
        let rest = self.text.get(self.at..).unwrap_or_default();
        let delimiter = rest.trim_start_matches([' ', '\t']);
        let blanks = rest.len().saturating_sub(delimiter.len());
        let ends = |c: char| c.is_ascii_whitespace() || ";&|<>()".contains(c);
        let delimiter = delimiter.split(ends).next().unwrap_or_default();
        self.skip(blanks.saturating_add(delimiter.len()));
        self.pending.push((delimiter.replace(['\'', '"', '\\'], ""), tabs));
    }

    /// Ends the line, and skips the here-documents that begin after it.
    fn line_end(&mut self) {
        self.end_word(1);
        self.command = true;
        for (delimiter, tabs) in std::mem::take(&mut self.pending) {
            let rest = self.text.get(self.at..).unwrap_or_default();
            for line in rest.split_inclusive('\n') {
                self.skip(line.len());
                let line = line.trim_end_matches('\n');
                let line = if tabs { line.trim_start_matches('\t') } else { line };
                if line == delimiter {
                    break;
                }
            }
        }
    }
}

/// Whether the word after `word` is the name of a command: after an assignment and after some
/// reserved words it is.
fn leads_to_a_command(word: &str) -> bool {
    let reserved = ["if", "then", "else", "elif", "do", "while", "until", "!", "{"];
    let name = |name: &str| {
        let name = name.strip_suffix('+').unwrap_or(name);
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    reserved.contains(&word) || word.split_once('=').is_some_and(|(left, _)| name(left))
}
