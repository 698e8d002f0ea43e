//! For each command, the commands whose settings and menus it may read. A setting is read as the
//! last command on some path has set it, or as it was before the script (reaching definitions).

mod menus;
mod possible;
mod solve;

use super::{
    ast::{Command, Script, Word},
    flow::{After, Position},
    kind::Kind,
    name::SettingName,
    pattern::{is_computed, meet, mentions},
};
use menus::Menus;
use solve::{Bits, Edges, Effect};
use std::collections::BTreeMap;

/// The largest size of the sets of all names together, in bits.
const SETS: usize = 64_000_000;

/// A command that sets a setting.
#[derive(Debug)]
pub(super) struct Def {
    /// The number of the command, in the order of the text.
    pub(super) node: usize,
    /// The pattern of the setting's name, without its type.
    pub(super) path: String,
    /// The type that the command says, or that iPXE has for the name.
    pub(super) kind: Option<Kind>,
}

/// Where a value may come from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// The numbers of the commands that may have set it.
    pub(super) defs: Vec<usize>,
    /// Whether it may also be as before the script, or as another script has left it.
    pub(super) outside: bool,
}

/// The commands of a script, the settings that they set, and the commands that may read them.
#[derive(Debug)]
pub(super) struct Reach<'a> {
    script: &'a Script,
    pub(super) commands: Vec<(Position, &'a Command)>,
    pub(super) defs: Vec<Def>,
    /// The names that commands set, each with the number of its bit for the value from outside.
    names: BTreeMap<String, usize>,
    /// The definitions of each name of [`Self::names`].
    by_name: BTreeMap<String, Vec<usize>>,
    /// For each command, the definitions and the values from outside that reach it; `None` if it was
    /// too much to compute.
    reached: Option<Vec<Bits>>,
    menus: Menus,
}

impl<'a> Reach<'a> {
    pub(super) fn of(script: &'a Script) -> Self {
        let mut commands = Vec::new();
        for (index, line) in script.lines().iter().enumerate() {
            let at = |command| Position { line: index, command };
            let chain = line.chain.iter().enumerate();
            commands.extend(chain.map(|(number, command)| (at(number), command)));
        }
        let numbered = || commands.iter().enumerate();
        let defs: Vec<_> =
            numbered().filter_map(|(node, (_, command))| def(node, command)).collect();
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, def) in defs.iter().enumerate() {
            by_name.entry(def.path.clone()).or_default().push(number);
        }
        let names = by_name.keys().cloned().zip(defs.len()..).collect();
        let menus = Menus::of(&commands);
        let mut reach = Self { script, commands, defs, names, by_name, reached: None, menus };
        reach.solve();
        // The labels of a computed `goto` are found with this first, rough result.
        if script.commands().any(|(_, _, command)| jumps_anywhere(command)) {
            reach.solve();
        }
        reach
    }

    /// The number of a line, by its index.
    pub(super) fn line_number(&self, line: usize) -> usize {
        self.script.lines().get(line).map_or(1, |line| line.number)
    }

    /// The number of the command at a position.
    pub(super) fn node(&self, at: Position) -> Option<usize> {
        self.commands.binary_search_by_key(&at, |(own, _)| *own).ok()
    }

    /// The commands that a name may have its value from, before command `node` runs. Without a scope,
    /// the value may be that of any scope.
    pub(super) fn origin(&self, node: usize, path: &str) -> Origin {
        let here = self.reached.as_ref().and_then(|all| all.get(node));
        // Nothing reaches a command that never runs. It is checked all the same.
        let here = here.filter(|bits| !bits.is_empty());
        let arrives = |bit: usize| here.is_none_or(|bits| bits.has(bit));
        let outside = self.names.get(path).is_none_or(|bit| arrives(*bit));
        let fits = |own: &str| own == path || reads(path, own, outside);
        let fits = |number: &usize| self.defs.get(*number).is_some_and(|def| fits(&def.path));
        let all = 0..self.defs.len();
        let defs = match here {
            Some(bits) => {
                bits.iter().take_while(|number| all.contains(number)).filter(fits).collect()
            }
            None => all.filter(fits).collect(),
        };
        Origin { defs, outside }
    }

    /// Whether an `item` has its menu, so that it does not fail.
    pub(super) fn has_menu(&self, at: Position) -> bool {
        self.node(at).is_some_and(|node| self.menus.is_there(node))
    }

    fn solve(&mut self) {
        let edges = self.edges();
        let bits = self.defs.len() + self.names.len();
        let outside = Bits::new(bits, self.defs.len()..bits);
        // A set for each name, and one for all values from outside.
        let of_name = |(name, numbers): (&String, &Vec<usize>)| {
            Bits::new(bits, numbers.iter().copied().chain(self.names.get(name).copied()))
        };
        let mut sets: Vec<_> = if self.names.len().saturating_mul(bits) > SETS {
            Vec::new()
        } else {
            self.by_name.iter().map(of_name).collect()
        };
        let edges_or_none = edges.as_ref().filter(|_| sets.len() == self.names.len());
        sets.push(outside.clone());
        let effects: Vec<_> = (0..self.commands.len()).map(|node| self.effect(node)).collect();
        self.reached = edges_or_none.and_then(|edges| edges.solve(bits, &outside, &sets, &effects));
        self.menus.solve(edges.as_ref());
    }

    /// The commands that may follow each command.
    fn edges(&self) -> Option<Edges> {
        let start = self.land(self.script.first_at(0));
        let mut edges = Edges::new(start);
        for (node, (at, command)) in self.commands.iter().enumerate() {
            let after = |succeeded| self.land(self.script.after(*at, succeeded));
            let failed = after(false);
            let succeeded: Vec<usize> = match first(command) {
                "goto" => {
                    let label = command.words.get(1).map_or("", |word| word.as_str());
                    let lines = self.targets(node, label).into_iter();
                    lines.filter_map(|line| self.land(self.script.first_at(line))).collect()
                }
                "exit" => Vec::new(),
                _ => after(true).into_iter().collect(),
            };
            edges.push(succeeded, failed)?;
        }
        Some(edges)
    }

    fn land(&self, after: After) -> Option<usize> {
        match after {
            After::Command(at) => self.node(at),
            After::End | After::Abort => None,
        }
    }

    /// What a command adds to the definitions that reach the next one, and what it removes.
    fn effect(&self, node: usize) -> Effect {
        let mut effect = Effect::default();
        let Some((_, command)) = self.commands.get(node) else { return effect };
        let number = self.defs.partition_point(|def| def.node < node);
        if let Some(def) = self.defs.get(number).filter(|def| def.node == node) {
            effect.adds.push(number);
            let outside = self.names.get(&def.path).copied();
            // `netX` is not always the same device.
            if !is_computed(&def.path) && !def.path.starts_with("netX/") {
                effect.removes = outside.map(|bit| bit - self.defs.len());
            }
            // After `clear`, the value from outside shows again.
            effect.adds.extend(outside.filter(|_| first(command) == "clear"));
        }
        effect.always = runs_others(command).then_some(self.names.len());
        effect
    }
}

