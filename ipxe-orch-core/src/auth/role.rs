//! The roles: sets of actions, as data.

use super::Action::{
    self, ApproveMarks, BuildImages, ChangeHosts, ManageAccess, ManageKeys, MarkHosts, ReadAudit,
    ReleaseHolds, SeeHosts, SeeMetrics,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A role. A [`Binding`](super::Binding) gives it to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Sees hosts, profiles and events.
    Viewer,
    /// Changes hosts and profiles, and builds images.
    ConfigEditor,
    /// Marks hosts for an install.
    Reimager,
    /// Approves what others ordered, and releases holds.
    Approver,
    /// Reads the audit.
    Auditor,
    /// Reads the figures for monitoring, and nothing else. It is meant for programs.
    Monitor,
    /// Gives roles, and manages keys and tokens.
    SecurityAdmin,
    /// Does everything but read the audit. It is meant for emergencies.
    Admin,
}

/// A role is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a role: write one of {}", crate::text::shown(.0), names())]
pub struct UnknownRole(String);

impl Role {
    /// All roles.
    pub const ALL: [Self; 8] = [
        Self::Viewer,
        Self::ConfigEditor,
        Self::Reimager,
        Self::Approver,
        Self::Auditor,
        Self::Monitor,
        Self::SecurityAdmin,
        Self::Admin,
    ];

    /// What it allows.
    ///
    /// Duties are separated: who changes configurations does not order installs, who orders does
    /// not approve, and an administrator does not read the audit.
    pub const fn actions(self) -> &'static [Action] {
        match self {
            Self::Viewer => &[SeeHosts],
            Self::ConfigEditor => &[SeeHosts, ChangeHosts, BuildImages],
            Self::Reimager => &[SeeHosts, MarkHosts],
            Self::Approver => &[SeeHosts, ApproveMarks, ReleaseHolds],
            Self::Auditor => &[SeeHosts, ReadAudit],
            Self::Monitor => &[SeeMetrics],
            Self::SecurityAdmin => &[ReadAudit, ManageAccess, ManageKeys],
            Self::Admin => &[
                SeeHosts,
                ChangeHosts,
                BuildImages,
                MarkHosts,
                ApproveMarks,
                ReleaseHolds,
                ManageAccess,
                ManageKeys,
                SeeMetrics,
            ],
        }
    }

    /// Whether it allows `action`.
    pub fn allows(self, action: Action) -> bool {
        self.actions().contains(&action)
    }

    /// Its name in files, commands and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::ConfigEditor => "config_editor",
            Self::Reimager => "reimager",
            Self::Approver => "approver",
            Self::Auditor => "auditor",
            Self::Monitor => "monitor",
            Self::SecurityAdmin => "security_admin",
            Self::Admin => "admin",
        }
    }
}

fn names() -> String {
    Role::ALL.map(Role::name).join(", ")
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let unknown = || UnknownRole(text.to_owned());
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// The matrix, for people. Whoever changes a role changes this text, and a reviewer sees it.
    #[test]
    fn the_matrix_of_actions_and_roles() {
        let mut text = format!("{:16}", "");
        for role in Role::ALL {
            write!(text, " {:>14}", role.name()).unwrap();
        }
        for action in Action::ALL {
            write!(text, "\n{:16}", action.to_string()).unwrap();
            for role in Role::ALL {
                write!(text, " {:>14}", if role.allows(action) { "x" } else { "-" }).unwrap();
            }
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn names_are_those_of_files() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
            assert_eq!(role.name().parse::<Role>().unwrap(), role);
        }
        assert!("root".parse::<Role>().unwrap_err().to_string().contains("security_admin"));
    }
}
