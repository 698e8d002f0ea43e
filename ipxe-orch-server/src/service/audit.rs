//! The audit is verified.

use super::ServiceError;
use ipxe_orch_core::{
    audit::{ChainError, ChainHead, ChainVerifier, HeadsError, open_heads},
    auth::ReadAudit,
    orchestrator::{Caller, Orchestrator},
};
use serde::Deserialize;
use std::sync::Arc;

/// How many entries are read at once.
const PAGE: u32 = 1000;

/// Verifies the audit.
#[derive(Clone)]
pub struct AuditService {
    orchestrator: Arc<Orchestrator>,
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
        Self { orchestrator }
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
