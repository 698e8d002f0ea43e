//! The names in the page for the words of the table.

use ipxe_orch_core::lease::{Effect, EventKind, Guard, Outcome, Reply, Row};

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
        Guard::HasStarted => "the installer was heard of",
        Guard::NeverReports => "the profile never reports",
    }
}

pub(super) const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Keep => "",
        Effect::SetMark => "the mark is stored",
        Effect::Offer => "a new attempt",
        Effect::CountOffer => "the offer is counted, once a minute at most",
        Effect::TakeClaim => "the mark moves into the attempt; start deadline",
        Effect::ClaimAndClose(_) => "the mark moves into the attempt, which is closed",
        Effect::ClaimByReport => "the mark moves into the attempt, with the report",
        Effect::Start => "install deadline",
        Effect::JoinOutcome => "the outcome, unless a better one is known",
        Effect::CloseMark(_) => "mark and attempt are closed",
        Effect::CloseAttempt(_) => "the attempt is closed",
        Effect::SetHold(None) => "held",
        Effect::SetHold(Some(Outcome::Abandoned)) => "the attempt is closed; held",
        Effect::SetHold(Some(_)) => "mark and attempt are closed; held",
        Effect::ClearHold => "no longer held",
    }
}

/// How the mark or the attempt ends.
pub(super) fn outcome(row: &Row) -> String {
    match (row.effect, row.event) {
        (Effect::JoinOutcome, _) | (Effect::ClaimByReport, EventKind::Finished) => {
            "as reported".to_owned()
        }
        (effect, _) => effect.outcome().map_or_else(String::new, |outcome| outcome.to_string()),
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
