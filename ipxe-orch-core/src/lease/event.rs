//! The words of the table: events, guards, effects, replies.

use super::{
    Approval, Approved, Mark,
    state::{Attempt, Lease, Outcome, Protection},
};
use crate::{
    host::LoaderPath,
    ids::{AttemptId, ClaimId, Generation, MarkId},
    time::Timestamp,
};
use std::{net::IpAddr, time::Duration};

/// The kinds of events, as the table names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the variants of `Event` say it")]
pub enum EventKind {
    Mark,
    Boot,
    Claim,
    Answer,
    Media,
    Started,
    Finished,
    Cancel,
    Abandon,
    Withdraw,
    Hold,
    Release,
    Approve,
    Reject,
    Protect,
    Unprotect,
    Void,
    Elapse,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 18] = [
        Self::Mark,
        Self::Boot,
        Self::Claim,
        Self::Answer,
        Self::Media,
        Self::Started,
        Self::Finished,
        Self::Cancel,
        Self::Abandon,
        Self::Withdraw,
        Self::Hold,
        Self::Release,
        Self::Approve,
        Self::Reject,
        Self::Protect,
        Self::Unprotect,
        Self::Void,
        Self::Elapse,
    ];
}

/// Something that happens to a lease, with its data.
#[derive(Clone, Debug)]
pub enum Event {
    /// A person orders an install; `seen` is the generation that the person looked at.
    Mark {
        /// The order.
        mark: Box<Mark>,
        /// The generation that the person saw. `None` for the mark of a registration.
        seen: Option<Generation>,
        /// Whether this id was used for a mark before, however that ended.
        known: bool,
    },
    /// The machine boots, its identity proven.
    Boot,
    /// The machine claims with this attempt's ticket.
    Claim(AttemptId),
    /// The installer fetches its answer file with this attempt's ticket.
    Answer(AttemptId),
    /// A file is fetched with this attempt's ticket.
    Media(AttemptId),
    /// The installer runs.
    Started(AttemptId, String),
    /// The installer is done or has failed.
    Finished(AttemptId, FinalReport),
    /// A person cancels the mark.
    Cancel,
    /// A person gives up a running install.
    Abandon,
    /// A person wants a new script for the standing mark.
    Withdraw,
    /// A person forbids installs.
    Hold(super::state::Hold),
    /// A person allows installs again.
    Release,
    /// A person approves a mark that waits for it.
    Approve(MarkId, Box<Approved>),
    /// A person does not want a mark that waits for approval.
    Reject(MarkId),
    /// A person protects the host.
    Protect(Box<Protection>),
    /// A person ends the protection of the host.
    Unprotect,
    /// A database that was restored or replaced is accepted: its marks may be claimed or cancelled
    /// already.
    Void,
    /// Time passed.
    Elapse,
}

impl Event {
    /// The kind of the event.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Mark { .. } => EventKind::Mark,
            Self::Boot => EventKind::Boot,
            Self::Claim(_) => EventKind::Claim,
            Self::Answer(_) => EventKind::Answer,
            Self::Media(_) => EventKind::Media,
            Self::Started(..) => EventKind::Started,
            Self::Finished(..) => EventKind::Finished,
            Self::Cancel => EventKind::Cancel,
            Self::Abandon => EventKind::Abandon,
            Self::Withdraw => EventKind::Withdraw,
            Self::Hold(_) => EventKind::Hold,
            Self::Release => EventKind::Release,
            Self::Approve(..) => EventKind::Approve,
            Self::Reject(_) => EventKind::Reject,
            Self::Protect(_) => EventKind::Protect,
            Self::Unprotect => EventKind::Unprotect,
            Self::Void => EventKind::Void,
            Self::Elapse => EventKind::Elapse,
        }
    }

    /// The attempt whose ticket came with the event.
    pub const fn attempt(&self) -> Option<AttemptId> {
        match self {
            Self::Claim(id)
            | Self::Answer(id)
            | Self::Media(id)
            | Self::Started(id, _)
            | Self::Finished(id, ..) => Some(*id),
            _ => None,
        }
    }
}

impl Event {
    /// The mark that a person names.
    const fn mark(&self) -> Option<MarkId> {
        match self {
            Self::Approve(id, _) | Self::Reject(id) => Some(*id),
            _ => None,
        }
    }
}

