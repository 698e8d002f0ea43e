//! Finds the settings that can steer a script: those in words that decide something, and those in
//! the values of such settings. Other settings are forgotten, which keeps the number of states
//! small.

use crate::script::{
    ast::{Command, Script, Word},
    expand::HOLE,
    kind::Kind,
    name::SettingName,
    pattern::{ANY, mentions, overlap},
    settings::Value,
};
use std::collections::BTreeSet;

/// Limits for the computation: the number of rounds until no setting is added, and the number of
/// patterns.
const ROUNDS: usize = 64;
const COMPUTED: usize = 64;

/// Names and patterns of names.
#[derive(Debug, Default)]
struct Names {
    plain: BTreeSet<String>,
    computed: BTreeSet<String>,
}

impl Names {
    fn add(&mut self, name: String) {
        let names = if name.contains(ANY) { &mut self.computed } else { &mut self.plain };
        names.insert(name);
    }

    fn add_all(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            self.add(name);
        }
    }

    fn has(&self, path: &str) -> bool {
        let plain = if path.contains(ANY) {
            self.plain.iter().any(|name| overlap(name, path))
        } else {
            self.plain.contains(path)
        };
        plain || self.computed.iter().any(|pattern| overlap(pattern, path))
    }

    fn len(&self) -> usize {
        self.plain.len() + self.computed.len()
    }
}

/// The settings that can steer the script.
#[derive(Debug, Default)]
pub(super) struct Relevant {
    /// Settings for which it only matters whether they have a value.
    present: Names,
    /// Settings whose value matters.
    valued: Names,
    /// Whether there are too many to tell them apart. Then all settings count.
    all: bool,
}

/// A command that sets a setting: the pattern of the setting's name, the settings used in that
/// name, and for each word of the value whether it consists only of settings, and of which.
struct Set {
    path: String,
    named: Vec<String>,
    values: Vec<(bool, Vec<String>)>,
}

impl Set {
    fn of(command: &Command) -> Option<Self> {
        let (pattern, named) = mentions(command.words.get(1)?.as_str());
        let value = |word: &Word| {
            let (pattern, named) = mentions(word.as_str());
            (pattern.chars().all(|c| c == ANY), named)
        };
        let values = command.words.iter().skip(2).map(value).collect();
        Some(Self { path: path(&pattern)?, named, values })
    }
}

impl Relevant {
    pub(super) fn of(script: &Script) -> Self {
        let mut found = Self::default();
        let mut sets = Vec::new();
        for (_, _, command) in script.commands() {
            found.decides(command);
            if matches!(first(command), "set" | "clear" | "inc") {
                sets.extend(Set::of(command));
            }
        }
        let settled = (0..ROUNDS).any(|_| sets.iter().filter(|set| found.add(set)).count() == 0);
        found.all =
            !settled || found.present.computed.len() + found.valued.computed.len() > COMPUTED;
        found
    }

    fn decides(&mut self, command: &Command) {
        let name = first(command);
        if name == "inc" {
            // Whether `inc` succeeds depends on the present value.
            let target = command.words.get(1).map(|word| mentions(word.as_str()).0);
            self.valued.add_all(target.and_then(|name| path(&name)));
        }
        for (index, word) in command.words.iter().enumerate() {
            let (pattern, mut named) = mentions(word.as_str());
            if !counts(command, index) {
                continue;
            }
            if name == "isset" && pattern.chars().eq([ANY]) {
                // The outermost setting comes last. It only has to be there.
                self.present.add_all(named.pop());
            }
            self.valued.add_all(named);
        }
    }

    /// If the command sets a setting that matters, adds the settings in its name and value. Returns
    /// whether any was added.
    fn add(&mut self, set: &Set) -> bool {
        if self.valued.computed.len() > COMPUTED || !self.tracks(&set.path) {
            return false;
        }
        let before = self.valued.len();
        self.valued.add_all(set.named.iter().cloned());
        let valued = self.valued.has(&set.path);
        for (alone, named) in &set.values {
            // With other text around its settings, the value is never empty.
            if valued || *alone {
                self.valued.add_all(named.iter().cloned());
            }
        }
        self.valued.len() > before
    }

    pub(super) fn tracks(&self, path: &str) -> bool {
        self.all || self.valued.has(path) || self.present.has(path)
    }

    /// The part of the value that matters, if only a part does.
    pub(super) fn reduced(&self, path: &str, value: &Value) -> Option<Value> {
        if self.all || self.valued.has(path) {
            return None;
        }
        let Value::Known(Kind::Str, raw) = value else { return None };
        raw.iter().any(|byte| char::from(*byte) != HOLE).then(|| Value::text("+"))
    }
}

fn first(command: &Command) -> &str {
    command.words.first().map_or("", |word| word.as_str())
}

/// Whether the result of a command can depend on this word.
fn counts(command: &Command, index: usize) -> bool {
    let is_option = |index: Option<usize>| {
        let word = index.and_then(|index| command.words.get(index));
        word.is_some_and(|word| word.as_str().starts_with('-'))
    };
    match first(command) {
        "echo" | "set" | "clear" => false,
        "inc" => index >= 2,
        // These commands go both ways for every device, so only their options matter.
        "ifopen" | "ifclose" | "ifstat" | "iflinkwait" | "ifconf" | "dhcp" | "vcreate" => {
            is_option(Some(index)) || is_option(index.checked_sub(1))
        }
        _ => true,
    }
}

fn path(name: &str) -> Option<String> {
    SettingName::parse(name).map(|name| name.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_decide_is_tracked() {
        let text = "#!ipxe\nset a 1\nset b ${a}\niseq ${b} ${net${idx}/mac} ||\nset c ${a}\n\
                    imgfetch x${orch-server${n}} ||\nset d x\necho ${d}\nset ${e}/ip 1.2.3.4\n\
                    isset ${f} ||\nset f net${g}\n";
        let relevant = Relevant::of(&Script::parse(text).unwrap());
        for path in ["a", "b", "idx", "net7/mac", "n", "orch-server12", "f"] {
            assert!(relevant.tracks(path), "{path}");
        }
        for path in ["c", "d", "e", "g", "net7/ip", "orch-serve", "mac"] {
            assert!(!relevant.tracks(path), "{path}");
        }
        assert_eq!(relevant.reduced("f", &Value::text("net7")), Some(Value::text("+")));
        assert_eq!(relevant.reduced("f", &Value::text("\0")), None);
        assert_eq!(relevant.reduced("b", &Value::text("x")), None);
    }
}
