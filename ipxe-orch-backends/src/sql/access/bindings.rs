//! Bindings: who has which role.

use super::super::{
    driver::Session,
    error::Done,
    row::{Columns, Row, to_json},
    statement::Statement,
};
use ipxe_orch_core::{auth::Binding, ids::BindingId, stores::StoreError};

pub(super) async fn put(session: &mut dyn Session, binding: &Binding) -> Done<()> {
    let known = Statement::new("SELECT id FROM bindings WHERE id = ?").bind(binding.id);
    if session.row(known).await?.is_some() {
        let text = format!("there is a binding with the id {} already", binding.id);
        return Err(StoreError::AlreadyExists(text).into());
    }
    let insert = Statement::new("INSERT INTO bindings (id, binding) VALUES (?, ?)");
    session.run(insert.bind(binding.id).bind(to_json(binding)?)).await?;
    Ok(())
}

pub(super) async fn remove(session: &mut dyn Session, id: BindingId) -> Done<()> {
    let delete = Statement::new("DELETE FROM bindings WHERE id = ?").bind(id);
    if session.run(delete).await? == 1 { Ok(()) } else { Err(StoreError::NotFound.into()) }
}

/// By id.
pub(super) async fn list(session: &mut dyn Session) -> Done<Vec<Binding>> {
    let rows = session.rows(Statement::new("SELECT id, binding FROM bindings ORDER BY id")).await?;
    let binding = |row: &Row| Columns { row, table: "bindings", key: "id" }.json("binding");
    rows.iter().map(binding).collect()
}
