//! The second person.

use crate::{auth::Actor, digest::Digest, policy::Need, time::Timestamp};
use serde::{Deserialize, Serialize};

/// Whether a second person must approve a mark, and has. A mark that waits is not offered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Approval {
    /// Nobody needs to approve it.
    #[default]
    Unneeded,
    /// It waits, for these reasons.
    Waiting(Vec<Need>),
    /// Somebody approved it.
    Given(Box<Approved>),
}

/// Who approved a mark, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// The person.
    pub by: Actor,
    /// The time.
    pub at: Timestamp,
    /// The [`Pin::digest`](super::Pin::digest) of what the person looked at.
    pub digest: Digest,
}

impl Approval {
    /// Whether the mark waits.
    pub const fn waits(&self) -> bool {
        matches!(self, Self::Waiting(_))
    }

    /// Why an approval is needed.
    pub fn needs(&self) -> &[Need] {
        match self {
            Self::Waiting(needs) => needs,
            Self::Unneeded | Self::Given(_) => &[],
        }
    }

    pub(super) const fn is_unneeded(&self) -> bool {
        matches!(self, Self::Unneeded)
    }
}

impl From<Vec<Need>> for Approval {
    fn from(needs: Vec<Need>) -> Self {
        if needs.is_empty() { Self::Unneeded } else { Self::Waiting(needs) }
    }
}
