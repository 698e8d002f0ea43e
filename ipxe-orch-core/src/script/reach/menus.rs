//! The items that each `choose` may offer.

use super::{
    Command, Position, first, runs_others,
    solve::{Bits, Edges, Effect},
};
use crate::script::{
    ast::Word,
    commands::{Call, call},
    expand::{HOLE, expand},
};
use std::collections::BTreeMap;

/// A command on a menu.
#[derive(Debug)]
enum Act {
    /// Makes an empty menu.
    Makes(String),
    /// Adds an item with this name to a menu; a gap has none.
    Adds(String, Option<Word>),
    /// Offers the items of a menu, and removes it unless it is kept.
    Offers(String, bool),
    /// Anything may have happened to all menus.
    Unknown,
}

/// The commands on menus, by their number.
#[derive(Debug)]
pub(super) struct Menus {
    acts: BTreeMap<usize, Act>,
    /// The number of each item.
    items: BTreeMap<usize, usize>,
    /// The number of each menu from outside. The next number says that the menu may be missing.
    outside: BTreeMap<String, usize>,
    reached: Option<Vec<Bits>>,
}

impl Menus {
    pub(super) fn of(commands: &[(Position, &Command)]) -> Self {
        let numbered = commands.iter().enumerate();
        let acts: BTreeMap<_, _> =
            numbered.filter_map(|(node, (_, command))| Some((node, act(command)?))).collect();
        let adding = acts.iter().filter(|(_, act)| matches!(act, Act::Adds(..)));
        let items: BTreeMap<_, _> = adding.map(|(node, _)| *node).zip(0..).collect();
        let mut outside = BTreeMap::new();
        for act in acts.values() {
            if let Act::Makes(menu) | Act::Adds(menu, _) | Act::Offers(menu, _) = act {
                let next = items.len() + 2 * outside.len();
                outside.entry(menu.clone()).or_insert(next);
            }
        }
        Self { acts, items, outside, reached: None }
    }

    pub(super) fn solve(&mut self, edges: Option<&Edges>) {
        // The last number is in the set of each command that may run.
        let runs = self.items.len() + 2 * self.outside.len();
        let bits = runs + 1;
        // Before the script, each menu may be there or not.
        let unknown = self.outside.values().flat_map(|bit| [*bit, bit + 1]);
        let start = Bits::new(bits, unknown.chain([runs]));
        // A set for each menu, and one for all menus from outside.
        let mut sets: Vec<_> =
            self.outside.keys().map(|menu| Bits::new(bits, self.of_menu(menu))).collect();
        sets.push(start.clone());
        let solve = |edges: &Edges| {
            let effects: Vec<_> = (0..edges.len()).map(|node| self.effect(node)).collect();
            edges.solve(bits, &start, &sets, &effects)
        };
        self.reached = edges.and_then(solve);
    }

    /// The numbers of all items of a menu, and of the menu from outside or missing.
    fn of_menu(&self, menu: &String) -> Vec<usize> {
        let own = |node: &usize| matches!(self.acts.get(node), Some(Act::Adds(other, _)) if other == menu);
        let items = self.items.iter().filter(|(node, _)| own(node)).map(|(_, bit)| *bit);
        items.chain(self.outside.get(menu).into_iter().flat_map(|bit| [*bit, bit + 1])).collect()
    }

    fn effect(&self, node: usize) -> Effect {
        let mut effect = Effect::default();
        let set = |menu: &String| self.outside.keys().position(|own| own == menu);
        match self.acts.get(&node) {
            Some(Act::Makes(menu)) => effect.removes = set(menu),
            Some(Act::Offers(menu, keeps)) if !keeps => {
                effect.removes = set(menu);
                effect.adds.extend(self.outside.get(menu).map(|bit| bit + 1));
            }
            Some(Act::Adds(..)) => effect.adds.extend(self.items.get(&node)),
            Some(Act::Unknown) => effect.always = Some(self.outside.len()),
            _ => {}
        }
        effect
    }

    /// Whether the menu of a command is certainly there.
    pub(super) fn is_there(&self, node: usize) -> bool {
        let (Some(Act::Adds(menu, _) | Act::Offers(menu, _)), Some(reached)) =
            (self.acts.get(&node), self.reached.as_ref().and_then(|reached| reached.get(node)))
        else {
            return false;
        };
        let missing = self.outside.get(menu).is_none_or(|bit| reached.has(bit + 1));
        !missing && !reached.is_empty()
    }

    /// The items that a `choose` may offer, each as the number of its command and its name. `None` if
    /// they are not known.
    pub(super) fn offered(&self, node: usize) -> Option<Vec<(usize, &Word)>> {
        let Some(Act::Offers(menu, _)) = self.acts.get(&node) else { return None };
        let reached = self.reached.as_ref()?.get(node)?;
        let outside = self.outside.get(menu).is_none_or(|bit| reached.has(*bit));
        if outside || reached.is_empty() {
            return None;
        }
        let mut found = Vec::new();
        for (node, _) in self.items.iter().filter(|(_, bit)| reached.has(**bit)) {
            match self.acts.get(node) {
                Some(Act::Adds(own, Some(name))) if own == menu => found.push((*node, name)),
                _ => {}
            }
        }
        Some(found)
    }
}

fn act(command: &Command) -> Option<Act> {
    if runs_others(command) {
        return Some(Act::Unknown);
    }
    if !matches!(first(command), "menu" | "form" | "item" | "choose" | "present") {
        return None;
    }
    let hole = |word: &Word| expand(word.as_str(), |_| HOLE.to_string()).unwrap_or_default();
    let words: Vec<_> = command.words.iter().map(hole).collect();
    // A command that is wrong fails and changes nothing.
    let call = call(&words).ok()?;
    let name = |options: [&str; 2]| options.iter().find_map(|long| call.option(long)).unwrap_or("");
    let menu = match call.spec.name {
        "menu" | "form" => name(["name", "name"]),
        _ => name(["menu", "form"]),
    };
    if menu.contains(HOLE) || call.may_be_wrong() {
        return Some(Act::Unknown);
    }
    let menu = menu.to_owned();
    Some(match call.spec.name {
        "menu" | "form" if call.option("delete").is_some() => Act::Offers(menu, false),
        "menu" | "form" => Act::Makes(menu),
        "item" => Act::Adds(menu, item_name(command, &call)),
        _ => Act::Offers(menu, call.option("keep").is_some()),
    })
}

/// The word that names an item, before its settings are expanded.
fn item_name(command: &Command, call: &Call<'_>) -> Option<Word> {
    if call.option("gap").is_some() || call.operands.is_empty() {
        return None;
    }
    let at = command.words.len().checked_sub(call.operands.len())?;
    command.words.get(at).cloned()
}
