//! Imports of hosts.

use super::WarningView;
use ipxe_orch_core::{fleet::RowProblem, names::HostName, orchestrator::Import};
use serde::Serialize;

/// What an import of hosts does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImportView {
    /// How many hosts are new.
    pub new: usize,
    /// How many change.
    pub changed: usize,
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
            unchanged: import.unchanged(),
            installs: import.installs().cloned().collect(),
            warnings: WarningView::all(import.warnings().iter().map(|(host, what)| (host, what))),
            problems: problems.iter().map(ProblemView::from).collect(),
            dry_run,
        }
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
