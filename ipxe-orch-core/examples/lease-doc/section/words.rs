//! The names in the page for the words of the table.

use ipxe_orch_core::lease::{Effect, EventKind, Guard, Reply};

pub(super) const fn event(event: EventKind) -> &'static str {
    match event {
        EventKind::Mark => "mark",
        EventKind::Boot => "boot",
        EventKind::Claim => "claim",
        EventKind::Answer => "answer file",
        EventKind::Media => "media file",
        EventKind::Started => "report started or progress",
        EventKind::Finished => "report done or failed",
        EventKind::Cancel => "cancel",
        EventKind::Abandon => "abandon",
        EventKind::Withdraw => "withdraw",
        EventKind::Hold => "hold",
        EventKind::Release => "release",
        EventKind::Elapse => "time passes",
    }
}

pub(super) const fn guard(guard: Guard) -> &'static str {
    match guard {
        Guard::KnownMark => "its id was used before",
        Guard::SeenGeneration => "the host is as the person saw it",
        Guard::Expired => "the mark has expired",
        Guard::ClockBehind => "this server's clock is behind the mark's",
        Guard::NotBeforeReached => "the mark may be offered by now",
        Guard::OffersLeft => "an offer is left, or it would not be counted",
        Guard::ThisAttempt => "the ticket is of the open attempt",
        Guard::ClaimedAttempt => "the ticket is of a claimed attempt, earlier ones too",
        Guard::ClosedAttempt => "the ticket is of a closed attempt",
        Guard::EndedByClaim => "the ticket is of an attempt that ended with its claim",
        Guard::ClaimsByAnswer => "the profile claims by its answer file",
        Guard::FirstAnswer => "it was not fetched before",
        Guard::SaidBefore => "it said the same within the last minute",
        Guard::Overdue => "the deadline has passed",
    }
}

pub(super) const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Keep => "",
        Effect::SetMark => "the mark is stored",
        Effect::Offer => "a new attempt",
        Effect::CountOffer => "the offer is counted, once a minute at most",
        Effect::TakeClaim => "the mark moves into the attempt; start deadline",
        Effect::ClaimByReport => "the mark moves into the attempt, with the report",
        Effect::Start => "install deadline",
        Effect::JoinOutcome => "the outcome, unless a better one is known",
        Effect::CloseMark => "mark and attempt are closed",
        Effect::CloseAttempt => "the attempt is closed",
        Effect::CloseOverdue => "the attempt is closed: not started, or timed out",
        Effect::SetHold => "mark and attempt are closed; held",
        Effect::ClearHold => "no longer held",
    }
}

pub(super) const fn reply(reply: Reply) -> &'static str {
    match reply {
        Reply::Ok => "done",
        Reply::Stands => "it stands, or what became of it",
        Reply::Script => "the install script, as stored",
        Reply::Local => "local boot",
        Reply::NotFound => "404",
        Reply::Abort => "the profile's `abort` answer, or 404",
        Reply::Conflict => "refused, with the remedy",
        Reply::Nothing => "there was nothing to do",
        Reply::Again => "(decided again)",
    }
}
