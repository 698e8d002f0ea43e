//! Secrets in the pins of marks and attempts, which are sealed again with another key.

use crate::{
    host::HostValue,
    ids::{AttemptId, HostId, KeyId, MarkId},
    keys::Sealed,
    names::VariableName,
};
use std::collections::BTreeMap;

/// What has a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PinOwner {
    /// A mark, standing or ended.
    Mark(MarkId),
    /// An attempt, open or closed.
    Attempt(AttemptId),
}

/// The secrets in the pin of a mark or an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPin {
    /// The host that it is of. It may be removed.
    pub host: HostId,
    /// What has the pin.
    pub owner: PinOwner,
    /// Whether nothing can need the secrets any more: a mark that does not stand, or a closed
    /// attempt.
    pub ended: bool,
    /// The values that are sealed with an unwanted key; when they are put, the new ones.
    pub values: BTreeMap<VariableName, HostValue>,
}

impl SealedPin {
    /// How many of them a store lists at once.
    pub const PAGE: usize = 500;

    /// Those of `values` that are sealed with another key than `key`, and are not erased.
    pub fn unwanted(
        values: &BTreeMap<VariableName, HostValue>,
        key: KeyId,
    ) -> BTreeMap<VariableName, HostValue> {
        let unwanted = |sealed: Sealed| sealed.key() != key && !sealed.is_erased();
        let values = values.iter().filter(|(_, value)| value.sealed().is_some_and(unwanted));
        values.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Puts the new values into those of the pin. A value that the pin does not have stays away.
    pub fn put_into(&self, values: &mut BTreeMap<VariableName, HostValue>) {
        for (name, value) in &self.values {
            if let Some(known) = values.get_mut(name) {
                known.clone_from(value);
            }
        }
    }
}
