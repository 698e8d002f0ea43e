//! What was acknowledged, on disk, so that a long run needs no more memory than a short one.

use super::{Result, fail};
use ipxe_orch_core::{
    ids::{AttemptId, MarkId},
    lease::{Attempt, Outcome},
};
use std::{
    fs::File,
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// How an attempt ended, as its machine and the operators know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Past {
    pub(crate) ticket: String,
    pub(crate) attempt: AttemptId,
    pub(crate) mark: MarkId,
    pub(crate) claimed: bool,
    pub(crate) outcome: Outcome,
}

impl Past {
    /// Whether what is stored is what was acknowledged.
    pub(crate) fn compare(&self, stored: &Attempt) -> Result<()> {
        let outcome = stored.closed.as_ref().map(|closed| closed.outcome);
        let claimed = stored.claim.is_some();
        let same = stored.id == self.attempt && stored.mark == self.mark;
        if same && claimed == self.claimed && outcome == Some(self.outcome) {
            return Ok(());
        }
        fail(format!("what was acknowledged is not what is stored: {self:?}, but {stored:?}"))
    }
}

pub(crate) struct Journal {
    path: PathBuf,
    file: Mutex<BufWriter<File>>,
}

impl Journal {
    pub(crate) fn create(folder: &Path) -> Result<Self> {
        let path = folder.join("acknowledged.jsonl");
        let file = Mutex::new(BufWriter::new(File::create(&path)?));
        Ok(Self { path, file })
    }

    /// Nothing more will be heard of it.
    pub(crate) fn write(&self, past: &Past) -> Result<()> {
        let Past { ticket, attempt, mark, claimed, outcome } = past;
        let line = serde_json::to_string(&(ticket, attempt, mark, claimed, outcome))?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(writeln!(file, "{line}")?)
    }

    /// All of it.
    pub(crate) fn read(&self) -> Result<impl Iterator<Item = Result<Past>>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).flush()?;
        let lines = BufReader::new(File::open(&self.path)?).lines();
        Ok(lines.map(|line| {
            let (ticket, attempt, mark, claimed, outcome) = serde_json::from_str(&line?)?;
            Ok(Past { ticket, attempt, mark, claimed, outcome })
        }))
    }
}