/// The last report of an installer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalReport {
    /// [`Outcome::Done`] or [`Outcome::Failed`].
    pub outcome: Outcome,
    /// What the installer said, at most 500 characters.
    pub message: Option<String>,
    /// The loader that the installer wrote, if it is done and said so.
    pub loader: Option<LoaderPath>,
}

impl FinalReport {
    /// A report that says the outcome alone.
    pub const fn new(outcome: Outcome) -> Self {
        Self { outcome, message: None, loader: None }
    }
}

/// The conditions of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guard {
    /// This mark id was used before.
    KnownMark,
    /// The person saw the current generation.
    SeenGeneration,
    /// The mark's time ran out.
    Expired,
    /// `now` is before something that was written about the mark or its offer, by more than the
    /// tolerance.
    ClockBehind,
    /// The time from which the mark may be offered has come.
    NotBeforeReached,
    /// This request is not counted, or the limit of offers is not reached.
    OffersLeft,
    /// The ticket is of the latest attempt, which is open.
    ThisAttempt,
    /// The ticket is of a claimed attempt, open or closed, latest or not.
    ClaimedAttempt,
    /// The ticket is of a closed attempt.
    ClosedAttempt,
    /// The ticket is of an attempt that ended with its claim.
    EndedByClaim,
    /// The profile claims by the first fetch of the answer file.
    ClaimsByAnswer,
    /// The answer file was not fetched yet.
    FirstAnswer,
    /// The installer has not reported yet.
    FirstReport,
    /// The report is the last one's words, and would move the deadline by less than
    /// [`Limits::report_window`].
    SaidBefore,
    /// The claimed attempt's deadline has passed.
    Overdue,
    /// The installer was heard of: it fetched its answer file, or reported.
    HasStarted,
    /// The profile says that its installs never report.
    NeverReports,
    /// The mark waits for approval.
    Waits,
    /// The person names the mark that stands.
    ThisMark,
    /// What the person looked at is what the mark installs.
    AsSeen,
    /// The person is another one than the one who gave the order.
    ByAnother,
    /// The same person has approved it already.
    ApprovedBefore,
    /// The host is protected.
    IsProtected,
    /// The host is not protected, or the new mark waits for approval.
    ObeysProtection,
}

/// What a row writes. An [`Outcome`] says how the mark or the attempt ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing.
    Keep,
    /// The order is stored.
    SetMark,
    /// A new attempt.
    Offer,
    /// The attempt's offer is counted, at most once in [`Limits::offer_window`].
    CountOffer,
    /// The mark moves into the attempt.
    TakeClaim,
    /// The same, and the attempt ends with it.
    ClaimAndClose(Outcome),
    /// The mark moves into the attempt by a report, which is stored with it.
    ClaimByReport,
    /// The install evidently runs: the install deadline counts from now.
    Start,
    /// The same, for what an installer says again and again: it leaves no audit entry.
    Progress,
    /// The reported outcome is stored, unless a better one is known.
    JoinOutcome,
    /// The mark and an open attempt of it are closed.
    CloseMark(Outcome),
    /// The open attempt is closed, a mark stays.
    CloseAttempt(Outcome),
    /// The host is held; a mark and an open attempt are closed, where there is one.
    SetHold(Option<Outcome>),
    /// The host is no longer held.
    ClearHold,
    /// The mark may be offered.
    SetApproval,
    /// The host is protected.
    SetProtection,
    /// The host is no longer protected.
    ClearProtection,
}

impl Effect {
    /// Whether the mark moves into the attempt.
    pub const fn claims(self) -> bool {
        matches!(self, Self::TakeClaim | Self::ClaimAndClose(_) | Self::ClaimByReport)
    }

    /// Whether the audit tells of it. An installer may report progress as often as it likes: that
    /// is an event, and must not fill the audit, of which nothing is ever deleted.
    pub const fn is_audited(self) -> bool {
        !matches!(self, Self::Progress)
    }

    /// How the mark or the attempt ends; `None` where neither does, or where it ends as the
    /// installer reports.
    pub const fn outcome(self) -> Option<Outcome> {
        match self {
            Self::ClaimAndClose(outcome)
            | Self::CloseMark(outcome)
            | Self::CloseAttempt(outcome) => Some(outcome),
            Self::SetHold(outcome) => outcome,
            _ => None,
        }
    }
}

