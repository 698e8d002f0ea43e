//! Cases about changes of a lease: compared and written in one step, wholly or not at all.

use super::{
    Bench, conflict, invalid,
    make::{
        cancel, close, count_offer, edit, join, offer, remove, replace, replace_with, set_mark,
        take_claim,
    },
    must, not_found, same,
};
use crate::{
    host::LoaderPath,
    ids::{AttemptId, Epoch, Generation, HostId, ImageGeneration, MarkId},
    lease::{
        Attempt, Change, Claim, Closed, ClosedMark, Expected, Hold, Lease, Outcome, Progress,
        Protection, Write,
    },
    time::{Clock, Timestamp},
};
use std::net::{IpAddr, Ipv4Addr};

/// Each field of a lease comes back as it was written, and goes where it is taken away. The
/// generation is the one after the expected one, whatever the change says.
pub async fn a_lease_comes_back_as_it_was_written(bench: Bench) {
    let host = bench.added(1).await;
    let (mark, at) = (bench.new_mark(), Timestamp::from_millis(7));
    let fresh = bench.new_attempt(&mark);
    let attempt = Attempt {
        offers: 3,
        counted_at: at,
        claim: Some(Claim { id: bench.claim_id(), at, by_report: true, from: v6() }),
        answered_at: Some(at),
        progress: Some(Progress { at, message: "partitioning".to_owned() }),
        deadline: Some(at),
        closed: Some(Closed { at, outcome: Outcome::Failed, message: Some("no disk".to_owned()) }),
        ..fresh.clone()
    };
    let full = Lease {
        generation: Generation(0),
        min_image_generation: ImageGeneration(4),
        held: Some(Hold { by: "ann".to_owned(), at, reason: Some("audit".to_owned()) }),
        protected: Some(Box::new(Protection {
            by: "bob".to_owned(),
            at,
            reason: Some("prod".to_owned()),
        })),
        mark: Some(mark.clone()),
        last_mark: Some(ClosedMark { id: mark.id, at, outcome: Outcome::Cancelled }),
        attempt: Some(attempt),
        loader: LoaderPath::reported(r"\EFI\debian\shimx64.efi"),
    };
    let offered = Lease { mark: Some(mark.clone()), attempt: Some(fresh), ..Lease::default() };
    let no_mark = Lease { mark: None, held: None, last_mark: None, ..full.clone() };
    let no_loader = Lease { loader: None, ..no_mark.clone() };
    let mut before = host.lease;
    let claimed_from = |from| {
        let mut next = no_loader.clone();
        let claim = next.attempt.as_mut().and_then(|attempt| attempt.claim.as_mut());
        must(claim.ok_or("no claim")).from = from;
        (next, None)
    };
    let v4 = claimed_from(Some(Ipv4Addr::new(192, 0, 2, 7).into()));
    let unknown = claimed_from(None);
    let offered = (offered, Some(mark.id));
    let all = [offered, (full, None), (no_mark, None), (no_loader.clone(), None), v4, unknown];
    for (next, new_mark) in all {
        let write = replace_with(&before, new_mark, None, |lease| *lease = next.clone());
        must(bench.apply(host.id, write).await);
        let written = Lease { generation: before.generation.next(), ..next };
        before = bench.by_id(host.id).await.lease;
        same(&before, &written, "a lease comes back as it was written, with the next generation");
    }
}

/// An address of IPv6.
fn v6() -> Option<IpAddr> {
    "2001:db8::7".parse().ok()
}

