//! The search: visits every state once, depth first. If a state is met again while the states after
//! it are still being visited, there is a loop.

use super::{
    End,
    branch::{Branches, branch},
    growth,
    live::Live,
    relevant::Relevant,
    state::{State, Surroundings},
};
use crate::script::{
    Finding, Firmware, Role, Script, finding::Code, flow::After, foreign, reach::Reach, stack,
};
use std::collections::{BTreeSet, HashMap};

/// The largest total size of all states, in bytes.
const MAX_BYTES: usize = 64 * 1024 * 1024;

#[derive(Debug, Default)]
pub(super) struct Explored {
    pub(super) findings: BTreeSet<Finding>,
    pub(super) ends: BTreeSet<(usize, End)>,
    pub(super) states: usize,
    /// The lines that boot something without a claim.
    pub(super) unclaimed: BTreeSet<usize>,
    /// The lines that download something after the claim.
    pub(super) late: BTreeSet<usize>,
}

/// A state whose successors are being visited: its number, its line, and the successors that are
/// left.
type Open = (usize, usize, Vec<State>);

struct Explorer<'a> {
    script: &'a Script,
    around: Surroundings<'a>,
    explored: Explored,
    /// The number of each visited state. `open` says whether its successors are still being
    /// visited.
    seen: HashMap<State, usize>,
    open: Vec<bool>,
    bytes: usize,
    limit: usize,
}

/// Visits all states, but gives up after `limit` of them.
pub(super) fn explore(script: &Script, firmware: Firmware, role: Role, limit: usize) -> Explored {
    let (relevant, live) = (Relevant::of(script), Live::of(script));
    let around = Surroundings { firmware, role, relevant, live, reach: Reach::of(script) };
    let (seen, open) = (HashMap::new(), Vec::new());
    let mut explorer =
        Explorer { script, around, explored: Explored::default(), seen, open, bytes: 0, limit };
    explorer.run();
    explorer.explored.states = explorer.seen.len();
    explorer.explored
}

impl Explorer<'_> {
    fn run(&mut self) {
        self.explored.findings.extend(growth::grows(&self.around.reach));
        self.explored.findings.extend(stack::long_lines(self.script));
        self.explored.findings.extend(foreign::uses(&self.around.reach));
        let mut path: Vec<Open> = Vec::new();
        if let After::Command(at) = self.script.first_at(0) {
            path.extend(self.visit(State { at, ..State::default() }, 1));
        } else {
            let after = Branches::ended(self.script, &self.around);
            self.take(1, &after);
        }
        while let Some((number, line, rest)) = path.last_mut() {
            let (number, line) = (*number, *line);
            if let Some(next) = rest.pop() {
                let opened = self.visit(next, line);
                path.extend(opened);
            } else {
                path.pop();
                self.open.get_mut(number).into_iter().for_each(|open| *open = false);
            }
            if self.seen.len() > self.limit || self.bytes > MAX_BYTES {
                let what = format!("more than {} states, or too much text in settings", self.limit);
                self.explored.findings.insert(Finding::new(line, Code::TooManyStates, what));
                return;
            }
        }
    }

    /// Visits a state and returns its successors, unless it was visited before.
    fn visit(&mut self, state: State, from: usize) -> Option<Open> {
        if let Some(number) = self.seen.get(&state) {
            if self.open.get(*number) == Some(&true) {
                let what = "from here a path comes back to the same state";
                self.explored.findings.insert(Finding::new(from, Code::EndlessLoop, what));
            }
            return None;
        }
        let (line, _) = self.script.at(state.at)?;
        let number = self.open.len();
        let branches = branch(self.script, &self.around, &state);
        self.take(line.number, &branches);
        self.bytes += state.size() + branches.cost;
        self.seen.insert(state, number);
        self.open.push(true);
        Some((number, line.number, branches.next))
    }

    fn take(&mut self, line: usize, branches: &Branches) {
        let explored = &mut self.explored;
        let finding = |(code, what): &(Code, String)| Finding::new(line, *code, what.as_str());
        explored.findings.extend(branches.findings.iter().map(finding));
        explored.ends.extend(branches.ends.iter().map(|end| (line, end.clone())));
        explored.unclaimed.extend(branches.unclaimed.then_some(line));
        explored.late.extend(branches.late.then_some(line));
    }
}
