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
        EventKind::Approve => "approve",
        EventKind::Reject => "reject",
        EventKind::Protect => "protect",
        EventKind::Unprotect => "unprotect",
        EventKind::Void => "a restored database is accepted",
        EventKind::Elapse => "time passes",
    }
}

pub(super) const fn guard(guard: Guard) -> &'static str {
    match guard {
        Guard::KnownMark => "its id was used before",
        Guard::SeenGeneration => "nobody changed the host since the person looked at it",
        Guard::Expired => "the mark has expired",
        Guard::ClockBehind => "this server's clock is too far behind the mark or its offer",
        Guard::NotBeforeReached => "the mark may be offered already",
        Guard::OffersLeft => "an offer is left, or this request is not counted",
        Guard::ThisAttempt => "the ticket is of the open attempt",
        Guard::ClaimedAttempt => "the ticket is of a claimed attempt, the latest or an earlier one",
        Guard::ClosedAttempt => "the ticket is of a closed attempt",
        Guard::EndedByClaim => "the ticket is of an attempt that ended by its claim",
        Guard::ClaimsByAnswer => "the profile claims by its answer file",
        Guard::FirstAnswer => "no answer file was fetched before",
        Guard::FirstReport => "the installer has not reported before",
        Guard::SaidBefore => "the same report came within the last minute",
        Guard::Overdue => "the deadline has passed",
        Guard::HasStarted => "the installer has started",
        Guard::NeverReports => "the installer of the profile never reports",
        Guard::Waits => "the mark waits for approval",
        Guard::ThisMark => "the person names this mark",
        Guard::AsSeen => "the mark installs what the person looked at",
        Guard::ByAnother => "another person ordered it",
        Guard::ApprovedBefore => "the same person approved the same before",
        Guard::IsProtected => "the host is protected",
        Guard::ObeysProtection => "the host is not protected, or the new mark waits",
    }
}

pub(super) const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Keep => "",
        Effect::SetMark => "the mark is stored",
        Effect::Offer => "a new attempt",
        Effect::CountOffer => "the offer is counted, at most once a minute",
        Effect::TakeClaim => "the mark moves into the attempt, which gets its start deadline",
        Effect::ClaimAndClose(_) => "the mark moves into the attempt, which is closed",
        Effect::ClaimByReport => "the mark moves into the attempt, and the report is stored",
        Effect::Start => "the attempt gets its install deadline",
        Effect::Progress => "its deadline is moved, without an audit entry",
        Effect::JoinOutcome => "the outcome is stored, unless a better one is known",
        Effect::CloseMark(_) => "mark and attempt are closed",
        Effect::CloseAttempt(_) => "the attempt is closed",
        Effect::SetHold(None) => "the host is held",
        Effect::SetHold(Some(Outcome::Abandoned)) => "the attempt is closed, the host is held",
        Effect::SetHold(Some(_)) => "mark and attempt are closed, the host is held",
        Effect::ClearHold => "the host is held no more",
        Effect::SetApproval => "the mark waits no more",
        Effect::SetProtection => "the host is protected",
        Effect::ClearProtection => "the host is protected no more",
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
        Reply::Stands => "the mark stands, or how it ended",
        Reply::Script => "the stored install script, with its ticket",
        Reply::Local => "local boot",
        Reply::NotFound => "404",
        Reply::Abort => "the profile's `abort` answer, or 404",
        Reply::Conflict => "refused, with a remedy",
        Reply::Nothing => "there was nothing to do",
        Reply::Again => "(decided again)",
    }
}
