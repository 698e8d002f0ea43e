//! What people are told of without having to ask: failed installs, contradicting machines, and what
//! is about to expire.
//!
//! A [`Notice`] is what happened, as data; [`Notice::subject`] and [`Notice::body`] are its texts.
//! A [`Notifier`] delivers it, as mail or to a program. Nothing in it is a secret, and nothing that a
//! machine has sent stands in its texts as it was sent.

mod event;
mod sign;
mod text;

pub use sign::{SIGNATURE_HEADER, sign, verify};

use crate::{boot::Refusal, digest::Digest};
use crate::{ids::AttemptId, ids::HostId, lease::Overdue, names::HostName, time::Timestamp};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Something that somebody should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notice {
    /// When it happened.
    pub at: Timestamp,
    /// What it is about. Servers that notice the same thing make the same key, so that it is told
    /// once.
    pub key: Digest,
    /// What happened.
    #[serde(flatten)]
    pub kind: NoticeKind,
}

/// The host of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeHost {
    /// Its id, which stays.
    pub id: HostId,
    /// Its name at that time, if it was registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<HostName>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "notice")]
#[non_exhaustive]
pub enum NoticeKind {
    /// The installer said that it failed.
    InstallFailed {
        /// The host.
        host: NoticeHost,
        /// The attempt.
        attempt: Option<AttemptId>,
        /// What the installer said, made safe to show.
        said: String,
    },
    /// An install, a mark or an offer is overdue.
    InstallOverdue {
        /// The host.
        host: NoticeHost,
        /// What should have happened.
        what: Overdue,
        /// Since when.
        since: Timestamp,
    },
    /// A machine with the secret of a host contradicts what is registered for it.
    IdentityConflict {
        /// The host.
        host: NoticeHost,
        /// How.
        why: Refusal,
        /// From where.
        origin: String,
    },
    /// Machines that are not registered boot from images of this installation. It is told at most
    /// once in a span of time.
    UnknownMachines {
        /// How many in that time.
        count: u64,
    },
    /// Somebody used the role for emergencies, or a local account while the directory was down.
    BreakGlass {
        /// Who, as the audit names it.
        who: String,
        /// For what.
        action: String,
    },
    /// Something is about to expire.
    Expiring {
        /// What it is.
        what: Expiring,
        /// Its name or id.
        name: String,
        /// When it ends.
        ends_at: Timestamp,
    },
    /// The database was set back, or is another one. Nothing is installed until somebody accepts it.
    DatabaseRestored {
        /// What was found.
        why: String,
    },
    /// Somebody has asked for a test of a target.
    Test {
        /// Who.
        who: String,
    },
}

/// What is about to expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Expiring {
    /// An API token.
    Token,
    /// A key of the data directory.
    Key,
    /// The certificate of a listener, a directory or a sink.
    Certificate,
}

impl NoticeKind {
    /// The name of the kind, as in JSON and in the settings.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::InstallFailed { .. } => "install_failed",
            Self::InstallOverdue { .. } => "install_overdue",
            Self::IdentityConflict { .. } => "identity_conflict",
            Self::UnknownMachines { .. } => "unknown_machines",
            Self::BreakGlass { .. } => "break_glass",
            Self::Expiring { .. } => "expiring",
            Self::DatabaseRestored { .. } => "database_restored",
            Self::Test { .. } => "test",
        }
    }

    /// All names that settings may choose from.
    pub const NAMES: [&'static str; 7] = [
        "install_failed",
        "install_overdue",
        "identity_conflict",
        "unknown_machines",
        "break_glass",
        "expiring",
        "database_restored",
    ];
}

impl Notice {
    /// A notice about `what`, which is the same text wherever the same thing is noticed.
    pub fn new(at: Timestamp, kind: NoticeKind, what: &str) -> Self {
        let key = Digest::of_parts([kind.name().as_bytes(), what.as_bytes()]);
        Self { at, key, kind }
    }
}

/// Why a notice was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotifyError {
    /// It may succeed later.
    #[error("{0}")]
    Later(String),
    /// It will fail again as it is: the target refuses it.
    #[error("{0}")]
    Never(String),
}

/// Delivers notices to one target.
///
/// # Rules
/// - It says that a notice is delivered only if the target has taken it.
/// - It ends within a minute, whatever the target does.
/// - It may be called with a notice that was delivered before: a receiver tells that by its key.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Delivers it.
    ///
    /// # Errors
    /// [`NotifyError`] says whether it makes sense to try again.
    async fn deliver(&self, notice: &Notice) -> Result<(), NotifyError>;
}
