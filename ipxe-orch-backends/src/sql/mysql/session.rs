//! The sessions of MySQL and MariaDB, by sqlx.

use super::{
    super::{
        bounded,
        dialect::Dialect,
        driver::{Fault, FaultKind, Session, Transaction},
        migrate,
        row::{Header, Row},
        statement::{Kind, Statement, Value},
    },
    fault::{fault, number},
};
use async_trait::async_trait;
use sqlx::{
    AssertSqlSafe, Column as _, Decode, MySql, MySqlConnection, MySqlPool, Row as _, Type,
    TypeInfo as _, ValueRef as _,
    mysql::{MySqlArguments, MySqlRow},
    pool::PoolConnection,
    query::Query,
};
use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

/// The text is safe: no value stands in it, and MySQL takes `?` as it is. Every statement is kept
/// prepared, be it for one use: the server does not answer when a statement is closed, so that TCP
/// holds back what is sent next for 40 ms (Nagle's algorithm, which the driver leaves on).
fn query(statement: Statement) -> Query<'static, MySql, MySqlArguments> {
    let (sql, values, _) = statement.into_parts();
    let query = sqlx::query(AssertSqlSafe(sql));
    values.into_iter().fold(query, |query, value| match value {
        Value::Null(Kind::Int) => query.bind(None::<i64>),
        Value::Null(Kind::Bytes) => query.bind(None::<Vec<u8>>),
        Value::Null(Kind::Text) => query.bind(None::<String>),
        Value::Int(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes),
        Value::Text(text) => query.bind(text),
    })
}

fn header(row: &MySqlRow) -> Arc<Header> {
    Arc::new(Header::new(row.columns().iter().map(sqlx::Column::name)))
}

fn values(row: &MySqlRow) -> Result<Vec<Value>, sqlx::Error> {
    (0..row.len()).map(|column| value(row, column)).collect()
}

fn value(row: &MySqlRow, column: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(column)?;
    let info = raw.type_info();
    // The name of the type does not tell text of a binary collation from bytes.
    let kind = if <str as Type<MySql>>::compatible(&info) {
        Kind::Text
    } else if <[u8] as Type<MySql>>::compatible(&info) {
        Kind::Bytes
    } else {
        Kind::Int
    };
    if raw.is_null() || info.is_null() {
        return Ok(Value::Null(kind));
    }
    let value = match kind {
        Kind::Int => <i64 as Decode<MySql>>::decode(raw).map(Value::Int),
        Kind::Bytes => <Vec<u8> as Decode<MySql>>::decode(raw).map(Value::Bytes),
        Kind::Text => <String as Decode<MySql>>::decode(raw).map(Value::Text),
    };
    value.map_err(|source| {
        let name = row.try_column(column).map(|column| column.name().to_owned());
        sqlx::Error::ColumnDecode { index: name.unwrap_or_default(), source }
    })
}

/// Whatever leads to a connection.
pub(super) trait Link: DerefMut<Target = MySqlConnection> + Send {
    /// The server behind the connection is of no use now. The next one is made anew, and may lead to
    /// another server.
    fn give_up(&mut self) {}
}

impl Link for &mut MySqlConnection {}

impl Link for Box<MySqlConnection> {}

impl Link for PoolConnection<MySql> {
    fn give_up(&mut self) {
        self.close_on_drop();
    }
}

/// A connection in a transaction. If it is dropped, it is closed, which rolls back.
#[derive(Debug)]
pub(super) struct Begun {
    connection: PoolConnection<MySql>,
    open: bool,
}

impl Begun {
    pub(super) async fn new(pool: &MySqlPool) -> Result<Self, Fault> {
        let connection = pool.acquire().await.map_err(fault)?;
        let mut begun = Connected(Self { connection, open: true });
        begun.plain("BEGIN").await?;
        Ok(begun.0)
    }
}

impl Deref for Begun {
    type Target = MySqlConnection;

    fn deref(&self) -> &MySqlConnection {
        &self.connection
    }
}

impl DerefMut for Begun {
    fn deref_mut(&mut self) -> &mut MySqlConnection {
        &mut self.connection
    }
}

impl Link for Begun {
    fn give_up(&mut self) {
        self.connection.close_on_drop();
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if self.open {
            self.give_up();
        }
    }
}

/// A session on whatever leads to a connection.
#[derive(Debug)]
pub(super) struct Connected<C>(pub(super) C);

impl<C: Link> Connected<C> {
    /// The failure with its meaning.
    fn failed(&mut self, error: sqlx::Error) -> Fault {
        let fault = fault(error);
        if fault.kind() == FaultKind::Lost {
            self.0.give_up();
        }
        fault
    }

    /// A statement that is not prepared.
    async fn plain(&mut self, sql: &'static str) -> Result<(), Fault> {
        let done = sqlx::raw_sql(sql).execute(&mut *self.0).await;
        done.map(drop).map_err(|error| self.failed(error))
    }
}

#[async_trait]
impl<C: Link> Session for Connected<C> {
    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    async fn run(&mut self, statement: Statement) -> Result<u64, Fault> {
        let done = query(statement).execute(&mut *self.0).await;
        done.map(|done| done.rows_affected()).map_err(|error| self.failed(error))
    }

    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Fault> {
        let rows = query(statement).fetch_all(&mut *self.0).await;
        let rows = rows.map_err(|error| self.failed(error))?;
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let header = header(first);
        let row = |row| Ok(Row::new(Arc::clone(&header), values(row)?));
        rows.iter().map(row).collect::<Result<_, _>>().map_err(fault)
    }

    async fn some(&mut self, statement: Statement, bytes: usize) -> Result<Vec<Row>, Fault> {
        let rows = query(statement).fetch(&mut *self.0);
        let rows = bounded::collect(rows, bytes, header, values).await;
        rows.map_err(|error| self.failed(error))
    }

    async fn row(&mut self, statement: Statement) -> Result<Option<Row>, Fault> {
        let row = query(statement).fetch_optional(&mut *self.0).await;
        let row = row.map_err(|error| self.failed(error))?;
        let row = row.map(|row| Ok(Row::new(header(&row), values(&row)?)));
        row.transpose().map_err(fault)
    }

    /// A statement that changes tables commits by itself. After a crash between two of them, and
    /// beside another program that does the same, some are done already.
    async fn script(&mut self, sql: &'static str) -> Result<(), Fault> {
        for statement in migrate::statements(sql) {
            match sqlx::raw_sql(statement).execute(&mut *self.0).await {
                Err(error) if !is_done(&error) => return Err(self.failed(error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A table, column, index or key that is there already, or that is gone already.
fn is_done(error: &sqlx::Error) -> bool {
    matches!(number(error), Some(1050 | 1060 | 1061 | 1091 | 1826))
}

#[async_trait]
impl Transaction for Connected<Begun> {
    async fn commit(mut self: Box<Self>) -> Result<(), Fault> {
        let done = self.plain("COMMIT").await;
        // A conflict with another node rolls back.
        self.0.open = done.as_ref().is_err_and(|fault| fault.kind() != FaultKind::Again);
        done
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), Fault> {
        self.plain("ROLLBACK").await?;
        self.0.open = false;
        Ok(())
    }
}
