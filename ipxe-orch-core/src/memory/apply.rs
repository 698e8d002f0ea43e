//! A change of a lease by compare-and-set.

use super::store::State;
use crate::{
    auth::{Action, Grant, Scope},
    ids::{HostId, MarkId},
    lease::{Applied, Change, Write},
    stores::{HostRecord, StoreError},
};

impl State {
    pub(super) fn apply(&mut self, grant: &Grant, change: &Change) -> Result<(), StoreError> {
        self.check_grant(grant, change)?;
        let host = self.ever(change.host).ok_or(StoreError::NotFound)?;
        let wanted = change.wanted_attempt().and_then(|id| self.attempt(id));
        let wanted = wanted.map(|(owner, attempt)| (owner.id, attempt));
        let applied = change.apply_to(&host.lease, wanted)?;
        self.keep(change.host, applied)
    }

    /// The grant allows writing, and holds for the host.
    fn check_grant(&self, grant: &Grant, change: &Change) -> Result<(), StoreError> {
        let writes = [Action::MarkHosts, Action::ReleaseHolds, Action::ChangeHosts, Action::Boot];
        let covered = match (grant.scope(), &change.write) {
            // A ticket's grant is for its attempt; the write compares that it is this host's.
            (Scope::Attempt(id), Write::Replace { expected, .. }) => expected.attempt == Some(*id),
            (
                Scope::Attempt(id),
                Write::CountOffer { attempt, .. } | Write::Join { attempt, .. },
            ) => attempt == id,
            _ => self.ever(change.host).is_some_and(|host| grant.covers(host)),
        };
        if covered && writes.contains(&grant.action()) { Ok(()) } else { Err(StoreError::NotFound) }
    }

    /// The host, be it removed or not: a late report of its last attempt counts.
    fn ever_mut(&mut self, id: HostId) -> Result<&mut HostRecord, StoreError> {
        let host = self.hosts.get_mut(&id).or_else(|| self.removed.get_mut(&id));
        host.ok_or(StoreError::NotFound)
    }

    fn keep(&mut self, host: HostId, applied: Applied) -> Result<(), StoreError> {
        if let Some(mark) = applied.new_mark {
            self.register(mark, host)?;
        }
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
