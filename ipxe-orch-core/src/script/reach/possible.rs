//! The texts that a word may expand to, if the script itself sets everything in it.

use super::{Reach, first};
use crate::script::{
    expand::{HOLE, expand},
    kind::Kind,
    pattern::{meet, mentions, settings},
};
use std::collections::BTreeSet;

/// The largest number of texts of a word, and how often a value may be copied.
const TEXTS: usize = 256;
const COPIES: usize = 8;

impl Reach<'_> {
    /// All texts that a word of command `node` may expand to. `None` if a part of it is not known.
    pub(in crate::script) fn texts(&self, node: usize, word: &str) -> Option<BTreeSet<String>> {
        self.texts_within(node, word, COPIES)
    }

    /// The lines to which a `goto` may jump. What is not known in its label may be any text.
    pub(in crate::script) fn targets(&self, node: usize, label: &str) -> Vec<usize> {
        let script = self.script;
        if let Some(texts) = self.texts(node, label) {
            return texts.iter().filter_map(|label| script.label(label)).collect();
        }
        let (pattern, _) = mentions(label);
        let fits = script.labels.iter().filter(|(label, _)| meet(label, &pattern));
        fits.map(|(_, line)| *line).collect()
    }

    fn texts_within(&self, node: usize, word: &str, copies: usize) -> Option<BTreeSet<String>> {
        let names = settings(word);
        let Some(name) = names.first() else { return Some(BTreeSet::from([word.to_owned()])) };
        // A word with several settings, or with one in another's name, is not looked at.
        if names.len() > 1 || name.kind.is_some_and(|kind| kind != Kind::Str) {
            return None;
        }
        let values = self.values(node, &name.path(), copies.checked_sub(1)?)?;
        values
            .iter()
            .map(|value| {
                let text = expand(word, |_| value.clone()).ok()?;
                (!value.contains(['$', '}', HOLE])).then_some(text)
            })
            .collect()
    }

    /// All values of a setting before command `node` runs.
    fn values(&self, node: usize, path: &str, copies: usize) -> Option<BTreeSet<String>> {
        let origin = self.origin(node, path);
        if origin.outside {
            return None;
        }
        let mut all = BTreeSet::new();
        for def in origin.defs.iter().filter_map(|number| self.defs.get(*number)) {
            if def.path != path || def.kind.is_some_and(|kind| kind != Kind::Str) {
                return None;
            }
            all.extend(self.set_to(def.node, copies)?);
            if all.len() > TEXTS {
                return None;
            }
        }
        Some(all)
    }

    /// All values that a command may set.
    fn set_to(&self, node: usize, copies: usize) -> Option<BTreeSet<String>> {
        let (_, command) = self.commands.get(node)?;
        let found = match first(command) {
            "set" => match command.words.get(2..)? {
                [word] => self.texts_within(node, word.as_str(), copies)?,
                words => {
                    let words = words.iter().map(|word| word.literal());
                    BTreeSet::from([words.collect::<Option<Vec<_>>>()?.join(" ")])
                }
            },
            "choose" => {
                let mut names = BTreeSet::new();
                for (item, name) in self.menus.offered(node)? {
                    names.extend(self.texts_within(item, name.as_str(), copies)?);
                }
                names
            }
            _ => return None,
        };
        // An empty value clears the setting, and another one may show.
        (!found.contains("")).then_some(found)
    }
}
