//! The sessions of SQLite. Their statements are run at once, on the thread that asks: only threads
//! that may wait for the disk use them.

use super::{
    super::{
        dialect::Dialect,
        driver::{Fault, Session, Transaction},
        row::{Header, Row},
        statement::{Kind, Statement, Value},
    },
    fault::fault,
};
use async_trait::async_trait;
use rusqlite::{
    CachedStatement, Connection, Error, Result, Statement as Prepared,
    types::{FromSqlError, Null, Type, ValueRef},
};
use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
};

/// Writes, and gives the number of rows that the statement found.
#[expect(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime")]
pub(super) fn run(connection: &Connection, statement: Statement) -> Result<usize> {
    with(connection, statement, |prepared| prepared.raw_execute())
}

/// The first rows, at most so many.
pub(super) fn rows(connection: &Connection, statement: Statement, most: usize) -> Result<Vec<Row>> {
    let mut left = most;
    if most == 0 {
        return Ok(Vec::new());
    }
    rows_until(connection, statement, |_| {
        left = left.saturating_sub(1);
        left == 0
    })
}

/// The first rows, up to the one that is enough.
fn rows_until(
    connection: &Connection,
    statement: Statement,
    mut is_enough: impl FnMut(&Row) -> bool,
) -> Result<Vec<Row>> {
    with(connection, statement, |prepared| {
        let header = Arc::new(Header::new(prepared.column_names().into_iter()));
        let columns = prepared.column_count();
        let (mut found, mut all) = (prepared.raw_query(), Vec::new());
        while let Some(row) = found.next()? {
            let values = (0..columns).map(|column| value(row.get_ref(column)?, column));
            let row = Row::new(Arc::clone(&header), values.collect::<Result<_>>()?);
            let enough = is_enough(&row);
            all.push(row);
            if enough {
                break;
            }
        }
        Ok(all)
    })
}

/// Prepares the statement, or finds it prepared, and gives it its values. Afterwards it is reset,
/// so that it holds no lock.
fn with<T>(
    connection: &Connection,
    statement: Statement,
    what: impl FnOnce(&mut Prepared<'_>) -> Result<T>,
) -> Result<T> {
    let (sql, values, once) = statement.into_parts();
    if once {
        let mut prepared = connection.prepare(&sql)?;
        bind(&mut prepared, &values)?;
        return what(&mut prepared);
    }
    let mut prepared: CachedStatement<'_> = connection.prepare_cached(&sql)?;
    bind(&mut prepared, &values)?;
    what(&mut prepared)
}

fn bind(prepared: &mut Prepared<'_>, values: &[Value]) -> Result<()> {
    for (value, place) in values.iter().zip(1_usize..) {
        match value {
            Value::Null(_) => prepared.raw_bind_parameter(place, Null),
            Value::Int(number) => prepared.raw_bind_parameter(place, number),
            Value::Bytes(bytes) => prepared.raw_bind_parameter(place, bytes.as_slice()),
            Value::Text(text) => prepared.raw_bind_parameter(place, text.as_str()),
        }?;
    }
    Ok(())
}

fn value(raw: ValueRef<'_>, column: usize) -> Result<Value> {
    let not = |error, kind| Error::FromSqlConversionFailure(column, kind, error);
    match raw {
        ValueRef::Null => Ok(Value::Null(Kind::Int)),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes.to_vec())),
        ValueRef::Text(text) => match str::from_utf8(text) {
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(error) => Err(not(Box::new(error), Type::Text)),
        },
        ValueRef::Real(_) => Err(not(Box::new(FromSqlError::InvalidType), Type::Real)),
    }
}

/// Whatever leads to a connection: a reference, or a transaction.
#[derive(Debug)]
pub(super) struct Connected<C>(pub(super) C);

#[async_trait]
impl<C: DerefMut<Target = Connection> + Send> Session for Connected<C> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn run(&mut self, statement: Statement) -> Result<u64, Fault> {
        let done = run(&self.0, statement).map_err(fault)?;
        Ok(u64::try_from(done).unwrap_or(u64::MAX))
    }

    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Fault> {
        rows(&self.0, statement, usize::MAX).map_err(fault)
    }

    async fn some(&mut self, statement: Statement, bytes: usize) -> Result<Vec<Row>, Fault> {
        let mut left = bytes;
        let enough = |row: &Row| {
            left = left.saturating_sub(row.size());
            left == 0
        };
        rows_until(&self.0, statement, enough).map_err(fault)
    }

    async fn row(&mut self, statement: Statement) -> Result<Option<Row>, Fault> {
        Ok(rows(&self.0, statement, 1).map_err(fault)?.pop())
    }

    async fn script(&mut self, sql: &'static str) -> Result<(), Fault> {
        self.0.execute_batch(sql).map_err(fault)
    }
}

/// Where the writer's connection is between its transactions.
pub(super) type Home = Arc<Mutex<Option<Connection>>>;

/// The writer's connection with the write lock. Dropping it closes the connection, which rolls back.
#[derive(Debug)]
pub(super) struct Locked {
    pub(super) connection: Connection,
    pub(super) home: Home,
}

impl Deref for Locked {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Locked {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl Locked {
    fn end(self, sql: &'static str) -> Result<(), Fault> {
        run(&self.connection, Statement::new(sql)).map_err(fault)?;
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.connection);
        Ok(())
    }
}

#[async_trait]
impl Transaction for Connected<Locked> {
    async fn commit(self: Box<Self>) -> Result<(), Fault> {
        self.0.end("COMMIT")
    }

    async fn rollback(self: Box<Self>) -> Result<(), Fault> {
        self.0.end("ROLLBACK")
    }
}
