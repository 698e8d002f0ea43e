//! What a script consists of.

use std::{collections::BTreeMap, fmt};

/// A script that iPXE takes for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub(super) lines: Vec<Line>,
    pub(super) labels: BTreeMap<String, usize>,
    pub(super) len: usize,
}

impl Script {
    /// Its lines, those with nothing to run included.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Length of the text in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never: the first line is there.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Index of the first line with this label: where `goto` goes.
    pub fn label(&self, label: &str) -> Option<usize> {
        self.labels.get(label).copied()
    }

    /// All commands in the order of the text, each with its index in the chain of its line.
    pub(super) fn commands(&self) -> impl Iterator<Item = (&Line, usize, &Command)> {
        self.lines.iter().flat_map(|line| {
            line.chain.iter().enumerate().map(move |(index, command)| (line, index, command))
        })
    }
}

/// A line, with those that a `\` at its end joins to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Number of its first line in the text, from 1 on.
    pub number: usize,
    /// The label before its commands.
    pub label: Option<String>,
    /// Its commands; a comment is none, and `a ||` holds an empty second one, which succeeds.
    pub chain: Vec<Command>,
}

/// A command and what joins the next one to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its words before settings are expanded; the first one names the command.
    pub words: Vec<Word>,
    /// When the next command of the line runs; `None` for the last one.
    pub joint: Option<Joint>,
}

/// When the next command of a line runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// `&&`: after success.
    And,
    /// `||`: after failure.
    Or,
    /// `;`: always.
    Then,
}

impl Joint {
    /// The joint that `word` is.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "&&" => Some(Self::And),
            "||" => Some(Self::Or),
            ";" => Some(Self::Then),
            _ => None,
        }
    }

    /// Whether the next command runs.
    pub fn goes_on(self, succeeded: bool) -> bool {
        match self {
            Self::And => succeeded,
            Self::Or => !succeeded,
            Self::Then => true,
        }
    }
}

/// What stands between white space. Settings are expanded in it after words were split, so that
/// no value makes a second word of it. There are no quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(pub(super) String);

impl Word {
    /// The text before settings are expanded.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, where no setting is expanded in it.
    pub fn literal(&self) -> Option<&str> {
        (!self.0.contains("${")).then_some(self.0.as_str())
    }

    /// The names inside `${...}` that hold no other setting, innermost first.
    pub fn settings(&self) -> Vec<&str> {
        let mut found = Vec::new();
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once('}') {
            found.extend(before.rsplit_once("${").map(|(_, name)| name));
            rest = after;
        }
        found
    }

    /// Whether each `${` has its `}`.
    pub fn is_closed(&self) -> bool {
        let mut open = 0_usize;
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find(['$', '}']) {
            let (_, here) = rest.split_at(at);
            let opens = here.starts_with("${");
            open = if opens {
                open + 1
            } else {
                open.saturating_sub(usize::from(here.starts_with('}')))
            };
            let step = if opens { 2 } else { 1 };
            rest = here.get(step..).unwrap_or_default();
        }
        open == 0
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_a_word_are_named_innermost_first() {
        let word = |text: &str| Word(text.to_owned());
        assert_eq!(word("a${net${idx}/mac}b${x:hex}").settings(), ["idx", "x:hex"]);
        assert_eq!(word("plain}").settings(), [""; 0]);
        assert!(word("a${b${c}}$}").is_closed());
        assert!(!word("a${b${c}").is_closed());
        assert_eq!(word("$x").literal(), Some("$x"));
    }
}
