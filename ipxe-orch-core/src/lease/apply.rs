//! What a store keeps of a change. This is pure: a store reads, asks here, and writes.

use super::{Attempt, Change, Closed, Expected, Lease, Mark, Write};
use crate::{
    error::StoreError,
    ids::{AttemptId, HostId, MarkId},
    policy::Taken,
    time::Timestamp,
};

/// What a store keeps of a [`Change`]: all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// The new lease of the host.
    pub lease: Lease,
    /// An attempt of the host that is not its latest, to keep for late reports. A newer attempt has
    /// just replaced it, or it is an earlier one with a new outcome.
    pub earlier: Option<Attempt>,
    /// A mark to register. If its id was ever registered, for any host, the store refuses the
    /// change with [`StoreError::AlreadyExists`].
    pub new_mark: Option<MarkId>,
    /// The places of limits of policies that the new mark takes: see [`Taken::from`].
    pub taken: Vec<Taken>,
    /// A mark that is claimed, and the attempt that claims it. The store refuses a second claim of
    /// the mark with [`StoreError::Conflict`], whatever the lease says.
    pub claim: Option<(MarkId, AttemptId)>,
}

impl Applied {
    const fn of(lease: Lease) -> Self {
        Self { lease, earlier: None, new_mark: None, taken: Vec::new(), claim: None }
    }
}

impl Change {
    /// The attempt that the store must look up for [`Self::apply_to`]: an earlier attempt, or a new
    /// one that should not be there yet.
    pub fn wanted_attempt(&self) -> Option<AttemptId> {
        match &self.write {
            Write::Replace { expected, next, .. } => {
                let latest = next.attempt.as_ref().map(|attempt| attempt.id);
                latest.filter(|latest| Some(*latest) != expected.attempt)
            }
            Write::CountOffer { .. } => None,
            Write::Join { attempt, .. } => Some(*attempt),
        }
    }

    /// The places of limits of policies that its new mark takes.
    pub fn taken(&self) -> Vec<Taken> {
        let Write::Replace { next, new_mark: Some(_), .. } = &self.write else {
            return Vec::new();
        };
        next.mark.iter().flat_map(Mark::taken).collect()
    }

    /// Checks that the change does not contradict itself. [`Self::apply_to`] checks this as well.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] in these cases: its lease has a mark that is neither expected nor
    /// registered; it registers a mark that its lease does not have; it claims by an attempt
    /// without a claim.
    pub fn check(&self) -> Result<(), StoreError> {
        let Write::Replace { expected, next, claim, new_mark } = &self.write else {
            return Ok(());
        };
        check_mark(expected, next, *new_mark)?;
        claim.map_or(Ok(()), |(_, attempt)| check_claim(next, attempt))
    }

    /// What a store keeps. `lease` is the host's lease as it is stored now. `wanted` is the [wanted
    /// attempt](Self::wanted_attempt) and its host; `None` if no attempt is wanted or it is not
    /// stored.
    ///
    /// The store reads both and writes the result in one transaction. It still has to check what
    /// must be unique among all hosts: see [`Applied`].
    ///
    /// ```
    /// # use ipxe_orch_core::{ids::HostId, lease::{Change, Lease, Write, Expected}, stores::StoreError};
    /// # let lease = Lease::default();
    /// # let next = Box::new(lease.clone());
    /// # let write =
    /// #     Write::Replace { expected: Expected::of(&lease), next, claim: None, new_mark: None };
    /// # let change = Change { host: HostId::from_bytes([1; 16]), write };
    /// let applied = change.apply_to(&lease, None)?;
    /// assert_eq!(applied.lease.generation, lease.generation.next());
    /// let late = change.apply_to(&applied.lease, None);
    /// assert!(matches!(late, Err(StoreError::Conflict)));
    /// # Ok::<(), StoreError>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if anything is not as the change expects it;
    /// [`StoreError::AlreadyExists`] if its new attempt is stored already;
    /// [`StoreError::Invalid`] for a change that contradicts itself. Nothing is kept then.
    pub fn apply_to(
        &self,
        lease: &Lease,
        wanted: Option<(HostId, &Attempt)>,
    ) -> Result<Applied, StoreError> {
        let wanted = wanted.filter(|(_, attempt)| Some(attempt.id) == self.wanted_attempt());
        match &self.write {
            Write::Replace { expected, next, claim, new_mark } => {
                if Expected::of(lease) != *expected {
                    return Err(StoreError::Conflict);
                }
                if let Some((_, known)) = wanted {
                    return Err(StoreError::AlreadyExists(format!("attempt {} exists", known.id)));
                }
                self.check()?;
                let (new_mark, claim) = (*new_mark, *claim);
                let next = Lease { generation: expected.generation.next(), ..(**next).clone() };
                let taken = self.taken();
                Ok(Applied { new_mark, taken, claim, ..replaced(lease, next) })
            }
            Write::CountOffer { attempt, offers, count } => {
                count_offer(lease, *attempt, *offers, *count)
            }
            Write::Join { closed, .. } => {
                let own = wanted.filter(|(host, _)| *host == self.host);
                join(lease, own.map(|(_, attempt)| attempt), closed)
            }
        }
    }
}

