//! Problems of a fleet file, with their places.

use super::{MAX_PROBLEMS, columns::Column};
use crate::text::shown;
use std::fmt;

/// Something wrong with a row or with the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The line in which the row starts. The first line of the file is 1.
    pub line: u64,
    /// The column, if the problem is in one cell.
    pub column: Option<&'static str>,
    /// What is wrong, on one line that is safe to show.
    pub message: String,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = self.column {
            write!(f, ", {column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Collects problems while a file is read.
#[derive(Default)]
pub(super) struct Problems {
    found: Vec<(u64, Option<Column>, String)>,
    more: usize,
}

impl Problems {
    pub(super) fn row(&mut self, line: u64, message: impl fmt::Display) {
        self.push(line, None, &message);
    }

    pub(super) fn cell(&mut self, line: u64, column: Column, message: impl fmt::Display) {
        self.push(line, Some(column), &message);
    }

    fn push(&mut self, line: u64, column: Option<Column>, message: &dyn fmt::Display) {
        if self.found.len() < MAX_PROBLEMS {
            // It may quote a cell.
            let message = shown(&message.to_string()).into_owned();
            self.found.push((line, column, message));
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.found.len().saturating_add(self.more)
    }

    /// The problems sorted by line, and the number of those that are not listed.
    pub(super) fn into_sorted(mut self) -> (Vec<RowProblem>, usize) {
        self.found.sort();
        let problem = |(line, column, message): (u64, Option<Column>, String)| RowProblem {
            line,
            column: column.map(Column::name),
            message,
        };
        (self.found.into_iter().map(problem).collect(), self.more)
    }
}
