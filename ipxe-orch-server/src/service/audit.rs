//! The audit is verified, and a restored database is accepted.

use super::ServiceError;
use ipxe_orch_backends::local::{FileError, HighWaterMark, KeptHead};
use ipxe_orch_core::{
    audit::{ChainError, ChainHead, ChainVerifier, HeadsError, open_heads},
    auth::{ManageKeys, ReadAudit},
    orchestrator::{AcceptedDatabase, Caller, CheckError, Orchestrator},
};
use serde::Deserialize;
use std::sync::Arc;

/// The acceptance, as the audit names it.
const ACCEPT: &str = "audit.accept_heads";
/// How many entries are read at once.
const PAGE: u32 = 1000;

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

/// A verified audit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedAudit {
    /// The number of entries.
    pub entries: u64,
    /// The end of each chain.
    pub heads: Vec<ChainHead>,
    /// The heads that were kept elsewhere, if any were given. The audit has all of them.
    pub kept: Option<KeptHeads>,
}

/// Heads that were kept elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptHeads {
    /// How many.
    pub count: usize,
    /// Whether they are sealed. Bare ones are worth as much as the place where they were kept.
    pub sealed: bool,
}

/// Why the audit is not verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The text does not contain any heads.
    #[error("it holds no audit heads")]
    NoHeads,
    /// The heads cannot be opened.
    #[error(transparent)]
    Heads(HeadsError),
    /// An entry was changed or removed.
    #[error("the audit is broken")]
    Broken(#[from] ChainError),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Bare {
    Printed { heads: Vec<ChainHead> },
    List(Vec<ChainHead>),
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
            Ok(_) | Err(CheckError::Clock(_)) => {}
            Err(error) => return Err(ServiceError::Work(error.into())),
        }
        Ok(self.orchestrator.doubt().map(|why| why.to_string()))
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

    /// Reads every chain from its start, and checks that no entry was changed or removed. `kept`
    /// has heads that were kept elsewhere: sealed ones, one in a line, or JSON with bare ones.
    /// Without them, nobody notices a cut at the end and a forged chain.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, the heads cannot be used, or the audit is broken.
    pub async fn verify(
        &self,
        caller: &Caller,
        kept: Option<&str>,
    ) -> Result<VerifiedAudit, ServiceError<AuditError>> {
        self.orchestrator.authorize::<ReadAudit>(caller, "audit.read").await?;
        let (known, kept) = match kept {
            Some(text) => self.open(text).await.map_err(ServiceError::Work)?,
            None => (Vec::new(), None),
        };
        let mut verifier = ChainVerifier::with_heads(known);
        let mut after = None;
        loop {
            let page = self.orchestrator.audit(caller, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(ChainHead::after(last));
            page.iter().try_for_each(|entry| verifier.push(entry)).map_err(broken)?;
        }
        let (entries, heads) = verifier.finish().map_err(broken)?;
        Ok(VerifiedAudit { entries, heads, kept })
    }

    /// Sealed heads, or bare ones.
    async fn open(&self, text: &str) -> Result<(Vec<ChainHead>, Option<KeptHeads>), AuditError> {
        if let Ok(Bare::Printed { heads } | Bare::List(heads)) = serde_json::from_str(text) {
            let kept = KeptHeads { count: heads.len(), sealed: false };
            return Ok((heads, Some(kept)));
        }
        let sealed = match open_heads(text, self.orchestrator.keys()).await {
            Ok(sealed) if sealed.is_empty() => return Err(AuditError::NoHeads),
            Err(HeadsError::Format(1)) => return Err(AuditError::NoHeads),
            opened => opened.map_err(AuditError::Heads)?,
        };
        let kept = KeptHeads { count: sealed.len(), sealed: true };
        Ok((sealed.iter().map(|sealed| sealed.head).collect(), Some(kept)))
    }
}

fn broken(error: ChainError) -> ServiceError<AuditError> {
    ServiceError::Work(error.into())
}
