//! The audit's rows.

use super::{
    checkpoints,
    dialect::Dialect,
    driver::Session,
    error::Done,
    row::{Columns, Row, to_i64, to_json},
    scope,
    statement::{Bind as _, Statement, Value},
};
use ipxe_orch_core::{
    audit::{AuditEntry, ChainHead, ChainedEntry},
    auth::Grant,
    digest::Digest,
    ids::{ChainId, HostId},
    stores::StoreError,
};

/// An entry that is ready to be chained; made before the write lock is taken.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) at: i64,
    pub(super) host: Option<HostId>,
    pub(super) action: String,
    pub(super) text: String,
}

impl Entry {
    pub(super) fn new(entry: &AuditEntry) -> Result<Self, StoreError> {
        Ok(Self {
            at: entry.at.as_millis(),
            host: entry.host,
            action: entry.action.clone(),
            text: to_json(entry)?,
        })
    }

    /// The values of the columns `chain, sequence, at, host_id, action, text, hash`, of the entry as
    /// it stands in its chain.
    pub(super) fn row(&self, chained: ChainedEntry) -> Result<Vec<Value>, StoreError> {
        Ok(vec![
            chained.chain.into_value(),
            to_i64(chained.sequence)?.into_value(),
            self.at.into_value(),
            self.host.into_value(),
            self.action.as_str().into_value(),
            chained.text.into_value(),
            chained.hash.into_value(),
        ])
    }
}

/// The end of a chain.
pub(super) async fn head(session: &mut dyn Session, chain: ChainId) -> Done<ChainHead> {
    let sql = "SELECT sequence, hash FROM audit WHERE chain = ? ORDER BY sequence DESC";
    let mut query = Statement::new(sql).bind(chain);
    query.push_limit(session.dialect(), 1);
    let Some(row) = session.row(query).await? else { return Ok(ChainHead::empty(chain)) };
    let columns = Columns { row: &row, table: "audit", key: "sequence" };
    let hash = Digest::from_bytes(columns.bytes("hash")?);
    Ok(ChainHead { chain, sequence: columns.number("sequence")?, hash })
}

/// Whether the chain has this very entry, or had it before its oldest part was removed.
pub(super) async fn has_head(session: &mut dyn Session, head: &ChainHead) -> Done<bool> {
    const SQL: &str = "SELECT sequence FROM audit WHERE chain = ? AND sequence = ? AND hash = ?";
    if head.sequence == 0 {
        return Ok(true);
    }
    let Ok(sequence) = to_i64(head.sequence) else { return Ok(false) };
    let query = Statement::new(SQL).bind(head.chain).bind(sequence).bind(head.hash);
    if session.row(query).await?.is_some() {
        return Ok(true);
    }
    let removed = checkpoints::of(session, head.chain).await?;
    Ok(removed.is_some_and(|checkpoint| checkpoint.covers(head)))
}

/// Entries after `after`, by chain and sequence; with a narrower scope those of its hosts.
pub(super) async fn read(
    session: &mut dyn Session,
    grant: &Grant,
    after: Option<ChainHead>,
    limit: u32,
) -> Done<Vec<ChainedEntry>> {
    let mut entries = Vec::new();
    for part in parts(after)? {
        let read = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        let left = i64::from(limit).saturating_sub(read);
        if left > 0 {
            let query = query(session.dialect(), grant, part, left);
            for row in &session.rows(query).await? {
                entries.push(entry(row)?);
            }
        }
    }
    Ok(entries)
}

/// A range of the audit. One statement for several ranges would sort them.
#[derive(Clone, Copy)]
pub(super) enum Part {
    All,
    /// The rest of a chain.
    Chain(ChainId, i64),
    /// The chains after this one.
    Chains(ChainId),
}

fn parts(after: Option<ChainHead>) -> Done<Vec<Part>> {
    Ok(match after {
        None => vec![Part::All],
        Some(head) => {
            vec![Part::Chain(head.chain, to_i64(head.sequence)?), Part::Chains(head.chain)]
        }
    })
}

pub(super) fn query(dialect: Dialect, grant: &Grant, part: Part, limit: i64) -> Statement {
    let mut query = Statement::new("SELECT chain, sequence, text, hash FROM audit WHERE ");
    match part {
        Part::All => query.push("1 = 1"),
        Part::Chain(chain, sequence) => {
            query.push("chain = ").push_bind(chain).push(" AND sequence > ").push_bind(sequence)
        }
        Part::Chains(chain) => query.push("chain > ").push_bind(chain),
    };
    if !grant.scope().is_all() {
        query.push(" AND EXISTS (SELECT 1 FROM hosts h WHERE h.id = audit.host_id");
        scope::push(&mut query, grant.scope());
        query.push(")");
    }
    query.push(" ORDER BY chain, sequence").push_limit(dialect, limit);
    query
}

fn entry(row: &Row) -> Done<ChainedEntry> {
    let columns = Columns { row, table: "audit", key: "chain" };
    Ok(ChainedEntry {
        chain: ChainId::from_bytes(columns.bytes("chain")?),
        sequence: columns.number("sequence")?,
        text: columns.get("text")?,
        hash: Digest::from_bytes(columns.bytes("hash")?),
    })
}
