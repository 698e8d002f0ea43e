//! All that a store in memory holds, as a value.

use super::{access::Access, audit::Audit};
use crate::{
    digest::Digest,
    error::StoreError,
    ids::{AttemptId, ChainId, Epoch, HostId, MarkId},
    lease::{Attempt, HostRecord},
    names::{PolicyName, ProfileName},
    policy::PolicyRecord,
    profile::{Defaults, DefaultsKey, ProfileVersion},
    stores::{Acceptance, BootEvent, Discovered},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The contents of a [`MemoryStore`](super::MemoryStore) at one moment: it can be written as JSON,
/// and a store can be made from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    pub(super) epoch: Epoch,
    /// The epochs in whose place this one was accepted.
    #[serde(default)]
    pub(super) accepted: BTreeSet<Epoch>,
    pub(super) hosts: BTreeMap<HostId, HostRecord>,
    /// Tombstones.
    pub(super) removed: BTreeMap<HostId, HostRecord>,
    pub(super) discovered: BTreeMap<HostId, Discovered>,
    /// Attempts that are no longer the latest of their host.
    pub(super) earlier: BTreeMap<AttemptId, (HostId, Attempt)>,
    /// Every mark that was ever stored.
    pub(super) marks: BTreeMap<MarkId, HostId>,
    /// Every claim: one for a mark at most.
    pub(super) claims: BTreeMap<MarkId, AttemptId>,
    #[serde(with = "pairs")]
    pub(super) profiles: BTreeMap<(ProfileName, Digest), ProfileVersion>,
    pub(super) current: BTreeMap<ProfileName, Digest>,
    #[serde(with = "pairs")]
    pub(super) defaults: BTreeMap<DefaultsKey, Defaults>,
    /// Snapshots of older versions have none.
    #[serde(default)]
    pub(super) policies: BTreeMap<PolicyName, PolicyRecord>,
    pub(super) audit: Audit,
    pub(super) events: Vec<BootEvent>,
    #[serde(default)]
    pub(super) access: Access,
}

impl Snapshot {
    /// The contents of an empty store.
    pub const fn empty(epoch: Epoch, chain: ChainId) -> Self {
        Self {
            epoch,
            accepted: BTreeSet::new(),
            hosts: BTreeMap::new(),
            removed: BTreeMap::new(),
            discovered: BTreeMap::new(),
            earlier: BTreeMap::new(),
            marks: BTreeMap::new(),
            claims: BTreeMap::new(),
            profiles: BTreeMap::new(),
            current: BTreeMap::new(),
            defaults: BTreeMap::new(),
            policies: BTreeMap::new(),
            audit: Audit::empty(chain),
            events: Vec::new(),
            access: Access::empty(),
        }
    }

    pub(super) fn accept(&mut self, acceptance: &Acceptance) -> Result<(), StoreError> {
        self.check_epoch(acceptance.expected)?;
        self.accepted.extend(&acceptance.instead_of);
        self.accepted.insert(self.epoch);
        self.accepted.remove(&acceptance.next);
        self.epoch = acceptance.next;
        Ok(())
    }

    /// What was decided before a restore does not count after it.
    pub(super) fn check_epoch(&self, epoch: Epoch) -> Result<(), StoreError> {
        if self.epoch == epoch { Ok(()) } else { Err(StoreError::Conflict) }
    }
}

/// Maps whose keys are no texts, as lists of pairs: JSON has text keys only.
mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}
