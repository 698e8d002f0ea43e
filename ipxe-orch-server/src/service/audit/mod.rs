//! The audit is verified, and a restored database is accepted.

mod verify;

pub use verify::{AuditError, GivenHeads, KeptHeads, VerifiedAudit, verify_export};

use super::ServiceError;
use ipxe_orch_backends::local::{FileError, HighWaterMark, KeptHead};
use ipxe_orch_core::{
    audit::AuditFilter,
    auth::{ManageKeys, ReadAudit},
    orchestrator::{
        AcceptedDatabase, Caller, CheckError, Orchestrator, OrchestratorError, StandingMarks,
    },
};
use std::sync::Arc;
use verify::Verifier;

/// The acceptance, as the audit names it.
const ACCEPT: &str = "database.accept_restore";

/// Verifies the audit, and accepts restored databases.
#[derive(Clone)]
pub struct AuditService {
    orchestrator: Arc<Orchestrator>,
    mark: Option<HighWaterMark>,
}

/// Why a database is not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The database does not answer.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// It is accepted, but the file with the last head of the data directory is as it was.
    #[error("the database is accepted, but this data directory still has the old head")]
    File(#[from] FileError),
}

impl AuditService {
    /// For the audit of `orchestrator`.
    pub const fn new(orchestrator: Arc<Orchestrator>) -> Self {
        Self { orchestrator, mark: None }
    }

    /// With the file that has the last head which this data directory has seen.
    #[must_use]
    pub fn with_mark(self, mark: HighWaterMark) -> Self {
        Self { mark: Some(mark), ..self }
    }

    /// Why the database must be accepted before it installs anything; none if it need not.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or the database does not answer.
    pub async fn doubt(
        &self,
        caller: &Caller,
    ) -> Result<Option<String>, ServiceError<AcceptError>> {
        self.orchestrator.authorize_for_all::<ManageKeys>(caller, ACCEPT, None).await?;
        match self.orchestrator.check_store().await {
            Ok(_) | Err(CheckError::Clock(_) | CheckError::DatabaseClock(_)) => {}
            Err(error) => return Err(ServiceError::Work(error.into())),
        }
        Ok(self.orchestrator.doubt().map(|why| why.to_string()))
    }

    /// What [`Self::accept`] would close now.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or the database does not answer.
    pub async fn standing_marks(&self, caller: &Caller) -> Result<StandingMarks, ServiceError> {
        Ok(self.orchestrator.standing_marks(caller).await?)
    }

    /// Accepts the database as it is: all its marks and offers become void, and it gets a new
    /// epoch. Servers go on within 5 seconds. What was claimed, cancelled or held since the copy
    /// was made is not known.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, there is nothing to accept, or the database does not answer.
    pub async fn accept(
        &self,
        caller: &Caller,
    ) -> Result<AcceptedDatabase, ServiceError<AcceptError>> {
        self.doubt(caller).await?;
        let kept = self.mark.as_ref().and_then(|mark| mark.read().ok()?);
        let instead_of = kept.and_then(|kept| kept.epoch).into_iter().collect();
        let accepted = self.orchestrator.accept_database(caller, instead_of).await?;
        if let Some(mark) = &self.mark {
            let head = self.orchestrator.audit_head().await?;
            let kept = KeptHead { head, epoch: Some(accepted.epoch) };
            mark.write(&kept).map_err(|error| ServiceError::Work(error.into()))?;
        }
        Ok(accepted)
    }

    /// Reads every chain from its start or its checkpoint, and checks that no entry was changed or
    /// removed. `kept` has heads that were kept elsewhere. Without them, nobody notices a cut at the
    /// end and a forged chain.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, the heads cannot be used, or the audit is broken.
    pub async fn verify(
        &self,
        caller: &Caller,
        kept: Option<GivenHeads<'_>>,
    ) -> Result<VerifiedAudit, ServiceError<AuditError>> {
        const VERIFY: &str = "audit.verify";
        self.orchestrator.authorize_for_all::<ReadAudit>(caller, VERIFY, None).await?;
        let keys = self.orchestrator.keys();
        let mut verifier = Verifier::new(keys, kept, false).await.map_err(ServiceError::Work)?;
        let filter = AuditFilter::default();
        let mut reading = self.orchestrator.read_audit(caller, VERIFY, filter, None).await?;
        let mut number = 0_usize;
        while let Some(lines) = reading.next().await.map_err(OrchestratorError::from)? {
            for line in lines {
                number = number.saturating_add(1);
                verifier.push(number, line).await.map_err(ServiceError::Work)?;
            }
        }
        verifier.finish().map_err(ServiceError::Work)
    }
}
