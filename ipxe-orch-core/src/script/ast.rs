//! The parts of a script: lines, commands and words.

use std::{collections::BTreeMap, fmt};

/// A text that iPXE runs as a script, split into lines, commands and words.
///
/// # Example
///
/// ```
/// use ipxe_orch_core::script::{Joint, Script};
///
/// let script = Script::parse("#!ipxe\n:retry\nping 10.0.2.2 && goto done ||\ngoto retry\n:done\n")?;
/// let ping = &script.lines()[2].chain[0];
/// assert_eq!(ping.words[0].as_str(), "ping");
/// assert_eq!(ping.joint, Some(Joint::And));
/// assert_eq!(script.label("done"), Some(4));
///
/// let error = Script::parse("<html>").unwrap_err();
/// assert_eq!(error.to_string(), "line 1: a script begins with a line `#!ipxe`");
/// # Ok::<(), ipxe_orch_core::script::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub(super) lines: Vec<Line>,
    pub(super) labels: BTreeMap<String, usize>,
    pub(super) len: usize,
}

impl Script {
    /// All lines, including those without a command.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The length of the text in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Always `false`, because a script has at least its first line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The index of the line that `goto` goes to: the first line with this label.
    pub fn label(&self, label: &str) -> Option<usize> {
        self.labels.get(label).copied()
    }

    /// All commands in the order of the text, each with its line and its index within the line.
    pub(super) fn commands(&self) -> impl Iterator<Item = (&Line, usize, &Command)> {
        self.lines.iter().flat_map(|line| {
            line.chain.iter().enumerate().map(move |(index, command)| (line, index, command))
        })
    }
}

/// A line, together with the lines that are joined to it by a `\` at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The number of its first line in the text. The first line of the text is 1.
    pub number: usize,
    /// The label before its commands.
    pub label: Option<String>,
    /// Its commands. A comment has none. `a ||` has a second, empty one, which succeeds.
    pub chain: Vec<Command>,
    /// The number of its words after the label, with operators and comments. Each of them takes a
    /// place on iPXE's stack.
    pub tokens: usize,
}

/// A command and the operator after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The words before settings are expanded. The first word is the name of the command.
    pub words: Vec<Word>,
    /// The operator that decides whether the next command runs; `None` for the last command of a
    /// line.
    pub joint: Option<Joint>,
}

/// An operator between two commands of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// `&&`: the next command runs after success.
    And,
    /// `||`: the next command runs after failure.
    Or,
    /// `;`: the next command always runs.
    Then,
}

impl Joint {
    /// The operator that `word` is, if it is one.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "&&" => Some(Self::And),
            "||" => Some(Self::Or),
            ";" => Some(Self::Then),
            _ => None,
        }
    }

    /// Whether the next command runs after success or failure of this one.
    pub fn goes_on(self, succeeded: bool) -> bool {
        match self {
            Self::And => succeeded,
            Self::Or => !succeeded,
            Self::Then => true,
        }
    }
}

/// Text between white space. iPXE expands settings after it has split a line into words, so the
/// value of a setting never becomes a second word. There are no quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(pub(super) String);

impl Word {
    /// The text before settings are expanded.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, if it contains no setting.
    pub fn literal(&self) -> Option<&str> {
        (!self.0.contains("${")).then_some(self.0.as_str())
    }

    /// The names inside `${...}` that contain no other setting, innermost first.
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
