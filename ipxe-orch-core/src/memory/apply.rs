//! A change of a lease by compare-and-set.

use super::snapshot::Snapshot;
use crate::{
    auth::WriteGrant,
    ids::{AttemptId, HostId, MarkId},
    lease::{Change, Closed, Expected, Lease, Write},
    stores::{HostRecord, StoreError},
    time::Timestamp,
};

impl Snapshot {
    pub(super) fn apply(&mut self, grant: &WriteGrant, change: &Change) -> Result<(), StoreError> {
        grant.check_write(self.ever(change.host).ok_or(StoreError::NotFound)?)?;
        let host = change.host;
        match &change.write {
            Write::Replace { expected, next, claim, new_mark } => {
                self.replace(host, expected, next)?;
                self.store_mark(host, expected, next, *new_mark)?;
                claim.map_or(Ok(()), |(mark, attempt)| self.store_claim(mark, attempt, next))
            }
            Write::CountOffer { attempt, offers, count } => {
                self.count_offer(host, *attempt, *offers, *count)
            }
            Write::Join { attempt, closed } => self.join(host, *attempt, closed),
        }
    }

    /// The host, be it removed or not: a late report of its last attempt counts.
    fn ever_mut(&mut self, id: HostId) -> Result<&mut HostRecord, StoreError> {
        let host = self.hosts.get_mut(&id).or_else(|| self.removed.get_mut(&id));
        host.ok_or(StoreError::NotFound)
    }

    fn replace(
        &mut self,
        host: HostId,
        expected: &Expected,
        next: &Lease,
    ) -> Result<(), StoreError> {
        if Expected::of(&self.ever_mut(host)?.lease) != *expected {
            return Err(StoreError::Conflict);
        }
        let latest = next.attempt.as_ref().map(|attempt| attempt.id);
        if let Some(new) = latest.filter(|new| Some(*new) != expected.attempt)
            && self.attempt(new).is_some()
        {
            return Err(StoreError::AlreadyExists(format!("attempt {new} exists")));
        }
        let record = self.ever_mut(host)?;
        let before = std::mem::replace(&mut record.lease, next.clone());
        record.lease.generation = expected.generation.next();
        if let Some(attempt) = before.attempt.filter(|attempt| Some(attempt.id) != latest) {
            self.earlier.insert(attempt.id, (host, attempt));
        }
        Ok(())
    }

    fn store_mark(
        &mut self,
        host: HostId,
        expected: &Expected,
        next: &Lease,
        new_mark: Option<MarkId>,
    ) -> Result<(), StoreError> {
        match next.mark.as_ref().map(|mark| mark.id) {
            Some(mark) if new_mark == Some(mark) => self.register(mark, host),
            Some(mark) if expected.mark != Some(mark) => {
                Err(StoreError::Invalid(format!("mark {mark} was not registered")))
            }
            _ => Ok(()),
        }
    }

    /// An id that was ever used is refused.
    pub(super) fn register(&mut self, mark: MarkId, host: HostId) -> Result<(), StoreError> {
        if self.marks.insert(mark, host).is_some() {
            return Err(StoreError::AlreadyExists(format!("mark {mark} was used before")));
        }
        Ok(())
    }

    /// A second claim of a mark is refused, whatever the lease says.
    fn store_claim(
        &mut self,
        mark: MarkId,
        attempt: AttemptId,
        next: &Lease,
    ) -> Result<(), StoreError> {
        let claimed = next.attempt.as_ref().filter(|next| next.id == attempt);
        if claimed.is_none_or(|next| next.claim.is_none()) {
            let text = format!("attempt {attempt} is claimed, but holds no claim");
            return Err(StoreError::Invalid(text));
        }
        if self.claims.insert(mark, attempt).is_some() {
            return Err(StoreError::Conflict);
        }
        Ok(())
    }

    /// The lease's generation is neither compared nor changed.
    fn count_offer(
        &mut self,
        host: HostId,
        attempt: AttemptId,
        offers: u32,
        count: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let latest = self.ever_mut(host)?.lease.attempt.as_mut().filter(|latest| {
            let unclaimed = latest.is_open() && latest.claim.is_none();
            latest.id == attempt && unclaimed && latest.offers == offers
        });
        let latest = latest.ok_or(StoreError::Conflict)?;
        if let Some(at) = count {
            latest.offers = offers.saturating_add(1);
            latest.counted_at = at;
        }
        Ok(())
    }

    /// The worse outcome of a claimed, earlier attempt makes way; nothing else is touched.
    fn join(
        &mut self,
        host: HostId,
        attempt: AttemptId,
        closed: &Closed,
    ) -> Result<(), StoreError> {
        let found = self.earlier.get_mut(&attempt).filter(|(owner, _)| *owner == host);
        let (_, attempt) = found.ok_or(StoreError::Conflict)?;
        let before = attempt.closed.as_ref().map(|before| before.outcome);
        if attempt.claim.is_none() || before.is_some_and(|before| before >= closed.outcome) {
            return Err(StoreError::Conflict);
        }
        attempt.closed = Some(closed.clone());
        Ok(())
    }
}
