//! The database that is copied into. Until its row of `meta` is written, no other command uses it.

use super::{
    super::{
        audit::Entry,
        dialect::Dialect,
        driver::Transaction,
        error::Done,
        migrate,
        statement::{Statement, Value},
        suspension::Suspension,
    },
    CopyError, CopyJob,
    side::Side,
    source::Meta,
    tables::{AUDIT, EVENTS, MAIN, Part, Table, UNPROVED},
};
use ipxe_orch_core::{audit::ChainHead, ids::ChainId};

/// All tables, each before those that it refers to.
fn backwards() -> impl Iterator<Item = &'static Table> {
    MAIN.iter().chain([&EVENTS, &UNPROVED]).rev()
}

/// Marks the target as incomplete. An incomplete copy that was cut off before is deleted; nothing
/// else is.
pub(super) async fn clear(side: &dyn Side) -> Result<(), CopyError> {
    let target = |failure| CopyError::Target(super::refused(side, failure));
    if is_complete(side).await.map_err(target)? {
        if let Some(table) = first_with_rows(side).await.map_err(target)? {
            return Err(CopyError::NotEmpty { table });
        }
        return run(side, Part::Main, Statement::new("DELETE FROM meta")).await.map_err(target);
    }
    for table in backwards() {
        let mut delete = Statement::new("DELETE FROM ");
        delete.push_name(table.name);
        run(side, table.part, delete).await.map_err(target)?;
    }
    Ok(())
}

async fn is_complete(side: &dyn Side) -> Done<bool> {
    let mut transaction = side.begin(Part::Main).await?;
    let complete = migrate::is_complete(&mut *transaction).await?;
    transaction.rollback().await?;
    Ok(complete)
}

async fn first_with_rows(side: &dyn Side) -> Done<Option<&'static str>> {
    for table in backwards() {
        let mut transaction = side.begin(table.part).await?;
        let mut query = Statement::new("SELECT ");
        query.push_names(table.key.iter().copied()).push(" FROM ").push_name(table.name);
        query.push(" ORDER BY ").push_names(table.key.iter().copied());
        query.push_limit(transaction.dialect(), 1);
        let found = transaction.row(query).await?.is_some();
        transaction.rollback().await?;
        if found {
            return Ok(Some(table.name));
        }
    }
    Ok(None)
}

async fn run(side: &dyn Side, part: Part, statement: Statement) -> Done<()> {
    let mut transaction = side.begin(part).await?;
    transaction.run(statement).await?;
    Ok(transaction.commit().await?)
}

/// Writes rows of a table in a transaction of its own.
pub(super) async fn insert(side: &dyn Side, table: &Table, rows: Vec<Vec<Value>>) -> Done<()> {
    let mut transaction = side.begin(table.part).await?;
    let numbers = transaction.dialect().with_numbers(table.name);
    if let Some([begin, _]) = numbers {
        transaction.script(begin).await?;
    }
    for insert in Statement::inserts(insert_into(table), rows) {
        transaction.run(insert).await?;
    }
    if let Some([_, end]) = numbers {
        transaction.script(end).await?;
    }
    Ok(transaction.commit().await?)
}

fn insert_into(table: &Table) -> String {
    let columns: Vec<_> = table.columns.iter().map(|(column, _)| format!("\"{column}\"")).collect();
    format!("INSERT INTO \"{}\" ({})", table.name, columns.join(", "))
}

/// Makes the copy a database that can be used: all at once, with the last entry of the audit.
pub(super) async fn finish(side: &dyn Side, meta: Meta, job: &CopyJob) -> Done<()> {
    let mut transaction = side.begin(Part::Main).await?;
    for sql in transaction.dialect().count_on() {
        transaction.row(Statement::new(sql)).await?;
    }
    if let Some((chain, entry)) = &job.entry {
        append(&mut transaction, *chain, &Entry::new(entry)?).await?;
    }
    let suspended = match job.restored_at {
        Some(at) => Some(Suspension::Restored { at }),
        // It was that of the source.
        None => meta.suspended.filter(|suspension| !suspension.is_moved()),
    };
    let sql = "INSERT INTO meta (id, epoch, checked_at, suspended) VALUES (1, ?, ?, ?)";
    let suspended = suspended.as_ref().map(super::super::row::to_json).transpose()?;
    let insert = Statement::new(sql).bind(meta.epoch).bind(meta.checked_at).bind(suspended);
    transaction.run(insert).await?;
    if transaction.dialect() == Dialect::Sqlite {
        let sql =
            "UPDATE meta SET lease_writes = (SELECT coalesce(sum(generation), 0) FROM leases)";
        transaction.run(Statement::new(sql)).await?;
    }
    Ok(transaction.commit().await?)
}

async fn append(transaction: &mut Box<dyn Transaction>, chain: ChainId, entry: &Entry) -> Done<()> {
    let head: ChainHead = super::super::audit::head(&mut **transaction, chain).await?;
    let chained = head.append(entry.text.clone());
    for insert in Statement::inserts(insert_into(&AUDIT), vec![entry.row(chained)?]) {
        transaction.run(insert).await?;
    }
    Ok(())
}
