//! Databases are copied, backed up and restored.

mod restore;

pub use restore::{RestoreDatabase, restore};

use super::{ServiceError, with_causes, work::end};
use ipxe_orch_backends::sql::{Copied, CopyEnd, CopyError, CopyJob, CopyProgress, backup, copy};
use ipxe_orch_core::{
    audit::{AuditEntry, AuditOutcome},
    auth::ManageKeys,
    ids::ChainId,
    orchestrator::{Caller, Orchestrator},
};
use std::{path::Path, sync::Arc};

const COPY: &str = "database.copy";
const BACKUP: &str = "database.backup";

/// Copies a database and makes backups of it.
#[derive(Clone)]
pub struct DatabaseService {
    orchestrator: Arc<Orchestrator>,
    database: CopyEnd,
    chain: ChainId,
}

/// Where a database is copied to.
#[derive(Clone, Debug)]
pub struct CopyDatabase {
    /// The new database.
    pub to: CopyEnd,
    /// Its name without a password, for the audit and for people.
    pub name: String,
    /// The old database is used no more: it names the new one.
    pub retire: bool,
}

impl DatabaseService {
    /// For the database of `orchestrator`. `chain` is the audit chain of this data directory.
    pub const fn new(orchestrator: Arc<Orchestrator>, database: CopyEnd, chain: ChainId) -> Self {
        Self { orchestrator, database, chain }
    }

    /// Copies the database. The audit of both says that it was begun, and that of the copy that it
    /// is done: after the copy nothing is written into the old one.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or [`CopyError`].
    pub async fn copy(
        &self,
        caller: &Caller,
        request: CopyDatabase,
        told: impl FnMut(CopyProgress) + Send,
    ) -> Result<Copied, ServiceError<CopyError>> {
        let CopyDatabase { to, name, retire } = request;
        let detail = if retire { format!("moved to {name}") } else { format!("to {name}") };
        let begun = self.orchestrator.begin::<ManageKeys>(caller, COPY, Some(detail.clone()));
        let task = begun.await?;
        let mut job = CopyJob::default();
        job.entry = Some((self.chain, self.done(caller, COPY, detail)));
        job.retire_for = retire.then_some(name);
        match copy(&self.database, &to, &job, told).await {
            Ok(copied) => Ok(copied),
            Err(error) => {
                if let Err(unrecorded) = task.failed(&with_causes(&error)).await {
                    tracing::error!(error = %unrecorded, "the audit does not say that work failed");
                }
                Err(ServiceError::Work(error))
            }
        }
    }

    /// Makes a backup in a new file.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or [`CopyError`].
    pub async fn backup(
        &self,
        caller: &Caller,
        file: &Path,
        told: impl FnMut(CopyProgress) + Send,
    ) -> Result<Copied, ServiceError<CopyError>> {
        let detail = Some(format!("to {}", file.display()));
        let task = self.orchestrator.begin::<ManageKeys>(caller, BACKUP, detail).await?;
        let done = backup(&self.database, file, self.orchestrator.now(), told).await;
        end(task, done.map_err(ServiceError::Work), |_| format!("to {}", file.display())).await
    }

    fn done(&self, caller: &Caller, action: &str, detail: String) -> AuditEntry {
        let (actor, origin) = (caller.actor().clone(), caller.origin.clone());
        let mut entry = AuditEntry::new(self.orchestrator.now(), actor, origin, action);
        (entry.outcome, entry.detail) = (AuditOutcome::Done, Some(detail));
        entry
    }
}
