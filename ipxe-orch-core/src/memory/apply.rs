//! A change of a lease by compare-and-set.

use super::snapshot::Snapshot;
use crate::{
    auth::WriteGrant,
    ids::{HostId, MarkId},
    lease::{Applied, Change},
    stores::{HostRecord, StoreError},
};

impl Snapshot {
    pub(super) fn apply(&mut self, grant: &WriteGrant, change: &Change) -> Result<(), StoreError> {
        let host = self.ever(change.host).ok_or(StoreError::NotFound)?;
        grant.check_write(host)?;
        let wanted = change.wanted_attempt().and_then(|id| self.attempt(id));
        let wanted = wanted.map(|(owner, attempt)| (owner.id, attempt));
        let applied = change.apply_to(&host.lease, wanted)?;
        self.keep(change.host, applied)
    }

    /// The host, be it removed or not: a late report of its last attempt counts.
    pub(super) fn ever_mut(&mut self, id: HostId) -> Result<&mut HostRecord, StoreError> {
        let host = self.hosts.get_mut(&id).or_else(|| self.removed.get_mut(&id));
        host.ok_or(StoreError::NotFound)
    }

    fn keep(&mut self, host: HostId, applied: Applied) -> Result<(), StoreError> {
        if let Some(mark) = applied.new_mark {
            self.register(mark, host)?;
        }
        self.take(&applied.taken)?;
        if let Some((mark, attempt)) = applied.claim
            && self.claims.insert(mark, attempt).is_some()
        {
            return Err(StoreError::Conflict);
        }
        if let Some(attempt) = applied.earlier {
            self.earlier.insert(attempt.id, (host, attempt));
        }
        self.ever_mut(host)?.lease = applied.lease;
        Ok(())
    }

    /// An id that was ever used is refused.
    pub(super) fn register(&mut self, mark: MarkId, host: HostId) -> Result<(), StoreError> {
        if self.marks.insert(mark, host).is_some() {
            return Err(StoreError::AlreadyExists(format!("mark {mark} was used before")));
        }
        Ok(())
    }
}
