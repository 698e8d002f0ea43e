//! Sets that are passed on from command to command until nothing changes.

/// Limits for the computation.
const WORDS: usize = 4_000_000;
const ROUNDS: usize = 64;
const JUMPS: usize = 100_000;

/// A set of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn new(bits: usize, numbers: impl IntoIterator<Item = usize>) -> Self {
        let mut set = Self(vec![0; bits.div_ceil(64)]);
        numbers.into_iter().for_each(|number| set.insert(number));
        set
    }

    fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1_u64 << (number % 64);
        }
    }

    pub(super) fn has(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| (word >> (number % 64)) & 1 == 1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The numbers in it, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        let words = self.0.iter().enumerate().filter(|(_, word)| **word != 0);
        words.flat_map(|(index, word)| {
            (0..64).filter(move |bit| (word >> bit) & 1 == 1).map(move |bit| index * 64 + bit)
        })
    }

    /// Adds all numbers of another set. Returns whether there were new ones.
    fn add(&mut self, other: &Self) -> bool {
        let mut new = 0;
        for (own, more) in self.0.iter_mut().zip(&other.0) {
            new |= more & !*own;
            *own |= more;
        }
        new != 0
    }

    fn remove(&mut self, other: &Self) {
        for (own, gone) in self.0.iter_mut().zip(&other.0) {
            *own &= !gone;
        }
    }
}

/// What a command does with the set that reaches it. Sets that are needed often are named by their
/// number.
#[derive(Debug, Default)]
pub(super) struct Effect {
    /// The set that is removed after success.
    pub(super) removes: Option<usize>,
    /// Added after success.
    pub(super) adds: Vec<usize>,
    /// The set that is added after success and after failure.
    pub(super) always: Option<usize>,
}

/// The commands that may follow each command.
#[derive(Debug)]
pub(super) struct Edges {
    start: Option<usize>,
    next: Vec<(Vec<usize>, Option<usize>)>,
    jumps: usize,
}

impl Edges {
    pub(super) fn new(start: Option<usize>) -> Self {
        Self { start, next: Vec::new(), jumps: 0 }
    }

    /// The number of commands.
    pub(super) fn len(&self) -> usize {
        self.next.len()
    }

    /// Adds the commands that follow the next command after its success and after its failure. `None`
    /// if there are too many.
    pub(super) fn push(&mut self, succeeded: Vec<usize>, failed: Option<usize>) -> Option<()> {
        self.jumps += succeeded.len();
        self.next.push((succeeded, failed));
        (self.jumps <= JUMPS).then_some(())
    }

    /// The set that reaches each command, for numbers below `bits`, with `start` at the first one.
    /// `None` if it is too much to compute.
    pub(super) fn solve(
        &self,
        bits: usize,
        start: &Bits,
        sets: &[Bits],
        effects: &[Effect],
    ) -> Option<Vec<Bits>> {
        if bits.div_ceil(64).saturating_mul(self.next.len() + sets.len()) > WORDS {
            return None;
        }
        let mut reached = vec![Bits::new(bits, []); self.next.len()];
        if let Some(first) = self.start.and_then(|first| reached.get_mut(first)) {
            first.clone_from(start);
        }
        (0..ROUNDS).any(|_| !self.round(sets, effects, &mut reached)).then_some(reached)
    }

    /// Goes through all commands once. Returns whether anything has changed.
    fn round(&self, sets: &[Bits], effects: &[Effect], reached: &mut [Bits]) -> bool {
        let mut changed = false;
        let set = |number: Option<usize>| number.and_then(|number| sets.get(number));
        for (node, ((succeeded, failed), effect)) in self.next.iter().zip(effects).enumerate() {
            let Some(mut before) = reached.get(node).cloned() else { continue };
            let mut after = before.clone();
            if let Some(gone) = set(effect.removes) {
                after.remove(gone);
            }
            effect.adds.iter().for_each(|number| after.insert(*number));
            if let Some(always) = set(effect.always) {
                after.add(always);
                before.add(always);
            }
            for to in succeeded {
                changed |= reached.get_mut(*to).is_some_and(|to| to.add(&after));
            }
            changed |= failed.and_then(|to| reached.get_mut(to)).is_some_and(|to| to.add(&before));
        }
        changed
    }
}
