//! Local accounts.

use super::super::{
    driver::Session,
    error::Done,
    row::{Columns, Row, to_i64, to_json},
    statement::Statement,
};
use ipxe_orch_core::{
    access::{Account, AccountKey},
    auth::AccessGrant,
    stores::StoreError,
};

/// Stores the next generation, if the account is of the generation that was looked at.
pub(super) async fn put(session: &mut dyn Session, account: &Account) -> Done<()> {
    refuse_taken(session, account).await?;
    let mut next = account.clone();
    next.generation = account.generation.saturating_add(1);
    let (generation, json) = (to_i64(next.generation)?, to_json(&next)?);
    if account.generation == 0 {
        let insert = Statement::new(
            "INSERT INTO accounts (id, name, generation, account) VALUES (?, ?, ?, ?)",
        );
        session.run(insert.bind(&next.id).bind(&next.name).bind(generation).bind(json)).await?;
        return Ok(());
    }
    let update = Statement::new(
        "UPDATE accounts SET name = ?, generation = ?, account = ? WHERE id = ? AND generation = ?",
    )
    .bind(&next.name)
    .bind(generation)
    .bind(json)
    .bind(&next.id)
    .bind(to_i64(account.generation)?);
    if session.run(update).await? == 1 { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

/// What others take meanwhile, the keys of the table refuse.
async fn refuse_taken(session: &mut dyn Session, account: &Account) -> Done<()> {
    let by_id = Statement::new("SELECT id FROM accounts WHERE id = ?").bind(&account.id);
    if account.generation == 0 && session.row(by_id).await?.is_some() {
        let text = format!("there is an account with the id {} already", account.id);
        return Err(StoreError::AlreadyExists(text).into());
    }
    let by_name = Statement::new("SELECT id FROM accounts WHERE name = ? AND id <> ?");
    let by_name = by_name.bind(&account.name).bind(&account.id);
    if session.row(by_name).await?.is_some() {
        let text = format!("the name {} belongs to another account already", account.name);
        return Err(StoreError::AlreadyExists(text).into());
    }
    Ok(())
}

pub(in super::super) fn lookup_query(key: &AccountKey) -> Statement {
    match key {
        AccountKey::Id(id) => Statement::new("SELECT account FROM accounts WHERE id = ?").bind(id),
        AccountKey::Name(name) => {
            Statement::new("SELECT account FROM accounts WHERE name = ?").bind(name)
        }
    }
}

pub(super) async fn lookup(
    session: &mut dyn Session,
    grant: &AccessGrant,
    key: &AccountKey,
) -> Done<Option<Account>> {
    let row = session.row(lookup_query(key)).await?;
    let found = row.map(|row| account(&row)).transpose()?;
    Ok(found.filter(|account| grant.covers(&account.id)))
}

/// By name.
pub(super) async fn list(session: &mut dyn Session, grant: &AccessGrant) -> Done<Vec<Account>> {
    let mut query = Statement::new("SELECT account FROM accounts");
    if let Some(person) = grant.person() {
        query.push(" WHERE id = ").push_bind(person);
    }
    query.push(" ORDER BY name");
    session.rows(query).await?.iter().map(account).collect()
}

fn account(row: &Row) -> Done<Account> {
    Columns { row, table: "accounts", key: "id" }.json("account")
}
