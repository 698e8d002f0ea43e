//! Where audit chains begin whose oldest part was removed.

use super::{
    driver::Session,
    error::Done,
    row::{Columns, Row, to_i64, to_json},
    statement::Statement,
    work::Work,
};
use ipxe_orch_core::{
    audit::{ChainHead, SealedCheckpoint},
    ids::ChainId,
    stores::StoreError,
};

/// By chain.
pub(super) async fn list(session: &mut dyn Session) -> Done<Vec<SealedCheckpoint>> {
    let query = Statement::new("SELECT chain, sealed FROM audit_checkpoints ORDER BY chain");
    session.rows(query).await?.iter().map(checkpoint).collect()
}

/// That of a chain.
pub(super) async fn of(
    session: &mut dyn Session,
    chain: ChainId,
) -> Done<Option<SealedCheckpoint>> {
    let query = Statement::new("SELECT chain, sealed FROM audit_checkpoints WHERE chain = ?");
    session.row(query.bind(chain)).await?.as_ref().map(checkpoint).transpose()
}

/// Removes the entries up to the checkpoint.
pub(super) async fn prune(work: &mut Work<'_>, sealed: &SealedCheckpoint) -> Done<()> {
    const LATER: &str = "SELECT max(sequence) AS newest FROM audit WHERE chain = ?";
    const SAME: &str = "SELECT sequence FROM audit WHERE chain = ? AND sequence = ? AND hash = ?";
    const DELETE: &str = "DELETE FROM audit WHERE chain = ? AND sequence <= ?";
    let checkpoint = sealed.unverified();
    let ChainHead { chain, sequence, hash } = checkpoint.head;
    let sequence = to_i64(sequence)?;
    let session = &mut work.session;
    let same = Statement::new(SAME).bind(chain).bind(sequence).bind(hash);
    if session.row(same).await?.is_none() {
        return Err(StoreError::Conflict.into());
    }
    let last = session.row(Statement::new(LATER).bind(chain)).await?;
    let last = last.map(|row| Columns { row: &row, table: "audit", key: "newest" }.get("newest"));
    if last.transpose()?.unwrap_or(0_i64) <= sequence {
        return Err(StoreError::Invalid("the last entry of a chain stays".to_owned()).into());
    }
    put(session, sealed).await?;
    let delete = Statement::new(DELETE).bind(chain).bind(sequence);
    if session.run(delete).await? != checkpoint.removed {
        return Err(StoreError::Conflict.into());
    }
    Ok(())
}

async fn put(session: &mut dyn Session, sealed: &SealedCheckpoint) -> Done<()> {
    const UPDATE: &str = "UPDATE audit_checkpoints SET sequence = ?, sealed = ? \
        WHERE chain = ? AND sequence < ?";
    const INSERT: &str = "INSERT INTO audit_checkpoints (chain, sequence, sealed) VALUES (?, ?, ?)";
    let ChainHead { chain, sequence, .. } = sealed.unverified().head;
    let (sequence, text) = (to_i64(sequence)?, to_json(sealed)?);
    let update = Statement::new(UPDATE);
    let update = update.bind(sequence).bind(text.as_str()).bind(chain).bind(sequence);
    if session.run(update).await? == 0 {
        let insert = Statement::new(INSERT).bind(chain).bind(sequence).bind(text.as_str());
        session.run(insert).await?;
    }
    Ok(())
}

fn checkpoint(row: &Row) -> Done<SealedCheckpoint> {
    Columns { row, table: "audit_checkpoints", key: "chain" }.json("sealed")
}
