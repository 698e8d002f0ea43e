//! Why a second person is needed, and what a mark counts for.

use super::{Limit, PolicyRecord};
use crate::names::PolicyName;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a mark waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Need {
    /// The host is protected.
    Protected,
    /// This policy wants it for each install.
    Policy(PolicyName),
    /// As many installs as this policy allows are armed already.
    Limit(PolicyName),
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protected => f.write_str("the host is protected"),
            Self::Policy(name) => write!(f, "the policy {name} wants a second person"),
            Self::Limit(name) => write!(f, "the limit of the policy {name} is reached"),
        }
    }
}

/// The place that a mark takes of the limit of a policy, as the limit was when it was ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The policy.
    pub policy: PolicyName,
    /// Its limit.
    #[serde(flatten)]
    pub limit: Limit,
}

impl Count {
    /// Of this policy, if it has a limit.
    pub(super) fn of(record: &PolicyRecord) -> Option<Self> {
        let limit = record.policy.rules.limit?;
        Some(Self { policy: record.policy.name.clone(), limit })
    }
}