/// A change is written only over the generation, the mark and the attempt that were looked at.
pub async fn a_lease_is_written_only_as_it_was_looked_at(bench: Bench) {
    let id = bench.added(1).await.id;
    bench.mark(id).await;
    bench.offer(id).await;
    let host = bench.by_id(id).await;
    let now = bench.clock.now();
    let expected = Expected::of(&host.lease);
    let before = Generation(host.lease.generation.0.saturating_sub(1));
    for other in [
        Expected { generation: before, ..expected.clone() },
        Expected { generation: host.lease.generation.next(), ..expected.clone() },
        Expected { mark: None, ..expected.clone() },
        Expected { mark: Some(MarkId::from_bytes([8; 16])), ..expected.clone() },
        Expected { attempt: None, ..expected.clone() },
        Expected { attempt: Some(AttemptId::from_bytes([8; 16])), ..expected.clone() },
    ] {
        let mut write = close(&host.lease, Outcome::Withdrawn, now);
        if let Write::Replace { expected, .. } = &mut write {
            *expected = other;
        }
        let promise = "a change is a conflict if generation, mark or attempt are not as expected";
        conflict(&bench.apply(id, write).await, promise);
        same(&bench.by_id(id).await, &host, "a conflict changes nothing");
    }
    must(bench.apply(id, close(&host.lease, Outcome::Withdrawn, now)).await);
    let again = bench.apply(id, close(&host.lease, Outcome::Withdrawn, now)).await;
    conflict(&again, "the same change is written once");
}

/// An edit makes a generation too: a change that was decided before it is a conflict.
pub async fn a_change_from_before_an_edit_is_a_conflict(bench: Bench) {
    let id = bench.added(1).await.id;
    let host = bench.by_id(id).await;
    must(bench.put(&[edit(&host, bench.spec(2))]).await);
    let late = bench.apply(id, set_mark(&host.lease, &bench.new_mark())).await;
    conflict(&late, "a change that was decided before an edit is a conflict");
    let mark = bench.mark(id).await;
    let refused = bench.put(&[edit(&host, bench.spec(3))]).await;
    conflict(&refused, "an edit that was looked at before a change of the lease is a conflict");
    same(&bench.by_id(id).await.lease.mark, &Some(mark), "a conflict changes nothing");
}

/// What was decided before a restore counts no more: every change of another epoch is a conflict.
pub async fn a_change_of_another_epoch_is_a_conflict(bench: Bench) {
    let id = bench.added(1).await.id;
    let now = bench.clock.now();
    let earlier = bench.installed(id, Outcome::Abandoned).await;
    bench.mark(id).await;
    let attempt = bench.offer(id).await;
    let host = bench.by_id(id).await;
    let (grant, entry) = (bench.write_grant().await, bench.about(id));
    let other = Epoch(uuid::Uuid::from_bytes([0x5a; 16]));
    for write in [
        take_claim(&host.lease, bench.claim_id(), now),
        count_offer(&attempt, Some(now)),
        join(earlier, Outcome::Done, now),
    ] {
        let change = Change { host: id, write };
        let refused = bench.store.apply(&grant, other, &change, Some(&entry)).await;
        conflict(&refused, "a change that was decided in another epoch is a conflict");
    }
    same(&bench.by_id(id).await, &host, "a conflict changes nothing");
    let joined = bench.by_ticket(earlier).await.and_then(|(_, attempt)| attempt.closed);
    let outcome = joined.map(|closed| closed.outcome);
    same(&outcome, &Some(Outcome::Abandoned), "a conflict changes no earlier attempt");
}

/// The lease of a host that is not there is not written.
pub async fn the_lease_of_nobody_is_not_found(bench: Bench) {
    let host = bench.added(1).await;
    let nobody = HostId::from_bytes([9; 16]);
    let promise = "a change of a host that is not there is not found";
    not_found(&bench.apply(nobody, set_mark(&host.lease, &bench.new_mark())).await, promise);
    let attempt = AttemptId::from_bytes([9; 16]);
    not_found(&bench.apply(nobody, join(attempt, Outcome::Done, bench.clock.now())).await, promise);
}

