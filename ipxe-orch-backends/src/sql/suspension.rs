//! Why nothing is installed with a database until an operator accepts it, as the database itself
//! says it. What a machine has seen of a database shows the same, but not to a machine that is new.

use ipxe_orch_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The reason, as the column `meta.suspended` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Suspension {
    /// It was restored from a backup: what was claimed or cancelled since is not in it.
    Restored { at: Timestamp },
    /// It was moved: another database has it now.
    Moved { to: String },
    /// A newer program has another reason.
    #[serde(other)]
    Other,
}

impl Suspension {
    /// What the column says.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or(Self::Other)
    }

    pub(super) const fn is_moved(&self) -> bool {
        matches!(self, Self::Moved { .. })
    }

    /// The reason for people, with the remedy.
    pub(super) fn why(&self) -> String {
        match self {
            Self::Restored { .. } => {
                "the database was restored from a backup, and lacks what was done since; installs \
                 are suspended: accept it (`database accept-restore`)"
                    .to_owned()
            }
            Self::Moved { to } => format!(
                "the database was moved to {to}: use that one. Only if it is lost, accept this one \
                 in its place (`database accept-restore`)"
            ),
            Self::Other => "the database says that nothing may be installed with it: update \
                 ipxe-orch, or accept it (`database accept-restore`)"
                .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_what_is_new_suspends_too() {
        let restored = Suspension::Restored { at: Timestamp::from_millis(7) };
        for one in [restored, Suspension::Moved { to: "mysql://db/x".to_owned() }] {
            assert_eq!(Suspension::read(&serde_json::to_string(&one).unwrap()), one);
        }
        for text in ["\"frozen\"", "{\"frozen\":{\"at\":7}}", ""] {
            assert_eq!(Suspension::read(text), Suspension::Other, "{text}");
        }
    }
}
