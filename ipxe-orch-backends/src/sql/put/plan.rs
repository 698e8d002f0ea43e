//! What a call makes of its hosts, decided before anything is written.

use super::owners::Owners;
use ipxe_orch_core::{
    host::HostSpec,
    ids::{HostId, MarkId},
    lease::Mark,
    stores::{HostRecord, PutGrant, PutHost, StoreError},
};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of a host.
#[derive(Debug)]
pub(super) struct After {
    pub(super) host: HostRecord,
    pub(super) removed: bool,
    /// Whether it gets another specification.
    pub(super) edited: bool,
    /// Whether other images of it count.
    pub(super) images: bool,
}

/// The hosts of a call, before and after it.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) before: BTreeMap<HostId, HostRecord>,
    pub(super) after: BTreeMap<HostId, After>,
    /// Hosts that were removed before.
    removed: BTreeSet<HostId>,
    /// Marks that there are.
    marks: BTreeSet<MarkId>,
    owners: Owners,
}

/// The mark of a host that is created.
pub(super) fn new_mark(put: &PutHost) -> Option<&Mark> {
    if let PutHost::Create { mark, .. } = put { mark.as_deref() } else { None }
}

impl Plan {
    pub(super) const fn new(
        before: BTreeMap<HostId, HostRecord>,
        removed: BTreeSet<HostId>,
        marks: BTreeSet<MarkId>,
        owners: Owners,
    ) -> Self {
        Self { before, after: BTreeMap::new(), removed, marks, owners }
    }

    /// Edited hosts first give up their names and addresses, so that hosts may exchange them.
    ///
    /// # Errors
    /// Why the call is refused.
    pub(super) fn make(&mut self, grant: &PutGrant, puts: &[&PutHost]) -> Result<(), StoreError> {
        let mut met = BTreeSet::new();
        let is_first: Vec<bool> = puts.iter().map(|put| met.insert(put.id())).collect();
        for (put, _) in puts.iter().zip(&is_first).filter(|(_, first)| **first) {
            self.vacate(grant, put)?;
        }
        for (put, is_first) in puts.iter().zip(is_first) {
            // A host that stands twice is as the call before left it.
            if !is_first {
                self.vacate(grant, put)?;
            }
            self.occupy(grant, put)?;
        }
        Ok(())
    }

    /// The host as the call has left it so far.
    fn now(&self, id: HostId) -> Option<&HostRecord> {
        match self.after.get(&id) {
            Some(after) => Some(&after.host).filter(|_| !after.removed),
            None => self.before.get(&id),
        }
    }

    /// Checks what an edit or a removal expects, and frees what the host has.
    fn vacate(&mut self, grant: &PutGrant, put: &PutHost) -> Result<(), StoreError> {
        if matches!(put, PutHost::Create { .. }) {
            return Ok(());
        }
        let id = put.id();
        let next = put.apply_to(grant, self.now(id))?;
        let (edited, removed) = (put.spec().is_some(), matches!(put, PutHost::Remove { .. }));
        if let Some(before) = self.now(id).filter(|_| edited || removed) {
            let spec: HostSpec = before.spec.clone();
            self.owners.release(id, &spec);
        }
        let earlier = self.after.get(&id);
        let after = After {
            removed,
            edited: edited || earlier.is_some_and(|earlier| earlier.edited),
            images: !matches!(put, PutHost::Edit { .. })
                || earlier.is_some_and(|earlier| earlier.images),
            host: next,
        };
        self.after.insert(id, after);
        Ok(())
    }

    /// Gives the host what it is to have.
    fn occupy(&mut self, grant: &PutGrant, put: &PutHost) -> Result<(), StoreError> {
        let (id, Some(spec)) = (put.id(), put.spec()) else { return Ok(()) };
        if matches!(put, PutHost::Create { .. }) {
            let host = self.create(grant, put)?;
            self.after.insert(id, After { host, removed: false, edited: true, images: true });
        }
        let taken = self.owners.take(id, spec);
        taken.map_err(|clash| StoreError::AlreadyExists(clash.to_string()))
    }

    /// An id is used once, whatever became of its host.
    fn create(&mut self, grant: &PutGrant, put: &PutHost) -> Result<HostRecord, StoreError> {
        let id = put.id();
        let host = put.apply_to(grant, self.now(id))?;
        if self.removed.contains(&id) || self.after.contains_key(&id) {
            return Err(StoreError::AlreadyExists(format!("id {id} was of a removed host")));
        }
        match new_mark(put) {
            Some(mark) if !self.marks.insert(mark.id) => {
                Err(StoreError::AlreadyExists(format!("mark {} was used before", mark.id)))
            }
            _ => Ok(host),
        }
    }
}