/// How a row answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    /// Success. For a claim this is the only 200, for a file it is the file.
    Ok,
    /// The mark exists already.
    Stands,
    /// The stored install script.
    Script,
    /// Boot from the local disk.
    Local,
    /// 404, the same for all reasons.
    NotFound,
    /// The profile's `abort` answer, else 404.
    Abort,
    /// It is not possible now. The lease says why, and what to do.
    Conflict,
    /// There was nothing to do.
    Nothing,
    /// Something was closed first. The caller reads again and decides again.
    Again,
}

/// The numbers of the table. To change one, start from [`Limits::default`]:
///
/// ```
/// use ipxe_orch_core::lease::Limits;
/// use std::{net::IpAddr, time::Duration};
///
/// let mut limits = Limits::default();
/// limits.mark_lifetime = Duration::from_secs(2 * 60 * 60);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The largest number of counted offers of one attempt: 5.
    pub offers: u32,
    /// Boot requests of one attempt within this time are one offer: 1 minute.
    pub offer_window: Duration,
    /// Equal reports within this time, and within half of the install deadline, are one report:
    /// 1 minute.
    pub report_window: Duration,
    /// An offer that is not claimed within this time is [`super::Overdue`], and a person should
    /// look at the machine: 1 hour.
    pub claim_wait: Duration,
    /// A server neither offers a mark nor lets it be claimed if the mark or its offer is further in
    /// the future than this, because one of the two clocks is wrong: 5 minutes. A server whose
    /// clock is further behind than this installs nothing.
    pub clock_tolerance: Duration,
    /// How long a mark stands if the order does not say it: 24 hours. The mark of a first boot has
    /// no end.
    pub mark_lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            offers: 5,
            offer_window: Duration::from_mins(1),
            report_window: Duration::from_mins(1),
            claim_wait: Duration::from_hours(1),
            clock_tolerance: Duration::from_mins(5),
            mark_lifetime: Duration::from_hours(24),
        }
    }
}

/// Everything that a guard looks at.
pub(super) struct Facts<'a> {
    pub(super) lease: &'a Lease,
    pub(super) event: &'a Event,
    /// The attempt of the event's ticket, where it is not the latest.
    pub(super) earlier: Option<&'a Attempt>,
    pub(super) now: Timestamp,
    pub(super) limits: &'a Limits,
}

impl Facts<'_> {
    fn mark(&self) -> Option<&Mark> {
        self.lease.mark.as_ref()
    }

    /// The newest time that a server wrote about the mark and the attempt that stand now.
    fn written(&self) -> Option<Timestamp> {
        let marked = self.mark().map(|mark| mark.created_at);
        let attempt = self.lease.open_attempt();
        let offered = attempt.map(|attempt| attempt.offered_at.max(attempt.counted_at));
        let claimed = attempt.and_then(|attempt| attempt.claim.as_ref()).map(|claim| claim.at);
        let heard = attempt.and_then(|attempt| attempt.progress.as_ref()).map(|said| said.at);
        let answered = attempt.and_then(|attempt| attempt.answered_at);
        [marked, offered, claimed, heard, answered].into_iter().flatten().max()
    }

    /// The time from which deadlines count. It is not before what others wrote, so that a clock that
    /// is a little behind shortens no deadline. It is at most [`Limits::clock_tolerance`] after
    /// `now`, so that a clock that was far ahead once makes no deadline endless.
    pub(super) fn at(&self) -> Timestamp {
        let latest = self.now.plus(self.limits.clock_tolerance);
        self.written().map_or(self.now, |written| written.clamp(self.now, latest))
    }

    /// Whether the event approves the mark, and this holds for both.
    fn approves(&self, holds: impl Fn(&Mark, &Approved) -> bool) -> bool {
        let Event::Approve(_, approved) = self.event else { return false };
        self.mark().is_some_and(|mark| holds(mark, approved))
    }

    /// The latest attempt, if the event's ticket is its.
    fn this(&self) -> Option<&Attempt> {
        let latest = self.lease.attempt.as_ref()?;
        (self.event.attempt() == Some(latest.id)).then_some(latest)
    }

    /// The attempt of the event's ticket.
    pub(super) fn named(&self) -> Option<&Attempt> {
        self.this().or_else(|| self.earlier.filter(|a| Some(a.id) == self.event.attempt()))
    }
}

