//! Imports of hosts.

use super::WarningView;
use crate::service::imports::PlannedImport;
use ipxe_orch_core::{
    fleet::RowProblem, host::FieldChange, names::HostName, orchestrator::HostWarning,
};
use serde::Serialize;

/// What an import of hosts does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImportView {
    /// The number of new hosts.
    pub new: usize,
    /// The number of hosts that change.
    pub changed: usize,
    /// The changes of known hosts: each field, with its old and new value. Secrets are masked.
    pub changes: Vec<HostChangesView>,
    /// The number of hosts that are already as wanted.
    pub unchanged: usize,
    /// The hosts that are installed at their next boot.
    pub installs: Vec<HostName>,
    /// What is probably wrong with these installs.
    pub warnings: Vec<WarningView>,
    /// The problems of the file: what cannot be read, or contradicts registered hosts.
    pub problems: Vec<ProblemView>,
    /// Whether this is only what would be changed.
    pub dry_run: bool,
}

impl ImportView {
    /// The view of a plan, with the changes of known hosts.
    pub fn new(planned: &PlannedImport, changes: Vec<HostChangesView>, dry_run: bool) -> Self {
        let warning = |(host, warning): (HostName, &HostWarning)| WarningView::new(&host, warning);
        Self {
            new: planned.created(),
            changed: planned.edited(),
            changes,
            unchanged: planned.unchanged(),
            installs: planned.installed().collect(),
            warnings: planned.warnings().map(warning).collect(),
            problems: planned.problems.iter().map(ProblemView::from).collect(),
            dry_run,
        }
    }
}

/// What changes of one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostChangesView {
    /// The host.
    pub host: HostName,
    /// Its fields that change, in the order of their paths.
    pub fields: Vec<FieldChange>,
}

impl From<(HostName, Vec<FieldChange>)> for HostChangesView {
    fn from((host, fields): (HostName, Vec<FieldChange>)) -> Self {
        Self { host, fields }
    }
}

/// Something that is wrong in a file of hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProblemView {
    /// The line.
    pub line: u64,
    /// The column, if the problem is in one.
    pub column: Option<&'static str>,
    /// The problem and the remedy.
    pub message: String,
}

impl From<&RowProblem> for ProblemView {
    fn from(problem: &RowProblem) -> Self {
        let RowProblem { line, column, message } = problem;
        Self { line: *line, column: *column, message: message.clone() }
    }
}