/// A change that contradicts itself is never stored: a mark that is held but not registered, or
/// registered but not held; a claim of an attempt that holds none.
pub async fn a_change_that_contradicts_itself_is_invalid(bench: Bench) {
    let id = bench.added(1).await.id;
    let (mark, other) = (bench.new_mark(), bench.new_mark());
    let host = bench.by_id(id).await;
    let unregistered = replace(&host.lease, |next| next.mark = Some(mark.clone()));
    let lacking = replace_with(&host.lease, Some(mark.id), None, |_| {});
    let another = replace_with(&host.lease, Some(mark.id), None, |next| next.mark = Some(other));
    for write in [unregistered, lacking, another] {
        let refused = bench.apply(id, write).await;
        invalid(&refused, "a mark is registered with the change that sets it, and no other one");
    }
    same(&bench.by_id(id).await, &host, "what is invalid changes nothing");
    let mark = bench.mark(id).await;
    let attempt = bench.offer(id).await;
    let host = bench.by_id(id).await;
    let claimed = Some((mark.id, attempt.id));
    let no_claim = replace_with(&host.lease, None, claimed, |next| next.mark = None);
    let of_another = Some((mark.id, AttemptId::from_bytes([9; 16])));
    let now = bench.clock.now();
    let of_another = match take_claim(&host.lease, bench.claim_id(), now) {
        Write::Replace { expected, next, new_mark, .. } => {
            Write::Replace { expected, next, new_mark, claim: of_another }
        }
        write => write,
    };
    for write in [no_claim, of_another] {
        let refused = bench.apply(id, write).await;
        invalid(&refused, "a claim is stored with the attempt that holds it");
    }
    same(&bench.by_id(id).await, &host, "what is invalid changes nothing");
}

/// A mark may stay as it is through changes of other things.
pub async fn a_standing_mark_stays(bench: Bench) {
    let id = bench.added(1).await.id;
    let mark = bench.mark(id).await;
    let hold = Hold { by: "ann".to_owned(), at: bench.clock.now(), reason: None };
    let host = bench.step(id, |lease| replace(lease, |next| next.held = Some(hold.clone()))).await;
    same(&(host.lease.mark, host.lease.held), &(Some(mark), Some(hold)), "a standing mark stays");
}

/// A removed host takes changes: a late report of its last attempt, or of an earlier one, counts.
pub async fn a_removed_host_takes_late_reports(bench: Bench) {
    let id = bench.added(1).await.id;
    let now = bench.clock.now();
    let earlier = bench.installed(id, Outcome::Abandoned).await;
    let last = bench.installed(id, Outcome::TimedOut).await;
    must(bench.put(&[remove(&bench.by_id(id).await)]).await);
    let outcome = async |attempt| {
        let (_, attempt) = must(bench.by_ticket(attempt).await.ok_or("the attempt is gone"));
        attempt.closed.map(|closed| closed.outcome)
    };
    let (host, _) = must(bench.by_ticket(last).await.ok_or("the attempt is gone"));
    must(bench.apply(id, close(&host.lease, Outcome::Done, now)).await);
    same(&outcome(last).await, &Some(Outcome::Done), "a late report of a removed host counts");
    must(bench.apply(id, join(earlier, Outcome::Done, now)).await);
    same(&outcome(earlier).await, &Some(Outcome::Done), "a late report of a removed host counts");
    same(&bench.find(id).await, &None, "a removed host stays removed");
}

/// Attempts of a host are found by their tickets, as they were last, whatever came after them.
pub async fn an_earlier_attempt_stays_as_it_was(bench: Bench) {
    let id = bench.added(1).await.id;
    let now = bench.clock.now();
    let mut known = Vec::new();
    for _ in 0..3 {
        bench.mark(id).await;
        let attempt = bench.offer(id).await;
        let host = bench.step(id, |lease| cancel(lease, now)).await;
        known.push((attempt.id, host.lease.attempt));
    }
    let host = bench.by_id(id).await;
    for (attempt, expected) in known {
        let found = bench.by_ticket(attempt).await;
        let expected = expected.map(|attempt| (host.clone(), attempt));
        same(&found, &expected, "an attempt stays as it was last, with its host as it is now");
    }
    let unknown = bench.by_ticket(AttemptId::from_bytes([9; 16])).await;
    same(&unknown, &None, "an attempt that was never stored is not found");
    let mark = bench.mark(id).await;
    let next = bench.new_attempt(&mark);
    bench.step(id, |lease| offer(lease, &next)).await;
    let found = bench.by_ticket(next.id).await.map(|(_, attempt)| attempt);
    same(&found, &Some(next), "the latest attempt is found by its ticket");
}
