//! The sessions of SQL Server, by tiberius.

use super::{
    connect::Connection,
    fault::{fault, of_commit},
};
use crate::sql::{
    dialect::Dialect,
    driver::{Fault, FaultKind, Session, Transaction},
    migrate,
    row::{Header, Row},
    statement::{Kind, Statement, Value},
};
use async_trait::async_trait;
use std::{ops::DerefMut, sync::Arc};
use tiberius::{ColumnData, Query, error::Error};

pub(super) fn query(statement: Statement) -> Query<'static> {
    let (sql, values, _) = statement.into_numbered("@P");
    let mut query = Query::new(sql);
    for value in values {
        match value {
            Value::Null(Kind::Int) => query.bind(None::<i64>),
            Value::Null(Kind::Bytes) => query.bind(None::<Vec<u8>>),
            Value::Null(Kind::Text) => query.bind(None::<String>),
            Value::Int(number) => query.bind(number),
            Value::Bytes(bytes) => query.bind(bytes),
            Value::Text(text) => query.bind(text),
        }
    }
    query
}

pub(super) fn rows(rows: Vec<tiberius::Row>) -> Result<Vec<Row>, Error> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let header = Arc::new(Header::new(first.columns().iter().map(tiberius::Column::name)));
    let row = |row: tiberius::Row| {
        let values = row.into_iter().map(value).collect::<Result<_, _>>()?;
        Ok(Row::new(Arc::clone(&header), values))
    };
    rows.into_iter().map(row).collect()
}

fn value(data: ColumnData<'static>) -> Result<Value, Error> {
    let number = |number: Option<i64>| number.map_or(Value::Null(Kind::Int), Value::Int);
    Ok(match data {
        ColumnData::U8(value) => number(value.map(i64::from)),
        ColumnData::I16(value) => number(value.map(i64::from)),
        ColumnData::I32(value) => number(value.map(i64::from)),
        ColumnData::I64(value) => number(value),
        ColumnData::Bit(value) => number(value.map(i64::from)),
        ColumnData::Binary(value) => {
            value.map_or(Value::Null(Kind::Bytes), |bytes| Value::Bytes(bytes.into_owned()))
        }
        ColumnData::String(value) => {
            value.map_or(Value::Null(Kind::Text), |text| Value::Text(text.into_owned()))
        }
        _ => return Err(Error::Conversion("a column is of a kind that no table has".into())),
    })
}

/// Whatever leads to a connection: a reference, or one of the pool.
#[derive(Debug)]
pub(super) struct Connected<C>(pub(super) C);

#[async_trait]
impl<C: DerefMut<Target = Connection> + Send> Session for Connected<C> {
    fn dialect(&self) -> Dialect {
        Dialect::Mssql
    }

    async fn run(&mut self, statement: Statement) -> Result<u64, Fault> {
        self.0.run(statement).await
    }

    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Fault> {
        self.0.rows(statement).await
    }

    async fn row(&mut self, statement: Statement) -> Result<Option<Row>, Fault> {
        Ok(self.0.rows(statement).await?.into_iter().next())
    }

    /// Each statement by itself: the server reads all of a batch before it runs any of it, and does
    /// not find columns that the batch adds.
    async fn script(&mut self, sql: &'static str) -> Result<(), Fault> {
        for statement in migrate::statements(sql) {
            self.0.batch(statement).await.map_err(fault)?;
        }
        Ok(())
    }
}

/// A session in a transaction. A failure ends the transaction in the server, which would then commit
/// each further statement by itself: so there is no further one.
#[derive(Debug)]
pub(super) struct Open<C> {
    session: Connected<C>,
    failed: Option<FaultKind>,
}

impl<C: DerefMut<Target = Connection> + Send> Open<C> {
    pub(super) async fn begin(mut connection: C) -> Result<Self, Fault> {
        connection.begin().await.map_err(fault)?;
        Ok(Self { session: Connected(connection), failed: None })
    }

    fn check(&self) -> Result<(), Fault> {
        let failed = |kind| Fault::new(kind, "an earlier statement of the transaction has failed");
        self.failed.map_or(Ok(()), |kind| Err(failed(kind)))
    }

    fn note<T>(&mut self, done: Result<T, Fault>) -> Result<T, Fault> {
        self.failed = done.as_ref().err().map(Fault::kind);
        done
    }
}

#[async_trait]
impl<C: DerefMut<Target = Connection> + Send> Session for Open<C> {
    fn dialect(&self) -> Dialect {
        Dialect::Mssql
    }

    async fn run(&mut self, statement: Statement) -> Result<u64, Fault> {
        self.check()?;
        let done = self.session.run(statement).await;
        self.note(done)
    }

    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Fault> {
        self.check()?;
        let rows = self.session.rows(statement).await;
        self.note(rows)
    }

    async fn row(&mut self, statement: Statement) -> Result<Option<Row>, Fault> {
        self.check()?;
        let row = self.session.row(statement).await;
        self.note(row)
    }

    async fn script(&mut self, sql: &'static str) -> Result<(), Fault> {
        self.check()?;
        let done = self.session.script(sql).await;
        self.note(done)
    }
}

#[async_trait]
impl<C: DerefMut<Target = Connection> + Send> Transaction for Open<C> {
    async fn commit(mut self: Box<Self>) -> Result<(), Fault> {
        self.check()?;
        self.session.0.commit().await.map_err(of_commit)
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), Fault> {
        self.session.0.roll_back().await.map_err(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_become_values() {
        let good = |data| value(data).unwrap();
        assert_eq!(good(ColumnData::I32(Some(-7))), Value::Int(-7));
        assert_eq!(good(ColumnData::Bit(Some(true))), Value::Int(1));
        assert_eq!(good(ColumnData::Binary(None)), Value::Null(Kind::Bytes));
        assert_eq!(good(ColumnData::String(Some("ä".into()))), Value::Text("ä".to_owned()));
        assert!(value(ColumnData::F64(Some(1.0))).is_err());
    }
}
