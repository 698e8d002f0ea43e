//! How far a copy is, and what it has copied.

use super::super::output::note;
use ipxe_orch_backends::sql::{Copied, CopyProgress};

/// A table with more rows than this is told of more than once.
const STEP: u64 = 100_000;

/// Tells each table when it is done, and how far a long one is.
#[derive(Default)]
pub(super) struct Told {
    table: Option<(&'static str, u64)>,
}

impl Told {
    pub(super) fn tell(&mut self, progress: CopyProgress) {
        match progress {
            CopyProgress::Wrote { table, rows } => {
                let before = self.table.filter(|(before, _)| *before == table);
                if before.is_none() {
                    self.end();
                }
                if before.is_some_and(|(_, before)| before / STEP < rows / STEP) {
                    note(format_args!("{table}: {rows} rows until now"));
                }
                self.table = Some((table, rows));
            }
            CopyProgress::Compared { table, rows } if rows >= STEP => {
                self.end();
                note(format_args!("{table}: {rows} rows read again, and the same"));
            }
            _ => self.end(),
        }
    }

    /// The table before is done.
    fn end(&mut self) {
        if let Some((table, rows)) = self.table.take() {
            note(format_args!("{table}: {rows} rows"));
        }
    }
}

/// What a person must know of a copy that is done.
pub(super) fn warn(copied: &Copied) {
    if let Some(broken) = &copied.broken {
        note(format_args!(
            "warning: the audit is broken, in the copy as in its source: {broken}; see \
             `ipxe-orch audit verify`"
        ));
    }
}

/// All rows of a copy.
pub(super) fn rows(copied: &Copied) -> u64 {
    copied.tables.iter().fold(0, |sum, (_, rows)| sum.saturating_add(*rows))
}
