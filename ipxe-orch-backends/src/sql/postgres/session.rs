//! The sessions of PostgreSQL, by sqlx.

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
    AssertSqlSafe, Column as _, Decode, PgConnection, Postgres, Row as _, TypeInfo as _,
    ValueRef as _,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use std::{ops::DerefMut, sync::Arc};

/// The text is safe: no value stands in it.
fn query(statement: Statement) -> Query<'static, Postgres, PgArguments> {
    let (sql, values, once) = statement.into_numbered("$");
    let query = sqlx::query(AssertSqlSafe(sql)).persistent(!once);
    values.into_iter().fold(query, |query, value| match value {
        Value::Null(Kind::Int) => query.bind(None::<i64>),
        Value::Null(Kind::Bytes) => query.bind(None::<Vec<u8>>),
        Value::Null(Kind::Text) => query.bind(None::<String>),
        Value::Int(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes),
        Value::Text(text) => query.bind(text),
    })
}

fn header(row: &PgRow) -> Arc<Header> {
    Arc::new(Header::new(row.columns().iter().map(sqlx::Column::name)))
}

fn values(row: &PgRow) -> Result<Vec<Value>, sqlx::Error> {
    (0..row.len()).map(|column| value(row, column)).collect()
}

fn value(row: &PgRow, column: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(column)?;
    let info = raw.type_info();
    let (kind, short) = match info.name() {
        "BYTEA" => (Kind::Bytes, false),
        "INT8" => (Kind::Int, false),
        // Numbers that stand in a statement.
        "INT4" => (Kind::Int, true),
        _ => (Kind::Text, false),
    };
    if raw.is_null() {
        return Ok(Value::Null(kind));
    }
    let value = match kind {
        Kind::Int if short => <i32 as Decode<Postgres>>::decode(raw).map(|n| Value::Int(n.into())),
        Kind::Int => <i64 as Decode<Postgres>>::decode(raw).map(Value::Int),
        Kind::Bytes => <Vec<u8> as Decode<Postgres>>::decode(raw).map(Value::Bytes),
        Kind::Text => <String as Decode<Postgres>>::decode(raw).map(Value::Text),
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
impl<C: DerefMut<Target = PgConnection> + Send> Session for Connected<C> {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
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

#[async_trait]
impl Transaction for Connected<sqlx::Transaction<'_, Postgres>> {
    async fn commit(self: Box<Self>) -> Result<(), Fault> {
        self.0.commit().await.map_err(fault)
    }

    async fn rollback(self: Box<Self>) -> Result<(), Fault> {
        self.0.rollback().await.map_err(fault)
    }
}
