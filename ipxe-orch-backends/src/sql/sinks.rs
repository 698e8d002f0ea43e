//! How far the audit was forwarded.

use super::{
    driver::Session,
    error::Done,
    row::{Columns, to_i64, to_json},
    statement::Statement,
    work::Work,
};
use ipxe_orch_core::{audit::SinkState, stores::StoreError};

/// By chain and sink.
pub(super) async fn list(session: &mut dyn Session) -> Done<Vec<SinkState>> {
    let query = Statement::new("SELECT chain, state FROM audit_sinks ORDER BY chain, sink");
    let state = |row| Columns { row, table: "audit_sinks", key: "chain" }.json("state");
    session.rows(query).await?.iter().map(state).collect()
}

/// A new one, or the next of the one that is there.
pub(super) async fn put(work: &mut Work<'_>, state: &SinkState) -> Done<()> {
    const INSERT: &str = "INSERT INTO audit_sinks (chain, sink, generation, state) \
        SELECT ?, ?, ?, ? FROM meta WHERE NOT EXISTS \
        (SELECT 1 FROM audit_sinks s WHERE s.chain = ? AND s.sink = ?)";
    const UPDATE: &str = "UPDATE audit_sinks SET generation = ?, state = ? \
        WHERE chain = ? AND sink = ? AND generation = ?";
    let (chain, text) = (state.position.chain, to_json(state)?);
    let (new, old) = (to_i64(state.generation)?, to_i64(state.generation.saturating_sub(1))?);
    let statement = if old == 0 {
        let insert = Statement::new(INSERT).bind(chain).bind(state.sink).bind(new);
        insert.bind(text.as_str()).bind(chain).bind(state.sink)
    } else {
        let update = Statement::new(UPDATE).bind(new).bind(text.as_str());
        update.bind(chain).bind(state.sink).bind(old)
    };
    one(work.session.run(statement).await?)
}

pub(super) async fn remove(work: &mut Work<'_>, state: &SinkState) -> Done<()> {
    const DELETE: &str = "DELETE FROM audit_sinks WHERE chain = ? AND sink = ? AND generation = ?";
    let delete = Statement::new(DELETE).bind(state.position.chain).bind(state.sink);
    one(work.session.run(delete.bind(to_i64(state.generation)?)).await?)
}

fn one(rows: u64) -> Done<()> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict.into()) }
}
