//! Where a host stands, in one word: what lists are filtered by.

use super::{Lease, Outcome, Phase};
use std::{fmt, str::FromStr};

/// Where a host stands. It follows from the lease, without a clock: a mark whose time has run out
/// counts as standing until that is stored.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HostState {
    /// It was never marked.
    Registered,
    /// It has a mark, and is not offered its install yet.
    Marked,
    /// It has a mark that waits for approval.
    Waiting,
    /// It is offered its install.
    Offered,
    /// It has claimed its install.
    Installing,
    /// Its last install is done, or its profile never reports.
    Installed,
    /// Its last install was claimed, and is not done.
    Failed,
    /// Its last mark ended before it was claimed.
    Closed,
    /// It is held.
    Held,
}

/// The text is not a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a state of a host: the states are {}", crate::text::shown(.0), names())]
pub struct InvalidHostState(String);

impl HostState {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Registered,
        Self::Marked,
        Self::Waiting,
        Self::Offered,
        Self::Installing,
        Self::Installed,
        Self::Failed,
        Self::Closed,
        Self::Held,
    ];

    /// The word. Databases store it, so that it never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Marked => "marked",
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Installing => "installing",
            Self::Installed => "installed",
            Self::Failed => "failed",
            Self::Closed => "closed",
            Self::Held => "held",
        }
    }
}

fn names() -> String {
    HostState::ALL.map(HostState::as_str).join(", ")
}

impl fmt::Display for HostState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for HostState {
    type Err = InvalidHostState;

    fn from_str(text: &str) -> Result<Self, InvalidHostState> {
        let named = Self::ALL.into_iter().find(|state| state.as_str() == text);
        named.ok_or_else(|| InvalidHostState(text.to_owned()))
    }
}

impl Lease {
    /// Where its host stands.
    pub fn state(&self) -> HostState {
        match (self.phase(), self.last_outcome()) {
            (Phase::Marked, _) if self.waits() => HostState::Waiting,
            (Phase::Marked, _) => HostState::Marked,
            (Phase::Offered, _) => HostState::Offered,
            (Phase::Installing, _) => HostState::Installing,
            (Phase::Held, _) => HostState::Held,
            (Phase::Idle, None) => HostState::Registered,
            (Phase::Idle, Some(Outcome::Done | Outcome::Unreported)) => HostState::Installed,
            (Phase::Idle, Some(outcome)) if outcome.is_of_claimed() => HostState::Failed,
            (Phase::Idle, Some(_)) => HostState::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_word() {
        for state in HostState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        let error = "idle".parse::<HostState>().unwrap_err().to_string();
        assert!(error.contains("registered, marked"), "{error}");
    }
}
