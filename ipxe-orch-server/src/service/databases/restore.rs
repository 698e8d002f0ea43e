//! A backup becomes a database again.

use super::ServiceError;
use ipxe_orch_backends::sql::{self, Copied, CopyEnd, CopyError, CopyProgress};
use ipxe_orch_core::{
    audit::{AuditEntry, AuditOutcome},
    auth::{AuthorizeError, Authorizer, ManageKeys, authorize},
    ids::ChainId,
    orchestrator::{Caller, OrchestratorError},
    time::Timestamp,
};
use std::path::PathBuf;

/// What is restored, and where.
#[derive(Clone, Debug)]
pub struct RestoreDatabase {
    /// The backup.
    pub file: PathBuf,
    /// The empty database.
    pub to: CopyEnd,
    /// A folder for a copy of the files.
    pub scratch: PathBuf,
    /// The audit chain of this data directory.
    pub chain: ChainId,
    /// The current time.
    pub now: Timestamp,
}

/// Restores a backup into an empty database. Nothing is installed with it until an operator accepts
/// it. There is no database yet whose audit could tell that it was denied.
///
/// # Errors
/// [`ServiceError`]: denied, or [`CopyError`].
pub async fn restore(
    authorizer: &dyn Authorizer,
    caller: &Caller,
    request: RestoreDatabase,
    told: impl FnMut(CopyProgress) + Send,
) -> Result<Copied, ServiceError<CopyError>> {
    let granted = authorize::<ManageKeys>(authorizer, &caller.subject, None).await;
    let granted = granted.map_err(|error| match error {
        AuthorizeError::Store(error) => ServiceError::from(error),
        denied => denied_as(denied.to_string()),
    })?;
    if !granted.scope().is_all() {
        let why = format!("{} may manage keys only in part", caller.actor());
        return Err(denied_as(why));
    }
    let RestoreDatabase { file, to, scratch, chain, now } = request;
    let (actor, origin) = (caller.actor().clone(), caller.origin.clone());
    let mut entry = AuditEntry::new(now, actor, origin, "database.restore");
    let detail = Some(format!("from {}", file.display()));
    (entry.outcome, entry.detail) = (AuditOutcome::Done, detail);
    let done = sql::restore(&file, &to, &scratch, Some((chain, entry)), now, told).await;
    done.map_err(ServiceError::Work)
}

fn denied_as(why: String) -> ServiceError<CopyError> {
    ServiceError::Orchestrator(OrchestratorError::Denied(why))
}
