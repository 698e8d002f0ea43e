//! Each row of the lease's table, driven through a store.

use super::{
    Bench, holds,
    walk::{
        Do::{
            Abandon, Answer, Approve, ApproveOther, ApproveOwn, Boot, Cancel, Claim, Done, Elapse,
            Failed, Hold, Mark, MarkAgain, MarkLater, MarkUnseen, Media, Protect, Reject, Release,
            Started, Unprotect, Void, Withdraw,
        },
        Step::{Back, Is, On, Wait},
        Walk, walk,
    },
};
use crate::lease::{
    Effect::{
        self, ClaimAndClose, ClaimByReport, ClearHold, ClearProtection, CloseAttempt, CloseMark,
        CountOffer, JoinOutcome, Keep, Offer, Progress, SetApproval, SetHold, SetMark,
        SetProtection, Start, TakeClaim,
    },
    Outcome,
    Reply::{self, Abort, Conflict, Local, NotFound, Nothing, Script, Stands},
    TABLE,
};
use std::collections::BTreeSet;

const YES: Reply = Reply::Ok;
const EXPIRED: Effect = CloseMark(Outcome::Expired);
const CLOCK_BEHIND: Effect = CloseMark(Outcome::ClockBehind);
const USED_UP: Effect = CloseMark(Outcome::OffersUsedUp);
const CANCELLED: Effect = CloseMark(Outcome::Cancelled);
const NOT_STARTED: Effect = CloseAttempt(Outcome::NotStarted);
const TIMED_OUT: Effect = CloseAttempt(Outcome::TimedOut);
const ABANDONED: Effect = CloseAttempt(Outcome::Abandoned);
const REJECTED: Effect = CloseMark(Outcome::Rejected);
const VOIDED: Effect = CloseMark(Outcome::Voided);
const WITHDRAWN: Effect = CloseAttempt(Outcome::Withdrawn);
const HELD: Effect = SetHold(Some(Outcome::Held));
const HELD_INSTALL: Effect = SetHold(Some(Outcome::Abandoned));
/// How long a mark stands, in minutes.
const DAY: u64 = 24 * 60;

