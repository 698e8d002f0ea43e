//! What was seen of a database: the heads of its audit chains. A database that lacks one of them
//! was set back, or is another one. This holds for every SQL database.

use super::{audit, driver::Session, error::Done, restore};
use ipxe_orch_core::{
    audit::ChainHead,
    ids::{ChainId, Epoch},
};
use std::collections::{BTreeMap, BTreeSet};

/// The head of a chain, in the epoch in which it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) epoch: Epoch,
    pub(super) head: ChainHead,
}

/// The newest head of each chain, as this program has seen it.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory(BTreeMap<ChainId, Seen>);

impl Memory {
    /// Keeps what is newer.
    pub(super) fn keep(&mut self, seen: Seen) {
        let known = self.0.entry(seen.head.chain).or_insert(seen);
        if known.epoch != seen.epoch || known.head.sequence < seen.head.sequence {
            *known = seen;
        }
    }

    /// After a database was accepted, nothing else counts.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Compares with the database: all that this program remembers, and what the programs beside
    /// it have written into `file`. What was seen in an epoch that was accepted since is
    /// forgotten.
    pub(super) async fn compare(
        &mut self,
        session: &mut dyn Session,
        file: &[Seen],
        epoch: Epoch,
        own: &ChainHead,
    ) -> Done<Option<String>> {
        let remembered: Vec<Seen> = self.0.values().copied().collect();
        let mut void = BTreeSet::new();
        for Seen { epoch: seen, head } in remembered.iter().chain(file) {
            if *seen != epoch {
                if void.contains(seen) || restore::has_accepted(session, *seen).await? {
                    void.insert(*seen);
                    continue;
                }
                return Ok(Some(another(head)));
            }
            if head != own && !audit::has_head(session, head).await? {
                return Ok(Some(lacks(head)));
            }
        }
        self.0.retain(|_, seen| !void.contains(&seen.epoch));
        for seen in file.iter().filter(|seen| seen.epoch == epoch) {
            self.keep(*seen);
        }
        Ok(None)
    }

    /// Whether this is remembered already.
    pub(super) fn knows(&self, seen: &Seen) -> bool {
        self.0.get(&seen.head.chain) == Some(seen)
    }

    /// All that is remembered.
    pub(super) fn all(&self) -> Vec<Seen> {
        self.0.values().copied().collect()
    }

    /// The epochs of what was seen.
    pub(super) fn epochs(&self, file: &[Seen]) -> BTreeSet<Epoch> {
        self.0.values().chain(file).map(|seen| seen.epoch).collect()
    }
}

/// The remedy, which is part of each reason.
pub(super) const REMEDY: &str = "installs are suspended: restore the right database, or accept \
    this one (`database accept-restore`)";

fn lacks(head: &ChainHead) -> String {
    let ChainHead { chain, sequence, .. } = head;
    format!(
        "the database does not contain entry {sequence} of audit chain {chain}, which was seen in \
         it: it was set back to an older copy, or is another database; {REMEDY}"
    )
}

fn another(head: &ChainHead) -> String {
    let ChainHead { chain, sequence, .. } = head;
    format!(
        "the database is another one than that in which entry {sequence} of audit chain {chain} \
         was seen, or a copy from before a restore was accepted; {REMEDY}"
    )
}
