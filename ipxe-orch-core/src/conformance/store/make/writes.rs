//! The writes between the states of a host.

use crate::{
    host::HostSpec,
    ids::{AttemptId, ClaimId, MarkId},
    lease::{Attempt, Claim, Closed, ClosedMark, Expected, Lease, Mark, Outcome, Write},
    stores::{HostRecord, PutHost},
    time::Timestamp,
};
use std::net::{IpAddr, Ipv4Addr};

/// The address from which hosts claim.
const FROM: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

pub(in super::super) fn edit(host: &HostRecord, spec: HostSpec) -> PutHost {
    PutHost::Edit { id: host.id, generation: host.lease.generation, spec }
}

pub(in super::super) const fn remove(host: &HostRecord) -> PutHost {
    PutHost::Remove { id: host.id, generation: host.lease.generation }
}

/// The lease becomes what `change` makes of it.
pub(in super::super) fn replace(lease: &Lease, change: impl FnOnce(&mut Lease)) -> Write {
    let mut next = lease.clone();
    next.generation = next.generation.next();
    change(&mut next);
    let (expected, next) = (Expected::of(lease), Box::new(next));
    Write::Replace { expected, next, claim: None, new_mark: None }
}

/// The same, with a mark to register and a claim to insert.
pub(in super::super) fn replace_with(
    lease: &Lease,
    mark: Option<MarkId>,
    claimed: Option<(MarkId, AttemptId)>,
    change: impl FnOnce(&mut Lease),
) -> Write {
    match replace(lease, change) {
        Write::Replace { expected, next, .. } => {
            Write::Replace { expected, next, claim: claimed, new_mark: mark }
        }
        other => other,
    }
}

pub(in super::super) fn set_mark(lease: &Lease, mark: &Mark) -> Write {
    replace_with(lease, Some(mark.id), None, |next| {
        next.mark = Some(mark.clone());
        next.last_mark = None;
    })
}

pub(in super::super) fn cancel(lease: &Lease, at: Timestamp) -> Write {
    replace(lease, |next| {
        let outcome = Outcome::Cancelled;
        next.last_mark = next.mark.take().map(|mark| ClosedMark { id: mark.id, at, outcome });
        if let Some(attempt) = next.attempt.as_mut().filter(|attempt| attempt.is_open()) {
            attempt.closed = Some(Closed { at, outcome, message: None });
        }
    })
}

pub(in super::super) fn offer(lease: &Lease, attempt: &Attempt) -> Write {
    replace(lease, |next| next.attempt = Some(attempt.clone()))
}

/// The mark moves into its attempt.
pub(in super::super) fn take_claim(lease: &Lease, id: ClaimId, at: Timestamp) -> Write {
    let mark = lease.mark.as_ref().map(|mark| mark.id);
    let claimed = mark.zip(lease.attempt.as_ref().map(|attempt| attempt.id));
    replace_with(lease, None, claimed, |next| {
        next.mark = None;
        if let Some(attempt) = &mut next.attempt {
            attempt.claim = Some(Claim { id, at, by_report: false, from: Some(FROM) });
            attempt.deadline = Some(at.plus(attempt.terms.start_deadline()));
        }
    })
}

pub(in super::super) fn close(lease: &Lease, outcome: Outcome, at: Timestamp) -> Write {
    replace(lease, |next| {
        if let Some(attempt) = &mut next.attempt {
            attempt.closed = Some(Closed { at, outcome, message: None });
        }
    })
}

pub(in super::super) const fn count_offer(attempt: &Attempt, count: Option<Timestamp>) -> Write {
    Write::CountOffer { attempt: attempt.id, offers: attempt.offers, count }
}

pub(in super::super) const fn join(attempt: AttemptId, outcome: Outcome, at: Timestamp) -> Write {
    Write::Join { attempt, closed: Closed { at, outcome, message: None } }
}
