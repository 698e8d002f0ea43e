//! The audit's rows.

use super::{
    driver::Session,
    error::Done,
    row::{Columns, to_i64, to_json},
    scope,
    statement::Statement,
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

/// Whether the chain has this very entry.
pub(super) async fn has_head(session: &mut dyn Session, head: &ChainHead) -> Done<bool> {
    const SQL: &str = "SELECT sequence FROM audit WHERE chain = ? AND sequence = ? AND hash = ?";
    if head.sequence == 0 {
        return Ok(true);
    }
    let Ok(sequence) = to_i64(head.sequence) else { return Ok(false) };
    let query = Statement::new(SQL).bind(head.chain).bind(sequence).bind(head.hash);
    Ok(session.row(query).await?.is_some())
}

/// Entries after `after`, by chain and sequence; with a narrower scope those of its hosts.
pub(super) async fn read(
    session: &mut dyn Session,
    grant: &Grant,
    after: Option<ChainHead>,
    limit: u32,
) -> Done<Vec<ChainedEntry>> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let mut query = Statement::new("SELECT chain, sequence, text, hash FROM audit WHERE 1 = 1");
    if let Some(after) = after {
        query.push(" AND (chain > ").push_bind(after.chain);
        query.push(" OR (chain = ").push_bind(after.chain);
        query.push(" AND sequence > ").push_bind(to_i64(after.sequence)?).push("))");
    }
    if !grant.scope().is_all() {
        query.push(" AND EXISTS (SELECT 1 FROM hosts h WHERE h.id = audit.host_id");
        scope::push(&mut query, grant.scope());
        query.push(")");
    }
    query.push(" ORDER BY chain, sequence");
    query.push_limit(session.dialect(), i64::from(limit));
    let rows = session.rows(query).await?;
    rows.iter()
        .map(|row| {
            let columns = Columns { row, table: "audit", key: "chain" };
            Ok(ChainedEntry {
                chain: ChainId::from_bytes(columns.bytes("chain")?),
                sequence: columns.number("sequence")?,
                text: columns.get("text")?,
                hash: Digest::from_bytes(columns.bytes("hash")?),
            })
        })
        .collect()
}
