//! Imports of hosts.

use ipxe_orch_core::{fleet::RowProblem, names::HostName, orchestrator::Import};
use serde::Serialize;

/// What an import of hosts does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImportView {
    /// The number of new hosts.
    pub new: usize,
    /// The number of hosts that change.
    pub changed: usize,
    /// The number of hosts that are already as wanted.
    pub unchanged: usize,
    /// The hosts that are installed at their next boot.
    pub installs: Vec<HostName>,
    /// The problems of the file: what cannot be read, or contradicts registered hosts.
    pub problems: Vec<ProblemView>,
    /// Whether this is only what would be changed.
    pub dry_run: bool,
}

impl ImportView {
    /// The view of `import`. `problems` are those of hosts that it leaves out.
    pub fn new(import: &Import, problems: &[RowProblem], dry_run: bool) -> Self {
        Self {
            new: import.created(),
            changed: import.edited(),
            unchanged: import.unchanged(),
            installs: import.installs().cloned().collect(),
            problems: problems.iter().map(ProblemView::from).collect(),
            dry_run,
        }
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
