//! Which settings can steer a script: those in words that decide, and those in the values that
//! these get. Others are forgotten, which keeps the number of states small.

use crate::script::{
    ast::{Command, Script},
    expand::expand,
    name::SettingName,
};
use std::collections::BTreeSet;

/// Stands for a nested setting in a pattern; no name has it.
const ANY: char = '\u{1}';

/// Patterns of names.
#[derive(Debug)]
pub(super) struct Relevant(BTreeSet<String>);

impl Relevant {
    pub(super) fn of(script: &Script) -> Self {
        let mut found = Self(BTreeSet::new());
        let mut sets = Vec::new();
        for (_, _, command) in script.commands() {
            let name = command.words.first().map_or("", |word| word.as_str());
            let decides = match name {
                "echo" | "clear" | "set" => 0..0,
                "inc" => 2..command.words.len(),
                _ => 0..command.words.len(),
            };
            let words = command.words.get(decides).unwrap_or_default();
            for word in words {
                found.0.extend(mentions(word.as_str()).1);
            }
            // Whether it succeeds depends on the value that is there.
            let target = command.words.get(1).filter(|_| name == "inc");
            found.0.extend(
                target
                    .and_then(|word| SettingName::parse(&mentions(word.as_str()).0))
                    .map(|name| name.path()),
            );
            if matches!(name, "set" | "clear" | "inc") {
                sets.push(command);
            }
        }
        while sets.iter().filter(|set| found.add(set)).count() > 0 {}
        found
    }

    /// Adds what a command that sets a relevant setting takes its value from.
    fn add(&mut self, set: &Command) -> bool {
        let Some(target) = set.words.get(1) else { return false };
        let (pattern, named) = mentions(target.as_str());
        let path = SettingName::parse(&pattern).map(|name| name.path()).unwrap_or_default();
        if !path.contains(ANY) && !self.tracks(&path) {
            return false;
        }
        let before = self.0.len();
        self.0.extend(named);
        for word in set.words.iter().skip(2) {
            self.0.extend(mentions(word.as_str()).1);
        }
        self.0.len() > before
    }

    pub(super) fn tracks(&self, path: &str) -> bool {
        self.0.contains(path)
            || self
                .0
                .iter()
                .filter(|pattern| pattern.contains(ANY))
                .any(|pattern| matches(pattern, path))
    }
}

/// The word with [`ANY`] for its settings, and the patterns of their names.
fn mentions(word: &str) -> (String, Vec<String>) {
    let mut found = Vec::new();
    let pattern = expand(word, |name| {
        found.extend(SettingName::parse(name).map(|name| name.path()));
        ANY.to_string()
    });
    (pattern.unwrap_or_else(|_| ANY.to_string()), found)
}

/// Whether `text` is `pattern` with something, or nothing, for each [`ANY`].
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split(ANY);
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = "";
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        (rest, last) = (after, part);
    }
    rest.is_empty() || text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_decide_is_tracked() {
        let text = "#!ipxe\nset a 1\nset b ${a}\niseq ${b} ${net${idx}/mac} ||\nset c ${a}\n\
                    imgfetch x${orch-server${n}} ||\nset d x\necho ${d}\n";
        let relevant = Relevant::of(&Script::parse(text).unwrap());
        for path in ["a", "b", "idx", "net7/mac", "n", "orch-server12"] {
            assert!(relevant.tracks(path), "{path}");
        }
        for path in ["c", "d", "net7/ip", "orch-serve", "mac"] {
            assert!(!relevant.tracks(path), "{path}");
        }
    }
}
