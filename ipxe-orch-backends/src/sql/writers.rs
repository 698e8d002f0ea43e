//! The programs that write into a database at the same time, one row for each.
//!
//! A transaction sees what others have committed before each of its statements. What it has read
//! once, such as the epoch, may therefore be past when it commits. So each transaction first writes
//! the row of its program, and the acceptance of a restored database writes all rows. Two that write
//! one row wait for each other; in a cluster, one of them is rolled back. Hence no transaction
//! reads an epoch and commits in the next one. Programs that share an audit chain share a row, too,
//! and so wait for each other instead of appending the same entry twice.

use super::{driver::Session, error::Done, statement::Statement};
use ipxe_orch_core::ids::ChainId;

/// The first statement of a transaction. What it reads after that counts until its end.
pub(super) async fn enter(session: &mut dyn Session, chain: ChainId) -> Done<()> {
    const SQL: &str = "UPDATE writers SET writes = writes + 1 WHERE chain = ?";
    if session.dialect().has_one_writer()
        || session.run(Statement::new(SQL).bind(chain)).await? == 1
    {
        return Ok(());
    }
    // An acceptance that is under way does not see a new row, but it writes this one.
    session.run(Statement::new("UPDATE meta SET checked_at = checked_at + 1")).await?;
    let new = Statement::new("INSERT INTO writers (chain, writes) VALUES (?, 1)").bind(chain);
    session.run(new).await?;
    Ok(())
}

/// Waits for all transactions that have begun; those that begin later wait for this one.
pub(super) async fn wait_for_all(session: &mut dyn Session) -> Done<()> {
    if !session.dialect().has_one_writer() {
        session.run(Statement::new("UPDATE writers SET writes = writes + 1")).await?;
    }
    Ok(())
}

/// A write that changes nothing but the time of the last check.
pub(super) async fn check(session: &mut dyn Session, chain: ChainId, at: i64) -> Done<()> {
    let check = if session.dialect().has_one_writer() {
        Statement::new("UPDATE meta SET checked_at = ?").bind(at)
    } else {
        Statement::new("UPDATE writers SET checked_at = ? WHERE chain = ?").bind(at).bind(chain)
    };
    session.run(check).await?;
    Ok(())
}
