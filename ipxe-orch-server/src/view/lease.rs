//! Marks, attempts and holds. The script of an attempt is not shown, because it contains the
//! ticket.

use super::Time;
use ipxe_orch_core::{
    digest::Digest,
    ids::{AttemptId, MarkId},
    lease::{Approval, Attempt, Closed, ClosedMark, Hold, Mark, Outcome, Progress, Protection},
    names::ProfileName,
    policy::Need,
};
use serde::Serialize;
use std::net::IpAddr;

/// A hold: the host is not installed until a release.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct HoldView {
    /// The person who held the host.
    pub by: String,
    /// The time.
    pub at: Time,
    /// The reason that the person gave.
    pub reason: Option<String>,
}

impl From<&Hold> for HoldView {
    fn from(hold: &Hold) -> Self {
        Self { by: hold.by.clone(), at: Time(hold.at), reason: hold.reason.clone() }
    }
}

/// The protection of a host: its marks wait for a second person.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ProtectionView {
    /// The person who protected the host.
    pub by: String,
    /// The time.
    pub at: Time,
    /// The reason that the person gave.
    pub reason: Option<String>,
}

impl From<&Protection> for ProtectionView {
    fn from(protection: &Protection) -> Self {
        let Protection { by, at, reason } = protection;
        Self { by: by.clone(), at: Time(*at), reason: reason.clone() }
    }
}

/// Whether a second person must approve a mark, and has.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
#[non_exhaustive]
pub enum ApprovalView {
    /// Nobody needs to approve it.
    Unneeded,
    /// It waits, and is not offered.
    Waiting {
        /// What of the host or its policies wants a second person.
        needs: Vec<Need>,
    },
    /// It was approved.
    Given {
        /// The actor who approved it.
        by: String,
        /// The time of the approval.
        at: Time,
    },
}

impl From<&Approval> for ApprovalView {
    fn from(approval: &Approval) -> Self {
        match approval {
            Approval::Waiting(needs) => Self::Waiting { needs: needs.clone() },
            Approval::Given(approved) => {
                Self::Given { by: approved.by.to_string(), at: Time(approved.at) }
            }
            _ => Self::Unneeded,
        }
    }
}

/// An order to install a host once.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MarkView {
    /// Its id.
    pub id: MarkId,
    /// The time when it was made.
    pub created_at: Time,
    /// The time at which it expires. `None` for a mark that does not expire.
    pub expires_at: Option<Time>,
    /// The time before which it is not offered.
    pub not_before: Option<Time>,
    /// The profile that it installs.
    pub profile: ProfileName,
    /// The version of the profile.
    pub version: Digest,
    /// What an approval is for: the version of the profile and the specification of the host.
    pub digest: Digest,
    /// Whether a second person must approve it, and has.
    pub approval: ApprovalView,
    /// The person who made it.
    pub by: String,
    /// The reason that the person gave.
    pub reason: Option<String>,
    /// The ticket or change number of another system.
    pub change_ref: Option<String>,
}

impl From<&Mark> for MarkView {
    fn from(mark: &Mark) -> Self {
        Self {
            id: mark.id,
            created_at: Time(mark.created_at),
            expires_at: mark.expires_at.map(Time),
            not_before: mark.not_before.map(Time),
            profile: mark.pin.profile.clone(),
            version: mark.pin.version,
            digest: mark.pin.digest(),
            approval: (&mark.approval).into(),
            by: mark.by.clone(),
            reason: mark.reason.clone(),
            change_ref: mark.change_ref.clone(),
        }
    }
}

/// A mark that ended without a claim.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LastMarkView {
    /// Its id.
    pub id: MarkId,
    /// The time when it ended.
    pub at: Time,
    /// How it ended.
    pub outcome: Outcome,
}

impl From<&ClosedMark> for LastMarkView {
    fn from(mark: &ClosedMark) -> Self {
        Self { id: mark.id, at: Time(mark.at), outcome: mark.outcome }
    }
}

/// One try to fulfil a mark: the offer to the machine, and how it went on.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct AttemptView {
    /// Its id.
    pub id: AttemptId,
    /// The mark that it belongs to.
    pub mark: MarkId,
    /// The profile that it installs.
    pub profile: ProfileName,
    /// The version of the profile.
    pub version: Digest,
    /// The time of the first offer.
    pub offered_at: Time,
    /// The number of offers.
    pub offers: u32,
    /// The time of the claim.
    pub claimed_at: Option<Time>,
    /// The address from which the claim came, if it is known.
    pub claimed_from: Option<IpAddr>,
    /// The time when the installer first fetched an answer file.
    pub answered_at: Option<Time>,
    /// The last progress report of the installer.
    pub progress: Option<ProgressView>,
    /// The deadline for its start or its end.
    pub deadline: Option<Time>,
    /// How it ended.
    pub closed: Option<ClosedView>,
}

impl From<&Attempt> for AttemptView {
    fn from(attempt: &Attempt) -> Self {
        Self {
            id: attempt.id,
            mark: attempt.mark,
            profile: attempt.pin.profile.clone(),
            version: attempt.pin.version,
            offered_at: Time(attempt.offered_at),
            offers: attempt.offers,
            claimed_at: attempt.claim.as_ref().map(|claim| Time(claim.at)),
            claimed_from: attempt.claim.as_ref().and_then(|claim| claim.from),
            answered_at: attempt.answered_at.map(Time),
            progress: attempt.progress.as_ref().map(ProgressView::from),
            deadline: attempt.deadline.map(Time),
            closed: attempt.closed.as_ref().map(ClosedView::from),
        }
    }
}

/// A progress report of an installer.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ProgressView {
    /// The time.
    pub at: Time,
    /// The text of the report.
    pub message: String,
}

impl From<&Progress> for ProgressView {
    fn from(progress: &Progress) -> Self {
        Self { at: Time(progress.at), message: progress.message.clone() }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ClosedView {
    /// The time.
    pub at: Time,
    /// How it ended.
    pub outcome: Outcome,
    /// The message of the installer, if there was one.
    pub message: Option<String>,
}

impl From<&Closed> for ClosedView {
    fn from(closed: &Closed) -> Self {
        Self { at: Time(closed.at), outcome: closed.outcome, message: closed.message.clone() }
    }
}
