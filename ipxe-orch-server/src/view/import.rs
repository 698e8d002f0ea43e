//! Imports of hosts.

use super::WarningView;
use ipxe_orch_core::{
    fleet::RowProblem,
    host::FieldChange,
    names::HostName,
    orchestrator::{HostChange, Import},
};
use serde::Serialize;

/// What an import of hosts does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImportView {
    /// How many hosts are new.
    pub new: usize,
    /// How many change.
    pub changed: usize,
    /// What changes of known hosts: each field, with its old and new value. Secrets are masked.
    pub changes: Vec<HostChangesView>,
    /// How many are as wanted already.
    pub unchanged: usize,
    /// The hosts that their next boot installs.
    pub installs: Vec<HostName>,
    /// What is probably wrong with these installs.
    pub warnings: Vec<WarningView>,
    /// What of the file was not understood, or contradicts what is registered.
    pub problems: Vec<ProblemView>,
    /// Nothing was changed: this is what would be.
    pub dry_run: bool,
}

impl ImportView {
    /// What `import` does; `problems` are of hosts that it leaves out.
    pub fn new(import: &Import, problems: &[RowProblem], dry_run: bool) -> Self {
        Self {
            new: import.created(),
            changed: import.edited(),
            changes: HostChangesView::all(import),
            unchanged: import.unchanged(),
            installs: import.installs().cloned().collect(),
            warnings: WarningView::all(import.warnings().iter().map(|(host, what)| (host, what))),
            problems: problems.iter().map(ProblemView::from).collect(),
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

impl HostChangesView {
    /// The hosts that an import edits, in the order of the file.
    pub fn all(import: &Import) -> Vec<Self> {
        let edited = |(host, change): &(HostName, HostChange)| match change {
            HostChange::Edited(fields) => Some(Self { host: host.clone(), fields: fields.clone() }),
            _ => None,
        };
        import.changes().iter().filter_map(edited).collect()
    }
}

/// Something that is wrong in a file of hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProblemView {
    /// In which line.
    pub line: u64,
    /// In which column, if it is one's.
    pub column: Option<&'static str>,
    /// What, and the remedy.
    pub message: String,
}

impl From<&RowProblem> for ProblemView {
    fn from(problem: &RowProblem) -> Self {
        let RowProblem { line, column, message } = problem;
        Self { line: *line, column: *column, message: message.clone() }
    }
}
