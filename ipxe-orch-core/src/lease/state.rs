//! The lease as it is stored.

use super::{ClosedMark, Mark, Pin};
use crate::{
    host::LoaderPath,
    ids::{AttemptId, ClaimId, Generation, ImageGeneration, MarkId},
    profile::Terms,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr};

/// The install lease of a host: its mark, and its latest attempt.
///
/// A claim moves the mark into the attempt. So a second claim finds no mark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The number of writes to the host's row.
    pub generation: Generation,
    /// Images of an older generation are revoked.
    pub min_image_generation: ImageGeneration,
    /// If the host is held: nothing is installed until a release.
    pub held: Option<Hold>,
    /// If the host is protected: each of its marks waits until a second person approves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protected: Option<Box<Protection>>,
    /// The mark that stands.
    pub mark: Option<Mark>,
    /// How the last mark ended, if it was not claimed. A new mark removes this, so it is never
    /// older than the latest attempt.
    pub last_mark: Option<ClosedMark>,
    /// The latest attempt, open or closed.
    pub attempt: Option<Attempt>,
    /// The UEFI loader of the installed system, as the last install that is done has named it.
    /// `None` if it named none. Marks, failed installs and edits of the host leave it as it is,
    /// because they leave the disk as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loader: Option<LoaderPath>,
}

/// A hold: nothing is installed until a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The person who held the host.
    pub by: String,
    /// The time.
    pub at: Timestamp,
    /// The reason, if the person gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The protection of a host: each of its marks waits until a second person approves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// The person who protected the host.
    pub by: String,
    /// The time.
    pub at: Timestamp,
    /// The reason, if the person gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One try to fulfil a mark: the offer to the machine, and how it went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The id. The ticket is made from it.
    pub id: AttemptId,
    /// The mark that it belongs to.
    pub mark: MarkId,
    /// What is installed.
    pub pin: Pin,
    /// The profile's claim rule and deadlines, as they were then.
    pub terms: Terms,
    /// The install script, with a place for the ticket: see [`Self::script_with`]. Each repeated
    /// boot request gets the same bytes.
    pub script: String,
    /// When it was first offered.
    pub offered_at: Timestamp,
    /// The number of offers. Within 60 s, at most one is counted.
    pub offers: u32,
    /// When an offer was last counted.
    pub counted_at: Timestamp,
    /// The claim, once there is one.
    pub claim: Option<Claim>,
    /// When the answer file was first fetched.
    pub answered_at: Option<Timestamp>,
    /// What the installer last said of its progress.
    pub progress: Option<Progress>,
    /// The time at which a claimed attempt has failed if no report has come.
    pub deadline: Option<Timestamp>,
    /// How it ended, once it has.
    pub closed: Option<Closed>,
}

impl Attempt {
    /// Whether it has not ended.
    pub const fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether it is claimed and has not ended: an install is under way.
    pub const fn is_running(&self) -> bool {
        self.is_open() && self.claim.is_some()
    }

    /// Whether the installer has started: it has fetched its answer file, or reported.
    pub const fn has_started(&self) -> bool {
        self.answered_at.is_some() || self.progress.is_some()
    }
}

/// The one claim of a mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// By which a server finds its own claim again.
    pub id: ClaimId,
    /// The time.
    pub at: Timestamp,
    /// By a report instead of the claim step.
    pub by_report: bool,
    /// The address from which it came. `None` if that is not known, as for claims of release 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<IpAddr>,
}

/// The last progress report of an installer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The time.
    pub at: Timestamp,
    /// What it said, at most 500 characters.
    pub message: String,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// The time.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// What the installer said, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How an attempt or a mark ended. If reports of one attempt disagree, the variant that comes later
/// in this list wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Not claimed: the mark's time ran out.
    Expired,
    /// Not claimed: it was offered too often.
    OffersUsedUp,
    /// Not claimed: this server's clock is behind the mark's or the offer's.
    ClockBehind,
    /// Not claimed: the mark was cancelled.
    Cancelled,
    /// Not claimed: the second person did not want it.
    Rejected,
    /// Not claimed: the host was held.
    Held,
    /// Not claimed: its database was restored or replaced, and an operator accepted that.
    Voided,
    /// Not claimed: a new script was wanted; the mark stands.
    Withdrawn,
    /// Claimed, by a profile that never reports.
    Unreported,
    /// Claimed, then given up by a person; the install may still run.
    Abandoned,
    /// Claimed, but no answer file was fetched in time: the disk is likely untouched.
    NotStarted,
    /// Claimed and started, but not finished in time.
    TimedOut,
    /// Claimed; the installer said that it failed.
    Failed,
    /// Claimed; the installer said that it is done.
    Done,
}