/// A mark that the lease did not hold before is registered with the change, and no other one.
fn check_mark(
    expected: &Expected,
    next: &Lease,
    new_mark: Option<MarkId>,
) -> Result<(), StoreError> {
    let mark = next.mark.as_ref().map(|mark| mark.id);
    match (mark, new_mark) {
        (Some(mark), None) if expected.mark != Some(mark) => {
            Err(StoreError::Invalid(format!("mark {mark} was not registered")))
        }
        (mark, Some(new)) if mark != Some(new) => {
            Err(StoreError::Invalid(format!("mark {new} is registered, but the host lacks it")))
        }
        _ => Ok(()),
    }
}

fn check_claim(next: &Lease, attempt: AttemptId) -> Result<(), StoreError> {
    let claimed = next.attempt.as_ref().filter(|next| next.id == attempt);
    if claimed.is_none_or(|next| next.claim.is_none()) {
        let text = format!("attempt {attempt} is claimed, but holds no claim");
        return Err(StoreError::Invalid(text));
    }
    Ok(())
}

/// The lease becomes `next`; an attempt that it no longer holds is kept apart.
fn replaced(before: &Lease, next: Lease) -> Applied {
    let latest = next.attempt.as_ref().map(|attempt| attempt.id);
    let earlier = before.attempt.clone().filter(|attempt| Some(attempt.id) != latest);
    Applied { earlier, ..Applied::of(next) }
}

/// The lease's generation is neither compared nor changed.
fn count_offer(
    lease: &Lease,
    attempt: AttemptId,
    offers: u32,
    count: Option<Timestamp>,
) -> Result<Applied, StoreError> {
    let mut lease = lease.clone();
    let offered = lease.attempt.as_mut().filter(|latest| {
        let unclaimed = latest.is_open() && latest.claim.is_none();
        latest.id == attempt && unclaimed && latest.offers == offers
    });
    let offered = offered.ok_or(StoreError::Conflict)?;
    if let Some(at) = count {
        offered.offers = offers.saturating_add(1);
        offered.counted_at = at;
    }
    Ok(Applied::of(lease))
}

/// The worse outcome of a claimed, earlier attempt makes way; the lease stays as it is.
fn join(lease: &Lease, earlier: Option<&Attempt>, closed: &Closed) -> Result<Applied, StoreError> {
    let latest = lease.attempt.as_ref().map(|latest| latest.id);
    let earlier = earlier.filter(|attempt| {
        let before = attempt.closed.as_ref().map(|before| before.outcome);
        let worse = before.is_none_or(|before| before < closed.outcome);
        Some(attempt.id) != latest && attempt.claim.is_some() && worse
    });
    let earlier = earlier.ok_or(StoreError::Conflict)?;
    let joined = Attempt { closed: Some(closed.clone()), ..earlier.clone() };
    Ok(Applied { earlier: Some(joined), ..Applied::of(lease.clone()) })
}