impl Guard {
    pub(super) fn holds(self, facts: &Facts<'_>) -> bool {
        let (now, limits) = (facts.now, facts.limits);
        match self {
            Self::KnownMark => matches!(facts.event, Event::Mark { known: true, .. }),
            Self::SeenGeneration => match facts.event {
                Event::Mark { seen, .. } => {
                    seen.is_none_or(|generation| generation == facts.lease.generation)
                }
                _ => false,
            },
            Self::Expired => facts.mark().and_then(|m| m.expires_at).is_some_and(|at| now >= at),
            Self::ClockBehind => {
                facts.written().is_some_and(|at| now < at.minus(limits.clock_tolerance))
            }
            Self::NotBeforeReached => {
                facts.mark().is_some_and(|m| m.not_before.is_none_or(|at| now >= at))
            }
            Self::OffersLeft => facts.lease.attempt.as_ref().is_some_and(|attempt| {
                attempt.offers < limits.offers || !counts(attempt, now, limits)
            }),
            Self::ThisAttempt => facts.this().is_some_and(Attempt::is_open),
            Self::ClaimedAttempt => facts.named().is_some_and(|a| a.claim.is_some()),
            Self::ClosedAttempt => facts.named().is_some_and(|a| a.closed.is_some()),
            Self::EndedByClaim => facts.named().is_some_and(|attempt| {
                attempt.closed.as_ref().is_some_and(|c| c.outcome == Outcome::Unreported)
            }),
            Self::ClaimsByAnswer => facts.this().is_some_and(|a| a.terms.claims_by_answer()),
            Self::FirstAnswer => facts.this().is_some_and(|a| a.answered_at.is_none()),
            Self::FirstReport => facts.this().is_some_and(|a| a.progress.is_none()),
            Self::SaidBefore => facts.this().is_some_and(|a| said_before(a, facts)),
            Self::Overdue => facts
                .lease
                .attempt
                .as_ref()
                .is_some_and(|a| a.is_open() && a.deadline.is_some_and(|at| now >= at)),
            Self::HasStarted => facts.lease.attempt.as_ref().is_some_and(Attempt::has_started),
            Self::NeverReports => facts.this().is_some_and(|a| a.terms.never_reports()),
            Self::Waits => facts.lease.waits(),
            Self::ThisMark => facts.mark().is_some_and(|mark| facts.event.mark() == Some(mark.id)),
            Self::AsSeen => facts.approves(|mark, approved| mark.pin.digest() == approved.digest),
            Self::ByAnother => facts.approves(|mark, approved| {
                mark.ordered_by.as_ref().is_some_and(|by| !by.is_same(&approved.by))
            }),
            Self::ApprovedBefore => facts.approves(|mark, approved| {
                matches!(&mark.approval, Approval::Given(before)
                    if before.by.is_same(&approved.by) && before.digest == approved.digest)
            }),
            Self::IsProtected => facts.lease.protected.is_some(),
            Self::ObeysProtection => {
                facts.lease.protected.is_none()
                    || matches!(facts.event, Event::Mark { mark, .. } if mark.approval.waits())
            }
        }
    }
}

/// Whether a boot request at `now` counts as another offer of `attempt`.
pub(super) fn counts(attempt: &Attempt, now: Timestamp, limits: &Limits) -> bool {
    now >= attempt.counted_at.plus(limits.offer_window)
}

/// Whether a report at `now` is the last one's words, and too soon to move the deadline for it.
fn said_before(attempt: &Attempt, facts: &Facts<'_>) -> bool {
    let (Event::Started(_, said), Some(last)) = (facts.event, &attempt.progress) else {
        return false;
    };
    // Half of a short deadline: a steady report keeps every install alive.
    let install = attempt.terms.install_deadline();
    let window = facts.limits.report_window.min(install / 2);
    let moved = attempt.deadline.is_some_and(|at| facts.now.plus(install) >= at.plus(window));
    last.message == *said && !moved
}

/// What only the caller can make: ids, and a rendered script.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// For [`Effect::Offer`].
    pub attempt: Option<Box<Attempt>>,
    /// For effects that claim; see [`Effect::claims`].
    pub claim: Option<ClaimId>,
    /// The address of whoever asks, if it is known. A claim keeps it.
    pub from: Option<IpAddr>,
}

/// What the store compares before it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The row's generation.
    pub generation: Generation,
    /// The standing mark.
    pub mark: Option<MarkId>,
    /// The latest attempt.
    pub attempt: Option<AttemptId>,
}

impl Expected {
    /// As `lease` was read.
    pub fn of(lease: &Lease) -> Self {
        Self {
            generation: lease.generation,
            mark: lease.mark.as_ref().map(|mark| mark.id),
            attempt: lease.attempt.as_ref().map(|attempt| attempt.id),
        }
    }
}
