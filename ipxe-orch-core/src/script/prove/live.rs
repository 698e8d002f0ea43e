//! Finds the settings that a line, or any line after it, can still read. Two states that differ in
//! other settings only count as one.

use crate::script::{
    ast::{Line, Script, Word},
    name::SettingName,
    pattern::{meet, mentions, overlap},
};
use std::collections::BTreeMap;

/// The largest number of rounds until all lines agree.
const ROUNDS: usize = 64;

/// The largest number of targets of all `goto` together. With more, every setting counts as
/// readable.
const JUMPS: usize = 100_000;

/// For each line, the settings that can still be read, as bits.
#[derive(Debug)]
pub(super) struct Live {
    /// The bits of up to 64 names. Any other name counts as readable everywhere.
    names: BTreeMap<String, u64>,
    lines: Vec<u64>,
}

/// The effect of a line: the settings that it reads, the settings that it always sets, and the
/// lines that it can jump to.
struct Effect {
    reads: u64,
    sets: u64,
    goes: Vec<usize>,
}

impl Live {
    pub(super) fn of(script: &Script) -> Self {
        let mut names = BTreeMap::new();
        for name in script.lines().iter().filter_map(set_name) {
            let bit = u32::try_from(names.len()).ok().and_then(|bit| 1_u64.checked_shl(bit));
            if let Some(bit) = bit.filter(|_| !names.contains_key(&name)) {
                names.insert(name, bit);
            }
        }
        let effects: Vec<_> =
            script.lines().iter().map(|line| effect(script, &names, line)).collect();
        let mut lines = vec![0; effects.len()];
        let jumps: usize = effects.iter().map(|effect| effect.goes.len()).sum();
        let settled = jumps <= JUMPS && (0..ROUNDS).any(|_| !round(&effects, &mut lines));
        if !settled {
            lines.fill(u64::MAX);
        }
        Self { names, lines }
    }

    /// Whether the setting can be read in this line or after it.
    pub(super) fn is_live(&self, line: usize, path: &str) -> bool {
        let found = self.names.get(path).zip(self.lines.get(line));
        found.is_none_or(|(bit, bits)| bit & bits != 0)
    }
}

/// The setting that a line sets, if the line is one `set` or `clear`. If that fails, the script
/// ends.
fn set_name(line: &Line) -> Option<String> {
    let [command] = line.chain.as_slice() else { return None };
    let [name, target, ..] = command.words.as_slice() else { return None };
    let sets = matches!(name.as_str(), "set" | "clear");
    Some(SettingName::parse(target.literal().filter(|_| sets)?)?.path())
}

/// The bits of all names that fit a pattern.
fn bits(names: &BTreeMap<String, u64>, pattern: &str) -> u64 {
    let can_be = |(name, bit): (&String, &u64)| overlap(name, pattern).then_some(*bit);
    names.iter().filter_map(can_be).fold(0, |sum, bit| sum | bit)
}

fn effect(script: &Script, names: &BTreeMap<String, u64>, line: &Line) -> Effect {
    let mut effect = Effect { reads: 0, sets: 0, goes: Vec::new() };
    for command in &line.chain {
        for word in &command.words {
            for pattern in mentions(word.as_str()).1 {
                effect.reads |= bits(names, &pattern);
            }
        }
        let words: Vec<_> = command.words.iter().map(|word| word.literal()).collect();
        match words.as_slice() {
            [Some("goto"), ..] => {
                let label = command.words.get(1).map_or("", Word::as_str);
                effect.goes.extend(targets(script, label));
            }
            [Some("inc"), target, ..] => {
                let path = target.and_then(SettingName::parse).map(|name| name.path());
                // A computed name may be any name.
                effect.reads |= path.map_or(u64::MAX, |path| bits(names, &path));
            }
            _ => {}
        }
    }
    effect.sets = set_name(line).and_then(|name| names.get(&name).copied()).unwrap_or(0);
    effect
}

/// The lines to which a `goto` may jump. A setting in the label may have any value.
pub(in crate::script) fn targets(script: &Script, label: &str) -> Vec<usize> {
    let (pattern, _) = mentions(label);
    if pattern == label {
        return script.label(label).into_iter().collect();
    }
    let fits = script.labels.iter().filter(|(label, _)| meet(label, &pattern));
    fits.map(|(_, line)| *line).collect()
}

/// Goes through all lines once, from the last to the first. Returns whether anything has changed.
fn round(effects: &[Effect], lines: &mut [u64]) -> bool {
    let at = |lines: &[u64], line: usize| lines.get(line).copied().unwrap_or(0);
    let mut changed = false;
    for (index, effect) in effects.iter().enumerate().rev() {
        let next = at(lines, index + 1);
        let after = effect.goes.iter().fold(next, |sum, line| sum | at(lines, *line));
        let live = effect.reads | (after & !effect.sets);
        if let Some(line) = lines.get_mut(index) {
            changed |= *line != live;
            *line = live;
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_live_until_it_is_set_again() {
        let text = "#!ipxe\nset a 1\nset b 2\n:loop\necho ${a}\nset a 3\ninc b\ngoto loop${b}\n";
        let live = Live::of(&Script::parse(text).unwrap());
        let of = |line: usize| (live.is_live(line, "a"), live.is_live(line, "b"));
        assert_eq!(
            [1, 2, 3, 5, 6].map(of),
            [(false, false), (true, false), (true, true), (false, true), (true, true)]
        );
        assert!(live.is_live(1, "other"));
    }
}