/// A case for each walk, and their list.
macro_rules! walks {
    ($($(#[$doc:meta])* $name:ident($install:literal, $terms:literal) { $($step:expr;)+ })+) => {
        const WALKS: &[(&str, Walk)] = &[$(
            (stringify!($name), Walk { install: $install, terms: $terms, steps: &[$($step),+] }),
        )+];

        $($(#[$doc])* pub async fn $name(bench: Bench) {
            for (_, steps) in WALKS.iter().filter(|(name, _)| *name == stringify!($name)) {
                walk(&bench, 1, steps).await;
            }
        })+
    };
}

/// No row of the table is left out by the walks: what passes the suite was written by each.
pub async fn every_row_of_the_table_decides(bench: Bench) {
    let mut rows = BTreeSet::new();
    for ((_, steps), number) in WALKS.iter().zip(1..) {
        rows.extend(Box::pin(walk(&bench, number, steps)).await);
    }
    let unused = TABLE.iter().enumerate().filter(|(place, _)| !rows.contains(place));
    let unused: Vec<_> = unused.map(|(_, row)| row).collect();
    holds(unused.is_empty(), "each row of the lease's table decides in one of the walks", &unused);
}

walks! {
    /// Offer, the same offer again, one claim, answer file, reports: each counts once.
    each_step_of_an_install_counts_once(true, "") {
        On(Boot, &[Offer], Script);
        On(Boot, &[CountOffer], Script);
        On(Answer(0), &[Keep], NotFound);
        On(Media(0), &[Keep], YES);
        On(Claim(0), &[TakeClaim], YES);
        On(Claim(0), &[Keep], NotFound);
        On(Media(0), &[Keep], YES);
        On(Boot, &[Keep], Local);
        On(Answer(0), &[Start], YES);
        On(Answer(0), &[Keep], YES);
        On(Started(0), &[Start], YES);
        On(Started(0), &[Keep], YES);
        Wait(1);
        On(Started(0), &[Progress], YES);
        Is("installing");
        On(Failed(0), &[JoinOutcome], YES);
        Is("failed");
        On(Done(0), &[JoinOutcome], YES);
        On(Failed(0), &[JoinOutcome], YES);
        Is("installed");
        On(Started(0), &[Keep], NotFound);
        On(Answer(0), &[Keep], Abort);
        On(Media(0), &[Keep], NotFound);
        On(Boot, &[Keep], Local);
    }

    /// One order at a time, by somebody who looked; a repeated one is one, whatever became of it.
    an_order_conflicts_with_what_stands(false, "") {
        On(MarkUnseen, &[Keep], Conflict);
        On(Mark, &[SetMark], YES);
        On(MarkAgain, &[Keep], Stands);
        On(Boot, &[Offer], Script);
        On(MarkAgain, &[Keep], Stands);
        On(Claim(0), &[TakeClaim], YES);
        On(MarkAgain, &[Keep], Stands);
        On(Abandon, &[ABANDONED], YES);
        On(MarkAgain, &[Keep], Stands);
        On(Mark, &[SetMark], YES);
        On(Mark, &[Keep], Conflict);
        On(Boot, &[Offer], Script);
        On(Mark, &[Keep], Conflict);
        On(Claim(1), &[TakeClaim], YES);
        On(Mark, &[Keep], Conflict);
        On(Hold, &[HELD_INSTALL], YES);
        On(Mark, &[Keep], Conflict);
    }

    /// That time ran out is stored by whoever sees it: boot, claim, answer file, order, sweeper.
    a_mark_that_ran_out_is_closed(false, "") {
        On(Mark, &[SetMark], YES);
        Wait(DAY);
        On(Boot, &[EXPIRED], Local);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        Wait(DAY);
        On(Boot, &[EXPIRED], Local);
        Is("expired");
        On(Started(0), &[Keep], NotFound);
        On(Done(0), &[Keep], NotFound);
        On(Mark, &[SetMark], YES);
        Wait(DAY);
        On(Mark, &[EXPIRED, SetMark], YES);
        On(Boot, &[Offer], Script);
        Wait(DAY);
        On(Claim(1), &[EXPIRED], NotFound);
        On(Claim(1), &[Keep], NotFound);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        Wait(DAY);
        On(Answer(2), &[EXPIRED], NotFound);
        On(Answer(2), &[Keep], Abort);
        On(Mark, &[SetMark], YES);
        On(Elapse, &[Keep], Nothing);
        Wait(DAY);
        On(Elapse, &[EXPIRED], YES);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        Wait(DAY);
        On(Mark, &[EXPIRED, SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(3), &[Keep], NotFound);
    }

    /// The fifth counted offer is the last: a machine that never claims reaches its disk.
    offers_are_counted_and_used_up(true, "") {
        On(Boot, &[Offer], Script);
        Wait(1);
        On(Boot, &[CountOffer], Script);
        Wait(1);
        On(Boot, &[CountOffer], Script);
        Wait(1);
        On(Boot, &[CountOffer], Script);
        Wait(1);
        On(Boot, &[CountOffer], Script);
        On(Boot, &[CountOffer], Script);
        Wait(1);
        On(Boot, &[USED_UP], Local);
        Is("offers used up");
        On(Claim(0), &[Keep], NotFound);
        On(Boot, &[Keep], Local);
    }

    /// A server whose clock is behind the mark's creation does not know whether it has expired.
    a_clock_that_is_behind_offers_nothing(false, "") {
        On(Mark, &[SetMark], YES);
        Back(6);
        On(Boot, &[CLOCK_BEHIND], Local);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        Back(6);
        On(Boot, &[CLOCK_BEHIND], Local);
        Is("clock behind");
        On(Claim(0), &[Keep], NotFound);
        On(Mark, &[SetMark], YES);
        Back(4);
        On(Boot, &[Offer], Script);
        Wait(4);
        On(Boot, &[CountOffer], Script);
        Back(6);
        On(Claim(1), &[CLOCK_BEHIND], NotFound);
        Is("clock behind");
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        Back(6);
        On(Answer(2), &[CLOCK_BEHIND], NotFound);
        Is("clock behind");
    }

    /// Nobody knows what became of the marks of a restored database: they are void.
    a_restored_database_installs_nothing(false, "") {
        On(Void, &[Keep], Nothing);
        On(Mark, &[SetMark], YES);
        On(Void, &[VOIDED], YES);
        Is("voided");
        On(Boot, &[Keep], Local);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Void, &[VOIDED], YES);
        On(Claim(0), &[Keep], NotFound);
        On(Answer(0), &[Keep], Abort);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(1), &[TakeClaim], YES);
        On(Void, &[Keep], Nothing);
        Is("installing");
    }

    /// A mark for later is not offered earlier.
    a_mark_for_later_waits(false, "") {
        On(MarkLater(60), &[SetMark], YES);
        On(Boot, &[Keep], Local);
        Wait(59);
        On(Boot, &[Keep], Local);
        Wait(1);
        On(Boot, &[Offer], Script);
    }

    /// That a deadline has passed is stored by whoever sees it, and a late `done` is joined.
    a_silent_install_is_closed(true, "") {
        On(Boot, &[Offer], Script);
        On(Claim(0), &[TakeClaim], YES);
        Wait(14);
        On(Boot, &[Keep], Local);
        On(Elapse, &[Keep], Nothing);
        Wait(1);
        On(Boot, &[NOT_STARTED], Local);
        Is("failed (not started)");
        On(Done(0), &[JoinOutcome], YES);
        Is("installed");
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(1), &[TakeClaim], YES);
        Wait(15);
        On(Mark, &[NOT_STARTED, SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(2), &[TakeClaim], YES);
        Wait(15);
        On(Cancel, &[NOT_STARTED, Keep], Nothing);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(3), &[TakeClaim], YES);
        On(Answer(3), &[Start], YES);
        Wait(119);
        On(Answer(3), &[Keep], YES);
        Wait(1);
        On(Answer(3), &[TIMED_OUT], Abort);
        Is("timed out");
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(4), &[TakeClaim], YES);
        Wait(15);
        On(Elapse, &[NOT_STARTED], YES);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(5), &[TakeClaim], YES);
        Wait(15);
        On(Answer(5), &[NOT_STARTED], Abort);
    }

    /// An install that was heard of, and no more, has timed out; whoever sees it stores it.
    an_install_that_falls_silent_has_timed_out(true, "") {
        On(Boot, &[Offer], Script);
        On(Claim(0), &[TakeClaim], YES);
        Wait(14);
        On(Started(0), &[Start], YES);
        Wait(119);
        On(Boot, &[Keep], Local);
        Wait(1);
        On(Boot, &[TIMED_OUT], Local);
        Is("timed out");
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(1), &[TakeClaim], YES);
        On(Answer(1), &[Start], YES);
        Wait(120);
        On(Mark, &[TIMED_OUT, SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Started(2), &[ClaimByReport], YES);
        Wait(120);
        On(Cancel, &[TIMED_OUT, Keep], Nothing);
        Is("timed out");
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(3), &[TakeClaim], YES);
        On(Answer(3), &[Start], YES);
        Wait(120);
        On(Elapse, &[TIMED_OUT], YES);
        On(Failed(3), &[JoinOutcome], YES);
        Is("failed");
    }

    /// A mark without an offer leaves how it ended, and a later one takes its place.
    a_mark_that_was_never_offered_says_how_it_ended(false, "") {
        On(Mark, &[SetMark], YES);
        On(Cancel, &[CANCELLED], YES);
        Is("cancelled");
        On(Mark, &[SetMark], YES);
        Wait(DAY);
        On(Boot, &[EXPIRED], Local);
        Is("expired");
        On(Mark, &[SetMark], YES);
        Back(6);
        On(Boot, &[CLOCK_BEHIND], Local);
        Is("clock behind");
        On(Mark, &[SetMark], YES);
        On(Hold, &[HELD], YES);
        Is("held");
        On(Release, &[ClearHold], YES);
        Is("closed by a hold");
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(0), &[TakeClaim], YES);
        On(Done(0), &[JoinOutcome], YES);
        Is("installed");
        On(Mark, &[SetMark], YES);
        Is("marked");
        On(Cancel, &[CANCELLED], YES);
        Is("cancelled");
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Withdraw, &[WITHDRAWN], YES);
        On(Cancel, &[CANCELLED], YES);
        Is("cancelled");
    }

    /// What was cancelled cannot be claimed; what was claimed cannot be cancelled.
    a_cancel_closes_mark_and_offer(false, "") {
        On(Cancel, &[Keep], Nothing);
        On(Mark, &[SetMark], YES);
        On(Cancel, &[CANCELLED], YES);
        On(Boot, &[Keep], Local);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Cancel, &[CANCELLED], YES);
        Is("cancelled");
        On(Claim(0), &[Keep], NotFound);
        On(Answer(0), &[Keep], Abort);
        On(Started(0), &[Keep], NotFound);
        On(Boot, &[Keep], Local);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(1), &[TakeClaim], YES);
        On(Cancel, &[Keep], Conflict);
    }

    /// A hold closes mark, offer and running install; a release restores none of them.
    a_release_restores_nothing(true, "") {
        On(Release, &[Keep], Nothing);
        On(Hold, &[HELD], YES);
        On(Hold, &[Keep], Nothing);
        On(Cancel, &[Keep], Nothing);
        On(Abandon, &[Keep], Nothing);
        On(Withdraw, &[Keep], Nothing);
        On(Boot, &[Keep], Local);
        On(Release, &[ClearHold], YES);
        On(Boot, &[Keep], Local);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Hold, &[HELD], YES);
        On(Claim(0), &[Keep], NotFound);
        On(Release, &[ClearHold], YES);
        Is("closed by a hold");
        On(Claim(0), &[Keep], NotFound);
        On(Boot, &[Keep], Local);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Claim(1), &[TakeClaim], YES);
        On(Hold, &[HELD_INSTALL], YES);
        On(Answer(1), &[Keep], Abort);
        On(Done(1), &[JoinOutcome], YES);
        On(Release, &[ClearHold], YES);
        Is("installed");
        On(Hold, &[SetHold(None)], YES);
        On(Release, &[ClearHold], YES);
        Is("installed");
    }

    /// Nothing is offered of a mark that waits, until another person approves what it installs.
    a_protected_host_waits_for_a_second_person(false, "") {
        On(Unprotect, &[Keep], Nothing);
        On(Approve, &[Keep], Conflict);
        On(Reject, &[Keep], Nothing);
        On(Protect, &[SetProtection], YES);
        On(Protect, &[Keep], Nothing);
        On(Mark, &[SetMark], YES);
        Is("waiting for approval");
        On(Boot, &[Keep], Local);
        On(Withdraw, &[Keep], Nothing);
        On(ApproveOwn, &[Keep], Conflict);
        On(ApproveOther, &[Keep], Conflict);
        On(Boot, &[Keep], Local);
        On(MarkAgain, &[Keep], Stands);
        On(Approve, &[SetApproval], YES);
        Is("marked");
        On(Approve, &[Keep], Stands);
        On(ApproveOwn, &[Keep], Conflict);
        On(Reject, &[Keep], Nothing);
        On(Boot, &[Offer], Script);
        On(Approve, &[Keep], Stands);
        On(Withdraw, &[WITHDRAWN], YES);
        On(Boot, &[Offer], Script);
        On(Claim(1), &[TakeClaim], YES);
        On(Approve, &[Keep], Conflict);
        On(Done(1), &[JoinOutcome], YES);
        Is("installed");
        On(Mark, &[SetMark], YES);
        On(Reject, &[REJECTED], YES);
        Is("rejected");
        On(Approve, &[Keep], Conflict);
        On(Boot, &[Keep], Local);
        On(Mark, &[SetMark], YES);
        On(Cancel, &[CANCELLED], YES);
        On(Mark, &[SetMark], YES);
        On(Hold, &[HELD], YES);
        On(Approve, &[Keep], Conflict);
        On(Release, &[ClearHold], YES);
        On(Mark, &[SetMark], YES);
        Wait(DAY);
        On(Approve, &[EXPIRED, Keep], Conflict);
        Is("expired");
        On(Unprotect, &[ClearProtection], YES);
        On(Mark, &[SetMark], YES);
        Is("marked");
        On(Protect, &[SetProtection], YES);
        On(Boot, &[Offer], Script);
    }

    /// A withdrawn offer is never claimed; the mark stands, and is offered with new bytes.
    a_withdrawn_offer_makes_way_for_another(true, "") {
        On(Withdraw, &[Keep], Nothing);
        On(Boot, &[Offer], Script);
        On(Withdraw, &[WITHDRAWN], YES);
        Is("marked");
        On(Claim(0), &[Keep], NotFound);
        On(Boot, &[Offer], Script);
        On(Claim(0), &[Keep], NotFound);
        On(Media(0), &[Keep], NotFound);
        On(Claim(1), &[TakeClaim], YES);
        On(Withdraw, &[Keep], Nothing);
    }

    /// An install that was given up may still end; that touches nothing newer.
    an_abandoned_install_may_still_be_done(true, "") {
        On(Abandon, &[Keep], Nothing);
        On(Boot, &[Offer], Script);
        On(Abandon, &[Keep], Nothing);
        On(Claim(0), &[TakeClaim], YES);
        On(Abandon, &[ABANDONED], YES);
        Is("abandoned");
        On(Started(0), &[Keep], NotFound);
        On(Failed(0), &[JoinOutcome], YES);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Done(0), &[JoinOutcome], YES);
        On(Failed(0), &[JoinOutcome], YES);
        On(Answer(0), &[Keep], Abort);
        Is("offered");
        On(Claim(1), &[TakeClaim], YES);
        On(Done(0), &[JoinOutcome], YES);
        Is("installing");
    }

    /// An open offer that reports evidently runs: the report is its claim, and the only one.
    a_report_claims_what_was_not_claimed(true, "") {
        On(Boot, &[Offer], Script);
        On(Started(0), &[ClaimByReport], YES);
        On(Claim(0), &[Keep], NotFound);
        On(Boot, &[Keep], Local);
        On(Done(0), &[JoinOutcome], YES);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Done(1), &[ClaimByReport], YES);
        Is("installed");
        On(Boot, &[Keep], Local);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        Wait(DAY);
        On(Failed(2), &[ClaimByReport], YES);
        Is("failed");
        On(Done(2), &[JoinOutcome], YES);
    }

    /// Where the profile says so, the first answer file is the claim, and may be fetched again.
    an_answer_file_claims_where_it_is_the_rule(true, "claim = 'answer-file'") {
        On(Boot, &[Offer], Script);
        On(Media(0), &[Keep], YES);
        On(Answer(0), &[TakeClaim], YES);
        On(Answer(0), &[Keep], YES);
        On(Claim(0), &[Keep], NotFound);
        On(Boot, &[Keep], Local);
        Wait(119);
        On(Started(0), &[Start], YES);
        Wait(119);
        On(Done(0), &[JoinOutcome], YES);
        On(Answer(0), &[Keep], Abort);
    }

    /// A profile that never reports ends at its claim; its media go on.
    live_media_go_on_after_the_claim(true, "reports = 'none'") {
        On(Boot, &[Offer], Script);
        On(Claim(0), &[ClaimAndClose(Outcome::Unreported)], YES);
        Is("unreported");
        On(Claim(0), &[Keep], NotFound);
        On(Media(0), &[Keep], YES);
        On(Boot, &[Keep], Local);
        On(Media(0), &[Keep], YES);
        On(Mark, &[SetMark], YES);
        On(Boot, &[Offer], Script);
        On(Media(0), &[Keep], YES);
        On(Done(0), &[JoinOutcome], YES);
        On(Media(0), &[Keep], NotFound);
    }
}
