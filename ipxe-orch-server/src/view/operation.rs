//! The results of registering, changing and marking hosts, and of other operations.

use super::{Time, WarningView};
use ipxe_orch_core::{
    host::FieldChange,
    ids::{AttemptId, HostId, MarkId},
    lease::Lease,
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
    /// Whether anything has changed.
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

/// An operation on a host was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RefusedView {
    pub name: HostName,
    /// The reason, with the remedy.
    pub error: String,
}

/// A host was marked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct MarkedView {
    pub name: HostName,
    pub mark: MarkId,
    /// Whether the mark was made just now. Otherwise the same order was given before.
    pub created: bool,
    pub status: String,
    pub warnings: Vec<WarningView>,
}

impl MarkedView {
    /// The view of the order for the host `name`.
    pub fn new(name: &HostName, marked: &Marked) -> Self {
        let status = marked.lease.status();
        let warnings =
            marked.warnings.iter().map(|warning| WarningView::new(name, warning)).collect();
        Self { name: name.clone(), mark: marked.id, created: marked.created, status, warnings }
    }
}

/// A host's mark was cancelled, its install abandoned, and so on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OperatedView {
    /// The host.
    pub name: HostName,
    /// Its lease now, in words.
    pub status: String,
    /// The mark that was closed with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_mark: Option<MarkId>,
    /// The attempt that was closed with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_attempt: Option<AttemptId>,
}

impl OperatedView {
    /// A host whose lease was `before` and is `after` now.
    pub fn new(name: HostName, before: &Lease, after: &Lease) -> Self {
        let mark = before.mark.as_ref().filter(|_| after.mark.is_none());
        let attempt = before.open_attempt().filter(|_| after.open_attempt().is_none());
        Self {
            name,
            status: after.status(),
            closed_mark: mark.map(|mark| mark.id),
            closed_attempt: attempt.map(|attempt| attempt.id),
        }
    }
}

/// The result of an operation for one of several hosts.
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

/// A host has learnt the identity of a replaced mainboard.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RelearntView {
    pub name: HostName,
    /// The time when the machine showed it.
    pub seen_at: Time,
    pub changes: Vec<LearntView>,
}

impl RelearntView {
    /// The view of what the host `name` has learnt.
    pub fn new(name: &HostName, relearn: &Relearn) -> Self {
        let changes = relearn.changes.iter();
        let learnt = |(what, old, new): &(&'static str, Option<String>, Option<String>)| {
            LearntView { what, old: old.clone(), new: new.clone() }
        };
        let changes = changes.map(learnt).collect();
        Self { name: name.clone(), seen_at: Time(relearn.at), changes }
    }
}

/// A field that the machine now shows with another value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct LearntView {
    pub what: &'static str,
    pub old: Option<String>,
    /// The new value. `None` if the field is no longer checked.
    pub new: Option<String>,
}
