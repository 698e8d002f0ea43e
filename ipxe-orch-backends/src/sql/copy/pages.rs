//! Reading a table page by page, each after the last key of the page before.

use super::{
    super::{
        driver::Session,
        error::Done,
        statement::{Statement, Value},
    },
    tables::Table,
};
use ipxe_orch_core::stores::StoreError;

/// The largest number of rows that are in memory at once, and of bytes, unless one row has more.
const ROWS: i64 = 1_000;
const BYTES: usize = 4 << 20;

/// The rows of a table in the order of its key.
pub(super) struct Pages<'t> {
    table: &'t Table,
    /// The key of the last row.
    after: Vec<Value>,
    /// How many columns of the key decide what comes next: all of them, then the ones before the
    /// last with the next value, and so on. So each page is one range of the key's index.
    depth: usize,
    begun: bool,
}

impl<'t> Pages<'t> {
    pub(super) const fn new(table: &'t Table) -> Self {
        Self { table, after: Vec::new(), depth: 0, begun: false }
    }

    /// The next rows, with their values in the order of the table's columns; none at the end.
    pub(super) async fn next(&mut self, session: &mut dyn Session) -> Done<Vec<Vec<Value>>> {
        // A file answers at once: who waits beside the copy, to stop it for example, gets a turn.
        tokio::task::yield_now().await;
        loop {
            if self.begun && self.depth == 0 {
                return Ok(Vec::new());
            }
            let query = self.query(session);
            let rows = session.some(query, BYTES).await?;
            let rows = rows.into_iter().map(|row| self.typed(row.into_values()));
            let rows = rows.collect::<Done<Vec<_>>>()?;
            let Some(last) = rows.last() else {
                self.begun = true;
                self.depth = self.depth.saturating_sub(1);
                continue;
            };
            self.after = self.key_of(last);
            self.begun = true;
            self.depth = self.after.len();
            return Ok(rows);
        }
    }

    fn query(&self, session: &dyn Session) -> Statement {
        let Table { name, key, columns, only, .. } = self.table;
        let columns = columns.iter().map(|(column, _)| *column);
        let mut query = Statement::new("SELECT ");
        query.push_names(columns).push(" FROM ").push_name(name).push(" WHERE ");
        query.push(only.unwrap_or("1 = 1"));
        for (place, (column, value)) in key.iter().zip(&self.after).take(self.depth).enumerate() {
            let compare = if place + 1 == self.depth { " > " } else { " = " };
            query.push(" AND ").push_name(column).push(compare).push_bind(value.clone());
        }
        query.push(" ORDER BY ").push_names(key.iter().copied());
        query.push_limit(session.dialect(), ROWS);
        query
    }

    /// The values with the kinds of the columns, also where they are null.
    fn typed(&self, values: Vec<Value>) -> Done<Vec<Value>> {
        let columns = self.table.columns.iter();
        let typed = |(value, (column, kind)): (Value, &(&str, _))| match value {
            Value::Null(_) => Ok(Value::Null(*kind)),
            value if value.kind() == *kind => Ok(value),
            _ => Err(self.corrupt(column)),
        };
        Ok(values.into_iter().zip(columns).map(typed).collect::<Result<_, _>>()?)
    }

    fn corrupt(&self, column: &str) -> StoreError {
        let table = self.table.name;
        StoreError::Corrupt(format!("table {table}: column {column} has a value of another kind"))
    }

    fn key_of(&self, row: &[Value]) -> Vec<Value> {
        let place = |key: &&str| self.table.columns.iter().position(|(column, _)| column == key);
        self.table.key.iter().filter_map(|key| row.get(place(key)?).cloned()).collect()
    }
}
