//! The audit is verified, and a restored database is accepted.

use super::ServiceError;
use ipxe_orch_backends::local::{FileError, HighWaterMark, KeptHead};
use ipxe_orch_core::{
    audit::{ChainError, ChainHead, ChainVerifier, HeadsError, open_heads},
    auth::{ManageKeys, ReadAudit},
    ids::ChainId,
    orchestrator::{AcceptedDatabase, Caller, CheckError, Orchestrator},
};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::Arc};

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
    /// The chains of which no head was given, if any heads were given. Nobody would notice if one
    /// of these had been cut or forged.
    pub without_head: Vec<ChainId>,
}

/// Heads that were kept elsewhere, as they are given to [`AuditService::verify`].
#[derive(Clone, Copy, Debug)]
pub struct GivenHeads<'a> {
    /// Sealed heads, one in a line, or JSON with unsealed ones.
    pub text: &'a str,
    /// Whether unsealed heads count. They are worth as much as the place where they were kept.
    pub unsealed: bool,
}

/// The heads with which an audit was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptHeads {
    /// How many. A head of an empty chain proves nothing and is not counted.
    pub count: usize,
    /// Whether they are sealed.
    pub sealed: bool,
}

/// Why the audit is not verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The text does not contain any head of a chain with entries. Comparing with it would prove
    /// nothing.
    #[error("it holds no audit heads")]
    NoHeads,
    /// The heads have no seal, and unsealed ones were not allowed.
    #[error("its audit heads have no seal: whoever can change the file can change them")]
    Unsealed,
    /// The heads cannot be opened.
    #[error(transparent)]
    Heads(HeadsError),
    /// An entry was changed or removed.
    #[error("the audit is broken")]
    Broken(#[from] ChainError),
}

/// Unsealed heads: the output of `audit verify --json`, or its list alone.
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
            Ok(_) | Err(CheckError::Clock(_) | CheckError::DatabaseClock(_)) => {}
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
    /// has heads that were kept elsewhere. Without them, nobody notices a cut at the end and a
    /// forged chain.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, the heads cannot be used, or the audit is broken.
    pub async fn verify(
        &self,
        caller: &Caller,
        kept: Option<GivenHeads<'_>>,
    ) -> Result<VerifiedAudit, ServiceError<AuditError>> {
        self.orchestrator.authorize::<ReadAudit>(caller, "audit.read").await?;
        let (known, kept) = match kept {
            Some(given) => self.open(given).await.map_err(ServiceError::Work)?,
            None => (Vec::new(), None),
        };
        let with_head: BTreeSet<ChainId> = known.iter().map(|head| head.chain).collect();
        let mut verifier = ChainVerifier::with_heads(known);
        let mut after = None;
        loop {
            let page = self.orchestrator.audit(caller, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(ChainHead::after(last));
            page.iter().try_for_each(|entry| verifier.push(entry)).map_err(broken)?;
        }
        let (entries, heads) = verifier.finish().map_err(broken)?;
        let chains = heads.iter().map(|head| head.chain).filter(|_| kept.is_some());
        let without_head = chains.filter(|chain| !with_head.contains(chain)).collect();
        Ok(VerifiedAudit { entries, heads, kept, without_head })
    }

    /// The heads that prove something.
    async fn open(
        &self,
        given: GivenHeads<'_>,
    ) -> Result<(Vec<ChainHead>, Option<KeptHeads>), AuditError> {
        let (mut heads, sealed) = match serde_json::from_str(given.text) {
            Ok(Bare::Printed { heads } | Bare::List(heads)) => (heads, false),
            Err(_) => (self.sealed(given.text).await?, true),
        };
        heads.retain(|head| head.sequence > 0);
        if heads.is_empty() {
            return Err(AuditError::NoHeads);
        }
        if !sealed && !given.unsealed {
            return Err(AuditError::Unsealed);
        }
        let kept = KeptHeads { count: heads.len(), sealed };
        Ok((heads, Some(kept)))
    }

    async fn sealed(&self, text: &str) -> Result<Vec<ChainHead>, AuditError> {
        match open_heads(text, self.orchestrator.keys()).await {
            Ok(sealed) => Ok(sealed.iter().map(|sealed| sealed.head).collect()),
            Err(HeadsError::Format(1)) => Err(AuditError::NoHeads),
            Err(error) => Err(AuditError::Heads(error)),
        }
    }
}

fn broken(error: ChainError) -> ServiceError<AuditError> {
    ServiceError::Work(error.into())
}
