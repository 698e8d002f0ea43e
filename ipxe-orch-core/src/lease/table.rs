//! The transition table, as data. The first row that fits decides; rows without guards at the
//! end of each event make it total. A row says all of it: what is written, how a mark or an
//! attempt ends, what is answered, and whether somebody should look.

#![cfg_attr(
    not(test),
    expect(clippy::enum_glob_use, reason = "the table reads as the words of its columns")
)]

use super::state::Outcome::{
    self, Abandoned, Cancelled, NotStarted, OffersUsedUp, Rejected, TimedOut, Unreported, Voided,
    Withdrawn,
};
use super::state::Phase::{self, Held, Idle, Installing, Marked, Offered};
use super::{
    Effect::{self, *},
    EventKind::{self, *},
    Guard::{self, *},
    Reply,
};

/// One row: in these phases, on this event, if all guards hold, do this and say that.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Where the lease stands.
    pub phases: &'static [Phase],
    /// What happens.
    pub event: EventKind,
    /// All must hold.
    pub guards: &'static [Guard],
    /// What is written, in one compare-and-set.
    pub effect: Effect,
    /// What is answered.
    pub reply: Reply,
    /// Somebody should look at it: the event that tells of it is an alert.
    pub alert: bool,
}

const ANY: &[Phase] = &Phase::ALL;
const MARKED: &[Phase] = &[Marked, Offered];

const fn row(
    phases: &'static [Phase],
    event: EventKind,
    guards: &'static [Guard],
    effect: Effect,
    reply: Reply,
) -> Row {
    Row { phases, event, guards, effect, reply, alert: false }
}

const fn alert(mut row: Row) -> Row {
    row.alert = true;
    row
}