impl Outcome {
    /// Whether only a claimed attempt can end so.
    pub fn is_of_claimed(self) -> bool {
        self >= Self::Unreported
    }

    /// The place in the order of outcomes, as a database compares it: the greater one wins. It is
    /// stored, so that it never changes; the gaps are for outcomes to come.
    pub const fn rank(self) -> u32 {
        match self {
            Self::Expired => 10,
            Self::OffersUsedUp => 20,
            Self::ClockBehind => 30,
            Self::Cancelled => 40,
            Self::Rejected => 45,
            Self::Held => 50,
            Self::Voided => 60,
            Self::Withdrawn => 70,
            Self::Unreported => 80,
            Self::Abandoned => 90,
            Self::NotStarted => 100,
            Self::TimedOut => 110,
            Self::Failed => 120,
            Self::Done => 130,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "expired",
            Self::OffersUsedUp => "offers used up",
            Self::ClockBehind => "clock behind",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
            Self::Held => "held",
            Self::Voided => "voided",
            Self::Withdrawn => "withdrawn",
            Self::Unreported => "unreported",
            Self::Abandoned => "abandoned",
            Self::NotStarted => "not started",
            Self::TimedOut => "timed out",
            Self::Failed => "failed",
            Self::Done => "done",
        })
    }
}

/// The phase of a lease. It follows from mark, attempt and hold, and is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No mark, no open attempt.
    Idle,
    /// A mark, no open attempt.
    Marked,
    /// A mark and an open, unclaimed attempt.
    Offered,
    /// No mark, an open, claimed attempt.
    Installing,
    /// As idle, and nothing may change that but a release.
    Held,
}

impl Phase {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Idle, Self::Marked, Self::Offered, Self::Installing, Self::Held];
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "idle",
            Self::Marked => "marked",
            Self::Offered => "offered",
            Self::Installing => "installing",
            Self::Held => "held",
        })
    }
}

impl Lease {
    /// The phase of the lease.
    pub fn phase(&self) -> Phase {
        let open = self.attempt.as_ref().filter(|attempt| attempt.is_open());
        match (&self.held, &self.mark, open) {
            (Some(_), _, _) => Phase::Held,
            (None, Some(_), Some(_)) => Phase::Offered,
            (None, Some(_), None) => Phase::Marked,
            (None, None, Some(_)) => Phase::Installing,
            (None, None, None) => Phase::Idle,
        }
    }

    /// How the last mark or attempt ended.
    pub(super) fn last_outcome(&self) -> Option<Outcome> {
        let attempt = self.attempt.as_ref().and_then(|attempt| attempt.closed.as_ref());
        let mark = self.last_mark.as_ref().map(|mark| mark.outcome);
        mark.or_else(|| attempt.map(|closed| closed.outcome))
    }

    /// For people: the phase, or how the last mark or attempt of an idle host ended.
    pub fn status(&self) -> String {
        match (self.phase(), self.last_outcome()) {
            (Phase::Idle, None) => "registered".to_owned(),
            (Phase::Idle, Some(Outcome::Done)) => "installed".to_owned(),
            (Phase::Idle, Some(Outcome::NotStarted)) => "failed (not started)".to_owned(),
            // "held" would say that it still is.
            (Phase::Idle, Some(Outcome::Held)) => "closed by a hold".to_owned(),
            (Phase::Idle, Some(outcome)) => outcome.to_string(),
            (Phase::Marked, _) if self.waits() => "waiting for approval".to_owned(),
            (phase, _) => phase.to_string(),
        }
    }

    /// Whether it has a mark that waits for approval.
    pub fn waits(&self) -> bool {
        self.mark.as_ref().is_some_and(|mark| mark.approval.waits())
    }
}
