//! What is stored of a host's installs.

use crate::{
    digest::Digest,
    host::{HostSpec, Other},
    ids::{AttemptId, ClaimId, Generation, ImageGeneration, MarkId},
    names::ProfileName,
    profile::Terms,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A host's install lease: an order (mark), and the latest offer of it to the machine (attempt).
///
/// Claiming moves the mark into the attempt, so that a mark is claimed at most once by
/// construction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Counts the writes to the host's row.
    pub generation: Generation,
    /// Images of an older generation are revoked.
    pub min_image_generation: ImageGeneration,
    /// Nothing may be installed until a release.
    pub held: Option<Hold>,
    /// A standing order.
    pub mark: Option<Mark>,
    /// How the last mark ended, if it was never claimed. A new mark takes its place, so that it
    /// is never older than the latest attempt.
    pub last_mark: Option<ClosedMark>,
    /// The latest attempt, open or closed.
    pub attempt: Option<Attempt>,
}

/// Why, by whom and when a host was held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An order to install, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Its id, never used twice.
    pub id: MarkId,
    /// When it was given.
    pub created_at: Timestamp,
    /// From then on it is not offered or claimed; first-boot marks have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Until then it is not offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// What it installs; later edits do not change it.
    pub pin: Pin,
    /// Who gave it.
    pub by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Ticket or change number of another system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_ref: Option<String>,
    /// Who approved it, where that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// Fields that a newer version added.
    #[serde(flatten)]
    pub other: Other,
}

/// A mark that ended without a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedMark {
    /// The mark's id.
    pub id: MarkId,
    /// When it ended.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
}

/// A profile's version and the specification that a mark covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The profile.
    pub profile: ProfileName,
    /// Its version: the digest of its files.
    pub version: Digest,
    /// The host's specification.
    pub spec: HostSpec,
}

/// One offer of an install to a machine, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its id; the ticket is made of it.
    pub id: AttemptId,
    /// Of which order.
    pub mark: MarkId,
    /// What is installed.
    pub pin: Pin,
    /// The profile's claim rule and deadlines, as they were then.
    pub terms: Terms,
    /// The script, the same for each repeated boot request.
    pub script: String,
    /// When it was first offered.
    pub offered_at: Timestamp,
    /// Offers counted, at most one in 60 s.
    pub offers: u32,
    /// When an offer was last counted.
    pub counted_at: Timestamp,
    /// The claim, once there is one.
    pub claim: Option<Claim>,
    /// When the answer file was first fetched.
    pub answered_at: Option<Timestamp>,
    /// What the installer last said of its progress.
    pub progress: Option<Progress>,
    /// A claimed attempt that says nothing by then has failed.
    pub deadline: Option<Timestamp>,
    /// How it ended, once it has.
    pub closed: Option<Closed>,
}

impl Attempt {
    /// Whether it has not ended.
    pub const fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether the installer was heard of: it fetched its answer file, or reported.
    pub const fn has_started(&self) -> bool {
        self.answered_at.is_some() || self.progress.is_some()
    }
}

/// The one claim of a mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// By which a server finds its own claim again.
    pub id: ClaimId,
    /// When.
    pub at: Timestamp,
    /// By a report instead of the claim step.
    pub by_report: bool,
}

/// The last word of a running installer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// When.
    pub at: Timestamp,
    /// What it said, at most 500 characters.
    pub message: String,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// When.
    pub at: Timestamp,
    /// How.
    pub outcome: Outcome,
    /// What the installer said, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How an attempt or a mark ended; a later variant wins when reports of one attempt disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Not claimed: the mark's time ran out.
    Expired,
    /// Not claimed: it was offered too often.
    OffersUsedUp,
    /// Not claimed: this server's clock is behind the mark's.
    ClockBehind,
    /// Not claimed: the mark was cancelled.
    Cancelled,
    /// Not claimed: the host was held.
    Held,
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
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "expired",
            Self::OffersUsedUp => "offers used up",
            Self::ClockBehind => "clock behind",
            Self::Cancelled => "cancelled",
            Self::Held => "held",
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

/// Where a lease stands; derived, never stored.
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
    /// Where it stands.
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
    fn last_outcome(&self) -> Option<Outcome> {
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
            (phase, _) => phase.to_string(),
        }
    }
}