fn jumps_anywhere(command: &Command) -> bool {
    let label = command.words.get(1);
    first(command) == "goto" && label.is_some_and(|label| label.literal().is_none())
}

/// Whether a setting with this path may have the value of one that was set as `own`.
fn reads(path: &str, own: &str, outside: bool) -> bool {
    if !is_computed(path) && !is_computed(own) && !own.contains('/') {
        return false;
    }
    let ((scope, name), (own_scope, own_name)) =
        (path.split_once('/').unwrap_or(("", path)), own.split_once('/').unwrap_or(("", own)));
    let net = |one: &str, other: &str| one == "netX" && other.starts_with("net");
    let scopes = meet(scope, own_scope)
        || net(scope, own_scope)
        || net(own_scope, scope)
        || (scope.is_empty() && outside);
    scopes && meet(name, own_name)
}

/// The setting that a command sets, if it sets one.
fn def(node: usize, command: &Command) -> Option<Def> {
    let words: Vec<_> = command.words.iter().map(Word::as_str).collect();
    let target = match *words.first()? {
        "set" | "clear" | "inc" | "nslookup" | "pciscan" | "usbscan" => *words.get(1)?,
        "read" | "choose" => *words.last().filter(|_| words.len() > 1)?,
        "imgset" => *words.get(words.len().checked_sub(2)?)?,
        name if name.ends_with("sum") => {
            let at = words.iter().position(|word| matches!(*word, "--set" | "-s"))?;
            *words.get(at + 1)?
        }
        _ => return None,
    };
    let name = SettingName::parse(&mentions(target).0)?;
    Some(Def { node, path: name.path(), kind: name.kind })
}

/// Whether another script may run, which may change any setting and any menu.
fn runs_others(command: &Command) -> bool {
    let name = first(command);
    matches!(name, "chain" | "imgexec" | "boot" | "autoboot") || name.contains("${")
}

fn first(command: &Command) -> &str {
    command.words.first().map_or("", |word| word.as_str())
}
