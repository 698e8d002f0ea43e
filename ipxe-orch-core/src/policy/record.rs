//! A policy as it is stored.

use super::{Meter, Window};
use crate::{auth::Hosts, host::Other, ids::Generation, names::PolicyName};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is wanted of each install of some hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name, by which errors tell of it.
    pub name: PolicyName,
    /// The hosts that it covers.
    pub hosts: Hosts,
    /// What it wants.
    pub rules: Rules,
}

/// What a policy wants. Nothing by itself; set what you need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Each install waits for a second person.
    pub approval: bool,
    /// Who marks a host gives a reason.
    pub reason: bool,
    /// Who marks a host names the change of another system.
    pub change_ref: bool,
    /// At most so many installs are armed without a second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// Marks are offered in these windows only. Without any, always. The first boot of a new host
    /// waits for none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// Fields that a newer version added.
    #[serde(flatten)]
    pub other: Other,
}

/// So many installs within such a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// How many: 1 to [`Limit::MAX`].
    pub installs: u32,
    /// The time, at any point in time the last so many seconds: 1 to 604,800, which is a week.
    pub seconds: u32,
}

impl Limit {
    /// The highest number of installs: 10,000. Their times are stored in one row.
    pub const MAX: u32 = 10_000;
    /// The longest time: a week.
    pub const LONGEST: Duration = Duration::from_hours(168);

    /// So many an hour.
    pub const fn hourly(installs: u32) -> Self {
        Self { installs, seconds: 3600 }
    }

    /// The time.
    pub fn period(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }

    /// Whether both numbers are within their bounds.
    pub fn is_valid(&self) -> bool {
        (1..=Self::MAX).contains(&self.installs)
            && (Duration::from_secs(1)..=Self::LONGEST).contains(&self.period())
    }
}

/// A policy with what a store keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRecord {
    /// The policy.
    pub policy: Policy,
    /// The number of times that it was written.
    pub generation: Generation,
    /// What was armed under its limit.
    #[serde(default)]
    pub meter: Meter,
}

/// A change of one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PutPolicy {
    /// It becomes this. `seen` is the generation that the person looked at; 0 for a new one.
    Set {
        /// The policy.
        policy: Box<Policy>,
        /// The generation before.
        seen: Generation,
    },
    /// It is removed, with its meter.
    Remove {
        /// Its name.
        name: PolicyName,
        /// The generation before.
        seen: Generation,
    },
}

impl PutPolicy {
    /// The name of the policy.
    pub const fn name(&self) -> &PolicyName {
        match self {
            Self::Set { policy, .. } => &policy.name,
            Self::Remove { name, .. } => name,
        }
    }

    /// What becomes of the policy that is stored now; `None` if it is removed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::error::StoreError::NotFound) if there is none to remove, and
    /// [`StoreError::Conflict`](crate::error::StoreError::Conflict) if it has another generation.
    pub fn apply_to(
        &self,
        before: Option<&PolicyRecord>,
    ) -> Result<Option<PolicyRecord>, crate::error::StoreError> {
        use crate::error::StoreError;
        let generation = before.map_or(Generation(0), |before| before.generation);
        match self {
            Self::Remove { .. } if before.is_none() => Err(StoreError::NotFound),
            Self::Set { seen, .. } | Self::Remove { seen, .. } if *seen != generation => {
                Err(StoreError::Conflict)
            }
            Self::Remove { .. } => Ok(None),
            Self::Set { policy, .. } => Ok(Some(PolicyRecord {
                policy: (**policy).clone(),
                generation: generation.next(),
                // A changed limit counts what was armed before.
                meter: before.map_or_else(Meter::default, |before| before.meter.clone()),
            })),
        }
    }
}