/// The table.
pub static TABLE: &[Row] = &[
    // A person's order. A repeated one is one order, whatever became of it.
    row(ANY, Mark, &[KnownMark], Keep, Reply::Stands),
    row(&[Idle], Mark, &[SeenGeneration, ObeysProtection], SetMark, Reply::Ok),
    row(MARKED, Mark, &[Expired], CloseMark(Outcome::Expired), Reply::Again),
    row(&[Installing], Mark, &[Overdue, HasStarted], CloseAttempt(TimedOut), Reply::Again),
    row(&[Installing], Mark, &[Overdue], CloseAttempt(NotStarted), Reply::Again),
    row(ANY, Mark, &[], Keep, Reply::Conflict),
    // A machine boots and proved who it is.
    alert(row(MARKED, Boot, &[ClockBehind], CloseMark(Outcome::ClockBehind), Reply::Local)),
    alert(row(MARKED, Boot, &[Expired], CloseMark(Outcome::Expired), Reply::Local)),
    row(&[Marked], Boot, &[Waits], Keep, Reply::Local),
    row(&[Marked], Boot, &[NotBeforeReached], Offer, Reply::Script),
    row(&[Offered], Boot, &[OffersLeft], CountOffer, Reply::Script),
    alert(row(&[Offered], Boot, &[], CloseMark(OffersUsedUp), Reply::Local)),
    alert(row(&[Installing], Boot, &[Overdue, HasStarted], CloseAttempt(TimedOut), Reply::Local)),
    alert(row(&[Installing], Boot, &[Overdue], CloseAttempt(NotStarted), Reply::Local)),
    row(ANY, Boot, &[], Keep, Reply::Local),
    // The machine claims: the last step before anything can touch a disk. A claim in vain is an
    // alert: its mark is spent or gone, the machine may be a clone, and it boots its disk.
    alert(row(
        &[Offered],
        Claim,
        &[ThisAttempt, ClockBehind],
        CloseMark(Outcome::ClockBehind),
        Reply::NotFound,
    )),
    alert(row(
        &[Offered],
        Claim,
        &[ThisAttempt, Expired],
        CloseMark(Outcome::Expired),
        Reply::NotFound,
    )),
    row(&[Offered], Claim, &[ThisAttempt, NeverReports], ClaimAndClose(Unreported), Reply::Ok),
    row(&[Offered], Claim, &[ThisAttempt], TakeClaim, Reply::Ok),
    alert(row(ANY, Claim, &[], Keep, Reply::NotFound)),
    // The installer fetches its answer file. One whose attempt has ended should not run.
    alert(row(
        &[Offered],
        Answer,
        &[ThisAttempt, ClockBehind],
        CloseMark(Outcome::ClockBehind),
        Reply::NotFound,
    )),
    alert(row(
        &[Offered],
        Answer,
        &[ThisAttempt, Expired],
        CloseMark(Outcome::Expired),
        Reply::NotFound,
    )),
    row(&[Offered], Answer, &[ThisAttempt, ClaimsByAnswer], TakeClaim, Reply::Ok),
    alert(row(
        &[Installing],
        Answer,
        &[ThisAttempt, Overdue, HasStarted],
        CloseAttempt(TimedOut),
        Reply::Abort,
    )),
    alert(row(
        &[Installing],
        Answer,
        &[ThisAttempt, Overdue],
        CloseAttempt(NotStarted),
        Reply::Abort,
    )),
    row(&[Installing], Answer, &[ThisAttempt, FirstAnswer], Start, Reply::Ok),
    row(&[Installing], Answer, &[ThisAttempt], Keep, Reply::Ok),
    alert(row(ANY, Answer, &[ClosedAttempt], Keep, Reply::Abort)),
    row(ANY, Answer, &[], Keep, Reply::NotFound),
    // Kernel, initrd, SAN image.
    row(&[Offered, Installing], Media, &[ThisAttempt], Keep, Reply::Ok),
    row(ANY, Media, &[EndedByClaim], Keep, Reply::Ok),
    row(ANY, Media, &[], Keep, Reply::NotFound),
    // The installer reports. An open offer that reports evidently runs: that is its claim.
    row(&[Offered], Started, &[ThisAttempt], ClaimByReport, Reply::Ok),
    row(&[Offered], Finished, &[ThisAttempt], ClaimByReport, Reply::Ok),
    // Said again, it is answered without a write: repeats at once neither conflict nor cost.
    row(&[Installing], Started, &[ThisAttempt, SaidBefore], Keep, Reply::Ok),
    row(&[Installing], Started, &[ThisAttempt, FirstReport], Start, Reply::Ok),
    row(&[Installing], Started, &[ThisAttempt], Progress, Reply::Ok),
    row(ANY, Finished, &[ClaimedAttempt], JoinOutcome, Reply::Ok),
    alert(row(ANY, Started, &[], Keep, Reply::NotFound)),
    alert(row(ANY, Finished, &[], Keep, Reply::NotFound)),
    // Operators.
    row(MARKED, Cancel, &[], CloseMark(Cancelled), Reply::Ok),
    row(&[Installing], Cancel, &[Overdue, HasStarted], CloseAttempt(TimedOut), Reply::Again),
    row(&[Installing], Cancel, &[Overdue], CloseAttempt(NotStarted), Reply::Again),
    row(&[Installing], Cancel, &[], Keep, Reply::Conflict),
    row(ANY, Cancel, &[], Keep, Reply::Nothing),
    row(&[Installing], Abandon, &[], CloseAttempt(Abandoned), Reply::Ok),
    row(ANY, Abandon, &[], Keep, Reply::Nothing),
    row(&[Offered], Withdraw, &[], CloseAttempt(Withdrawn), Reply::Ok),
    row(ANY, Withdraw, &[], Keep, Reply::Nothing),
    row(MARKED, Hold, &[], SetHold(Some(Outcome::Held)), Reply::Ok),
    row(&[Installing], Hold, &[], SetHold(Some(Abandoned)), Reply::Ok),
    row(&[Idle], Hold, &[], SetHold(None), Reply::Ok),
    row(ANY, Hold, &[], Keep, Reply::Nothing),
    row(&[Held], Release, &[], ClearHold, Reply::Ok),
    row(ANY, Release, &[], Keep, Reply::Nothing),
    // A second person.
    row(&[Marked], Approve, &[Waits, Expired], CloseMark(Outcome::Expired), Reply::Again),
    row(&[Marked], Approve, &[Waits, ThisMark, AsSeen, ByAnother], SetApproval, Reply::Ok),
    row(MARKED, Approve, &[ThisMark, ApprovedBefore], Keep, Reply::Stands),
    row(ANY, Approve, &[], Keep, Reply::Conflict),
    row(&[Marked], Reject, &[Waits, ThisMark], CloseMark(Rejected), Reply::Ok),
    row(ANY, Reject, &[], Keep, Reply::Nothing),
    row(ANY, Protect, &[IsProtected], Keep, Reply::Nothing),
    row(ANY, Protect, &[], SetProtection, Reply::Ok),
    row(ANY, Unprotect, &[IsProtected], ClearProtection, Reply::Ok),
    row(ANY, Unprotect, &[], Keep, Reply::Nothing),
    // A restored database is accepted: nobody knows what became of its marks.
    row(MARKED, Void, &[], CloseMark(Voided), Reply::Ok),
    row(ANY, Void, &[], Keep, Reply::Nothing),
    // Time passes; evaluated when a lease is read, stored like any other transition.
    alert(row(MARKED, Elapse, &[Expired], CloseMark(Outcome::Expired), Reply::Ok)),
    alert(row(&[Installing], Elapse, &[Overdue, HasStarted], CloseAttempt(TimedOut), Reply::Ok)),
    alert(row(&[Installing], Elapse, &[Overdue], CloseAttempt(NotStarted), Reply::Ok)),
    row(ANY, Elapse, &[], Keep, Reply::Nothing),
];
