//! Marks: the orders of people.

use super::{Approval, Outcome};
use crate::{
    auth::Actor,
    digest::Digest,
    host::{HostSpec, Other},
    ids::MarkId,
    names::ProfileName,
    policy::{Count, Taken},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A mark: the order of a person to install a host once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The id, which is never used twice.
    pub id: MarkId,
    /// The time when the person gave the order.
    pub created_at: Timestamp,
    /// The time from which on it is not offered or claimed. The mark of a first boot has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The time before which it is not offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// What it installs. Later edits of the host or the profile do not change this.
    pub pin: Pin,
    /// The person who gave the order.
    pub by: String,
    /// The reason, if the person gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The ticket or change number of another system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_ref: Option<String>,
    /// Who ordered it. `None` for a mark of release 0.1: nobody counts as another person then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered_by: Option<Box<Actor>>,
    /// Whether a second person must approve it, and has.
    #[serde(default, skip_serializing_if = "Approval::is_unneeded")]
    pub approval: Approval,
    /// The limits of policies that it counts for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Count>,
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

/// What a mark pins: a version of a profile, and the specification of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The profile.
    pub profile: ProfileName,
    /// The version: the digest of the profile's files.
    pub version: Digest,
    /// The host's specification.
    pub spec: HostSpec,
}

impl Mark {
    /// The places of limits that it takes.
    pub fn taken(&self) -> impl Iterator<Item = Taken> {
        let taken =
            |count: &Count| Taken { count: count.clone(), installs: 1, at: self.created_at };
        self.counts.iter().map(taken)
    }
}

impl Pin {
    /// What an approval is for: the version of the profile and the specification of the host.
    pub fn digest(&self) -> Digest {
        Digest::of(format!("{} {} {}", self.profile, self.version, self.spec.digest()))
    }
}
