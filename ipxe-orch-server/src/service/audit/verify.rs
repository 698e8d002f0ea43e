//! The audit is verified, in the database or as it was exported.

use ipxe_orch_core::{
    audit::{
        AuditLine, ChainError, ChainHead, ChainVerifier, ChainedEntry, CheckpointError, HeadsError,
        InvalidLine, SealedCheckpoint, open_heads,
    },
    digest::Digest,
    ids::ChainId,
    keys::KeyProvider,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

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

/// Heads that were kept elsewhere, as they are given to [`AuditService::verify`](super::AuditService::verify).
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
    /// Nobody removed the oldest part of a chain in the way that leaves a genuine checkpoint.
    #[error("the audit is broken")]
    Checkpoint(#[from] CheckpointError),
    /// A line of an exported audit.
    #[error("line {line}")]
    Line {
        /// The line.
        line: usize,
        /// What is wrong with it.
        source: InvalidLine,
    },
    /// A line was exported by somebody who may read only some of the entries.
    #[error("line {0} lacks the hash before: whoever exported it may read only some entries")]
    Scoped(usize),
    /// The exported audit cannot be read.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
}

/// Unsealed heads: the output of `audit verify --json`, or its list alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Bare {
    Printed { heads: Vec<ChainHead> },
    List(Vec<ChainHead>),
}

/// Verifies an exported audit: lines of `audit export`, which need no database. The lines of each
/// chain are in their order.
///
/// With `partial` lines may be missing and repeated, as after a filter, or in what was forwarded.
/// Then each line is compared with its own hash and its neighbours, and an end before a kept head is
/// no error.
///
/// # Errors
/// [`AuditError`] tells the first line that is wrong. It is [`AuditError::Broken`] as well if a chain
/// neither begins at its start nor at a checkpoint.
pub async fn verify_export(
    lines: impl Iterator<Item = io::Result<String>>,
    keys: &dyn KeyProvider,
    kept: Option<GivenHeads<'_>>,
    partial: bool,
) -> Result<VerifiedAudit, AuditError> {
    let mut verifier = Verifier::new(keys, kept, partial).await?;
    for (index, line) in lines.enumerate() {
        let (number, line) = (index.saturating_add(1), line?);
        if line.trim().is_empty() {
            continue;
        }
        let parsed = AuditLine::parse(&line);
        let line = parsed.map_err(|source| AuditError::Line { line: number, source })?;
        verifier.push(number, line).await?;
    }
    verifier.finish()
}

/// Takes lines, from a database or a file.
pub(super) struct Verifier<'a> {
    keys: &'a dyn KeyProvider,
    chains: ChainVerifier,
    kept: Option<KeptHeads>,
    with_head: BTreeSet<ChainId>,
    /// What came already, if it may come again.
    came: Option<BTreeMap<(ChainId, u64), Digest>>,
}

impl<'a> Verifier<'a> {
    pub(super) async fn new(
        keys: &'a dyn KeyProvider,
        kept: Option<GivenHeads<'_>>,
        partial: bool,
    ) -> Result<Self, AuditError> {
        let (known, kept) = match kept {
            Some(given) => open(keys, given).await?,
            None => (Vec::new(), None),
        };
        let with_head = known.iter().map(|head| head.chain).collect();
        let chains = ChainVerifier::with_heads(known);
        Ok(Self { keys, chains, kept, with_head, came: partial.then(BTreeMap::new) })
    }

    pub(super) async fn push(&mut self, number: usize, line: AuditLine) -> Result<(), AuditError> {
        let (entry, before) = match line {
            AuditLine::Entry { entry, before } => (entry, before),
            AuditLine::Checkpoint(sealed) => return self.begin_after(&sealed).await,
        };
        let before = before.ok_or(AuditError::Scoped(number))?;
        let Some(came) = &mut self.came else { return Ok(self.chains.push(&entry)?) };
        let ChainedEntry { chain, sequence, hash, .. } = entry;
        let start = ChainHead { chain, sequence: sequence.saturating_sub(1), hash: before };
        // A repeated line is compared with the first one of its place.
        let first = *came.entry((chain, sequence)).or_insert(hash);
        let genuine = start.append(entry.text.clone()).hash == hash && start.sequence < sequence;
        if first != hash || !genuine {
            return Err(ChainError::Changed { chain, sequence }.into());
        }
        if self.chains.is_behind(&entry) {
            self.chains.begin_after(start)?;
            self.chains.push(&entry)?;
        }
        Ok(())
    }

    async fn begin_after(&mut self, sealed: &SealedCheckpoint) -> Result<(), AuditError> {
        let checkpoint = sealed.open(self.keys).await?;
        Ok(self.chains.begin_after(checkpoint.head)?)
    }

    pub(super) fn finish(self) -> Result<VerifiedAudit, AuditError> {
        let Self { chains, kept, with_head, came, .. } = self;
        let (entries, heads) = if came.is_some() { chains.so_far() } else { chains.finish()? };
        let without = heads.iter().map(|head| head.chain).filter(|_| kept.is_some());
        let without_head = without.filter(|chain| !with_head.contains(chain)).collect();
        Ok(VerifiedAudit { entries, heads, kept, without_head })
    }
}

/// The heads that prove something.
async fn open(
    keys: &dyn KeyProvider,
    given: GivenHeads<'_>,
) -> Result<(Vec<ChainHead>, Option<KeptHeads>), AuditError> {
    let (mut heads, sealed) = match serde_json::from_str(given.text) {
        Ok(Bare::Printed { heads } | Bare::List(heads)) => (heads, false),
        Err(_) => (self::sealed(given.text, keys).await?, true),
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

async fn sealed(text: &str, keys: &dyn KeyProvider) -> Result<Vec<ChainHead>, AuditError> {
    match open_heads(text, keys).await {
        Ok(sealed) => Ok(sealed.iter().map(|sealed| sealed.head).collect()),
        Err(HeadsError::Format(1)) => Err(AuditError::NoHeads),
        Err(error) => Err(AuditError::Heads(error)),
    }
}
