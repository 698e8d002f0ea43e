//! The actions. A role is a set of them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What can be allowed to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// See hosts, profiles and events, without secrets.
    SeeHosts,
    /// Change hosts, profiles and templates.
    ChangeHosts,
    /// Build boot images, and see previews with secrets.
    BuildImages,
    /// Mark, cancel, abandon and hold.
    MarkHosts,
    /// Approve what somebody else ordered.
    ApproveMarks,
    /// Release a hold, protect a host.
    ReleaseHolds,
    /// Read, export and verify the audit.
    ReadAudit,
    /// Manage accounts, roles, tokens and policies.
    ManageAccess,
    /// List, rotate and import keys.
    ManageKeys,
    /// Read the figures that monitoring needs. They are about all hosts.
    SeeMetrics,
    /// Boot, as a machine does. No role has it.
    Boot,
    /// Write boot events, and audit entries of actions that changed nothing. The program itself
    /// does that. No role has it.
    Record,
}

impl Action {
    /// All actions, the ones that no role has too.
    pub const ALL: [Self; 12] = [
        Self::SeeHosts,
        Self::ChangeHosts,
        Self::BuildImages,
        Self::MarkHosts,
        Self::ApproveMarks,
        Self::ReleaseHolds,
        Self::ReadAudit,
        Self::ManageAccess,
        Self::ManageKeys,
        Self::SeeMetrics,
        Self::Boot,
        Self::Record,
    ];
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SeeHosts => "see hosts",
            Self::ChangeHosts => "change hosts",
            Self::BuildImages => "build images",
            Self::MarkHosts => "mark hosts",
            Self::ApproveMarks => "approve marks",
            Self::ReleaseHolds => "release holds",
            Self::ReadAudit => "read the audit",
            Self::ManageAccess => "manage access",
            Self::ManageKeys => "manage keys",
            Self::SeeMetrics => "see metrics",
            Self::Boot => "boot",
            Self::Record => "record",
        })
    }
}

mod sealed {
    pub trait Sealed {}
}

/// An [`Action`] as a type, for [`crate::auth::Granted`].
pub trait Permission: sealed::Sealed + Send + Sync + 'static {
    /// The action.
    const ACTION: Action;
}

macro_rules! permissions {
    ($($name:ident),+ $(,)?) => {$(
        #[doc = concat!("Permission for [`Action::", stringify!($name), "`].")]
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl sealed::Sealed for $name {}

        impl Permission for $name {
            const ACTION: Action = Action::$name;
        }
    )+};
}

permissions!(
    SeeHosts,
    ChangeHosts,
    BuildImages,
    MarkHosts,
    ApproveMarks,
    ReleaseHolds,
    ReadAudit,
    ManageAccess,
    ManageKeys,
    SeeMetrics,
    Boot,
    Record,
);
