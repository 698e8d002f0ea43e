//! What came of registering, editing, marking and other operations on hosts.

use super::{Time, WarningView};
use ipxe_orch_core::{
    host::FieldChange,
    ids::{HostId, MarkId},
    names::HostName,
    orchestrator::{Marked, Relearn},
};
use serde::Serialize;

/// A host was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RegisteredView {
    pub name: HostName,
    /// Whether its next boot installs it.
    pub installs: bool,
    pub warnings: Vec<WarningView>,
}

/// A discovered machine was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ApprovedView {
    pub name: HostName,
    pub id: HostId,
    /// Whether its next boot installs it.
    pub installs: bool,
    pub warnings: Vec<WarningView>,
}

/// A host was edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ChangedHostView {
    pub name: HostName,
    /// Whether it was another before.
    pub changed: bool,
    /// The fields that have changed; secrets are masked.
    pub changes: Vec<FieldChange>,
}

/// A host was renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RenamedView {
    pub id: HostId,
    pub from: HostName,
    pub name: HostName,
}

/// A host was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RemovedView {
    pub name: HostName,
    pub id: HostId,
}

/// A host was not operated on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RefusedView {
    pub name: HostName,
    /// Why, with the remedy.
    pub error: String,
}

/// A host was marked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct MarkedView {
    pub name: HostName,
    pub mark: MarkId,
    /// Whether this order made the mark; otherwise the same order was given before.
    pub created: bool,
    pub status: String,
    pub warnings: Vec<WarningView>,
}

impl MarkedView {
    /// What came of the order for the host `name`.
    pub fn new(name: &HostName, marked: &Marked) -> Self {
        let status = marked.lease.status();
        let warnings = WarningView::all(marked.warnings.iter().map(|warning| (name, warning)));
        Self { name: name.clone(), mark: marked.id, created: marked.created, status, warnings }
    }
}

/// A host's mark was cancelled, its install abandoned, and so on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct OperatedView {
    pub name: HostName,
    pub status: String,
}

/// What comes of an operation on one of several hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum EachView<T> {
    /// It was done.
    Done(T),
    /// It was refused.
    Refused(RefusedView),
}

impl<T> EachView<T> {
    /// Whether it was refused.
    pub const fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// A host's board was learnt again.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RelearntView {
    pub name: HostName,
    /// When the machine showed it.
    pub seen_at: Time,
    pub changes: Vec<LearntView>,
}

impl RelearntView {
    /// What was learnt of the host `name`.
    pub fn new(name: &HostName, relearn: &Relearn) -> Self {
        let changes = relearn.changes.iter();
        let learnt = |(what, old, new): &(&'static str, Option<String>, Option<String>)| {
            LearntView { what, old: old.clone(), new: new.clone() }
        };
        let changes = changes.map(learnt).collect();
        Self { name: name.clone(), seen_at: Time(relearn.at), changes }
    }
}

/// Something that a machine shows otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct LearntView {
    pub what: &'static str,
    pub old: Option<String>,
    /// None is no longer checked.
    pub new: Option<String>,
}
