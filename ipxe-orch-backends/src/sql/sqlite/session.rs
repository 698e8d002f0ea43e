//! The sessions of SQLite, by sqlx.

use super::{
    super::{
        bounded,
        dialect::Dialect,
        driver::{Fault, Session, Transaction},
        row::{Header, Row},
        statement::{Kind, Statement, Value},
    },
    fault::fault,
};
use async_trait::async_trait;
use sqlx::{
    AssertSqlSafe, Column as _, Decode, Row as _, Sqlite, SqliteConnection, TypeInfo as _,
    ValueRef as _,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};
use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
};

/// The text is safe: no value stands in it, and SQLite takes `?` as it is.
fn query(statement: Statement) -> Query<'static, Sqlite, SqliteArguments> {
    let (sql, values, once) = statement.into_parts();
    let query = sqlx::query(AssertSqlSafe(sql)).persistent(!once);
    values.into_iter().fold(query, |query, value| match value {
        Value::Null(_) => query.bind(None::<i64>),
        Value::Int(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes),
        Value::Text(text) => query.bind(text),
    })
}

fn header(row: &SqliteRow) -> Arc<Header> {
    Arc::new(Header::new(row.columns().iter().map(sqlx::Column::name)))
}

fn values(row: &SqliteRow) -> Result<Vec<Value>, sqlx::Error> {
    (0..row.len()).map(|column| value(row, column)).collect()
}

fn value(row: &SqliteRow, column: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(column)?;
    let kind = match raw.type_info().name() {
        "BLOB" => Kind::Bytes,
        "TEXT" => Kind::Text,
        // Of a null this is the declared type: whatever else there is, it is null.
        _ => Kind::Int,
    };
    if raw.is_null() {
        return Ok(Value::Null(kind));
    }
    let value = match kind {
        Kind::Int => <i64 as Decode<Sqlite>>::decode(raw).map(Value::Int),
        Kind::Bytes => <Vec<u8> as Decode<Sqlite>>::decode(raw).map(Value::Bytes),
        Kind::Text => <String as Decode<Sqlite>>::decode(raw).map(Value::Text),
    };
    value.map_err(|source| {
        let name = row.try_column(column).map(|column| column.name().to_owned());
        sqlx::Error::ColumnDecode { index: name.unwrap_or_default(), source }
    })
}

/// Whatever leads to a connection: a reference, one of the pool, a transaction.
#[derive(Debug)]
pub(super) struct Connected<C>(pub(super) C);

#[async_trait]
impl<C: DerefMut<Target = SqliteConnection> + Send> Session for Connected<C> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn run(&mut self, statement: Statement) -> Result<u64, Fault> {
        let done = query(statement).execute(&mut *self.0).await.map_err(fault)?;
        Ok(done.rows_affected())
    }

    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Fault> {
        let rows = query(statement).fetch_all(&mut *self.0).await.map_err(fault)?;
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let header = header(first);
        let row = |row| Ok(Row::new(Arc::clone(&header), values(row)?));
        rows.iter().map(row).collect::<Result<_, _>>().map_err(fault)
    }

    async fn some(&mut self, statement: Statement, bytes: usize) -> Result<Vec<Row>, Fault> {
        let rows = query(statement).fetch(&mut *self.0);
        bounded::collect(rows, bytes, header, values).await.map_err(fault)
    }

    async fn row(&mut self, statement: Statement) -> Result<Option<Row>, Fault> {
        let row = query(statement).fetch_optional(&mut *self.0).await.map_err(fault)?;
        let row = row.map(|row| Ok(Row::new(header(&row), values(&row)?)));
        row.transpose().map_err(fault)
    }

    async fn script(&mut self, sql: &'static str) -> Result<(), Fault> {
        sqlx::raw_sql(sql).execute(&mut *self.0).await.map_err(fault)?;
        Ok(())
    }
}

/// Where the writer's connection is between its transactions.
pub(super) type Home = Arc<Mutex<Option<SqliteConnection>>>;

/// The writer's connection with the write lock. Dropping it closes the connection, which rolls back.
#[derive(Debug)]
pub(super) struct Locked {
    pub(super) connection: SqliteConnection,
    pub(super) home: Home,
}

impl Deref for Locked {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Locked {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Locked {
    async fn end(mut self, sql: &'static str) -> Result<(), Fault> {
        sqlx::query(sql).execute(&mut self.connection).await.map_err(fault)?;
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.connection);
        Ok(())
    }
}

#[async_trait]
impl Transaction for Connected<Locked> {
    async fn commit(self: Box<Self>) -> Result<(), Fault> {
        self.0.end("COMMIT").await
    }

    async fn rollback(self: Box<Self>) -> Result<(), Fault> {
        self.0.end("ROLLBACK").await
    }
}
