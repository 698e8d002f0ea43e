//! The text of a statement and its values, without a driver's types.

use super::dialect::Dialect;
use ipxe_orch_core::{
    auth::PersonId,
    digest::Digest,
    host::{LoaderPath, Mac},
    ids::{
        AttemptId, BindingId, ChainId, ClaimId, Epoch, HostId, KeyId, MarkId, SessionId, TokenId,
    },
    names::{AccountName, HostName, PolicyName, ProfileName, SiteName},
    time::Timestamp,
};
use std::borrow::Cow;
use uuid::Uuid;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Bytes,
    Text,
}

/// A value as a statement takes it and a row gives it. Booleans are 0 and 1, times milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A null says of which kind it is, because some drivers send the kind.
    Null(Kind),
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
}

impl Value {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Null(kind) => *kind,
            Self::Int(_) => Kind::Int,
            Self::Bytes(_) => Kind::Bytes,
            Self::Text(_) => Kind::Text,
        }
    }

    /// About how many bytes it takes.
    #[cfg(any(feature = "sqlite", feature = "mysql", feature = "postgres"))]
    pub(super) const fn size(&self) -> usize {
        match self {
            Self::Null(_) | Self::Int(_) => 8,
            Self::Bytes(bytes) => bytes.len(),
            Self::Text(text) => text.len(),
        }
    }
}

/// What a statement takes.
pub(super) trait Bind {
    fn into_value(self) -> Value;
}

/// What a column holds that may be null.
pub(super) trait BindKind: Bind {
    const KIND: Kind;
}

macro_rules! bind {
    ($kind:ident: $($type:ty, $value:ident => $make:expr;)+) => {
        $(impl Bind for $type {
            fn into_value(self) -> Value {
                let $value = self;
                Value::$kind($make)
            }
        }

        impl BindKind for $type {
            const KIND: Kind = Kind::$kind;
        })+
    };
}

bind! { Int:
    i64, value => value;
    u32, value => i64::from(value);
    bool, value => i64::from(value);
    Timestamp, value => value.as_millis();
}
bind! { Text:
    String, value => value;
    &str, value => value.to_owned();
    &AccountName, value => value.as_str().to_owned();
    &HostName, value => value.as_str().to_owned();
    &LoaderPath, value => value.as_str().to_owned();
    &PolicyName, value => value.as_str().to_owned();
    &ProfileName, value => value.as_str().to_owned();
    &SiteName, value => value.as_str().to_owned();
    &PersonId, value => value.to_string();
}
bind! { Bytes:
    Vec<u8>, value => value;
    HostId, value => value.as_bytes().to_vec();
    MarkId, value => value.as_bytes().to_vec();
    AttemptId, value => value.as_bytes().to_vec();
    ClaimId, value => value.as_bytes().to_vec();
    ChainId, value => value.as_bytes().to_vec();
    KeyId, value => value.as_bytes().to_vec();
    BindingId, value => value.as_bytes().to_vec();
    SessionId, value => value.as_bytes().to_vec();
    TokenId, value => value.as_bytes().to_vec();
    Digest, value => value.as_bytes().to_vec();
    Mac, value => value.as_bytes().to_vec();
    Uuid, value => value.as_bytes().to_vec();
    Epoch, value => value.0.as_bytes().to_vec();
}

impl Bind for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl<T: BindKind> Bind for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Null(T::KIND), T::into_value)
    }
}

/// The number of values in a list. SQL Server takes 2,100 values with one statement.
pub(super) const MANY: usize = 500;
/// The largest number of values, and of rows, of one `INSERT` (SQL Server, as above).
const VALUES: usize = 2_000;
const ROWS: usize = 1_000;

/// A statement with a `?` in the place of each value. There is no other `?` in the text; a driver
/// whose database writes places in another way replaces them.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    sql: Cow<'static, str>,
    values: Vec<Value>,
    once: bool,
}

impl Statement {
    pub(super) const fn new(sql: &'static str) -> Self {
        Self { sql: Cow::Borrowed(sql), values: Vec::new(), once: false }
    }

    /// The next value.
    pub(super) fn bind(mut self, value: impl Bind) -> Self {
        self.values.push(value.into_value());
        self
    }

    /// Its text is hardly used a second time: a driver does not keep it prepared.
    pub(super) const fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Appends text.
    pub(super) fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.to_mut().push_str(sql);
        self
    }

    /// Appends the name of a table or column.
    pub(super) fn push_name(&mut self, name: &str) -> &mut Self {
        self.push("\"").push(name).push("\"")
    }

    /// Appends names with commas between them.
    pub(super) fn push_names<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> &mut Self {
        for (index, name) in names.enumerate() {
            self.push(if index == 0 { "" } else { ", " }).push_name(name);
        }
        self
    }

    /// Appends a value.
    pub(super) fn push_bind(&mut self, value: impl Bind) -> &mut Self {
        self.values.push(value.into_value());
        self.push("?")
    }

    /// Appends a condition that the column has this value, where null is a value like any other.
    /// Each database has an operator of its own for that; this needs none.
    pub(super) fn push_same(&mut self, column: &str, value: impl Bind) -> &mut Self {
        match value.into_value() {
            Value::Null(_) => self.push(column).push(" IS NULL"),
            value => {
                self.values.push(value);
                self.push(column).push(" = ?")
            }
        }
    }

    /// Appends what limits the number of rows; the text before ends with its `ORDER BY`.
    pub(super) fn push_limit(&mut self, dialect: Dialect, rows: i64) -> &mut Self {
        dialect.push_page(self, rows, 0);
        self
    }

    /// Appends `(?, …)`, a list that is not empty.
    pub(super) fn push_list(&mut self, values: impl Iterator<Item = impl Bind>) -> &mut Self {
        for (index, value) in values.enumerate() {
            self.push(if index == 0 { "(" } else { ", " }).push_bind(value);
        }
        self.push(")")
    }

    /// Statements that insert all rows, as many with each as every database takes. `sql` ends with
    /// the columns; the rows have as many values as there are columns.
    pub(super) fn inserts(
        sql: impl Into<Cow<'static, str>>,
        rows: Vec<Vec<Value>>,
    ) -> impl Iterator<Item = Statement> {
        let sql = sql.into();
        let columns = rows.first().map_or(1, Vec::len).max(1);
        let mut rows = rows.into_iter().peekable();
        std::iter::from_fn(move || {
            rows.peek()?;
            let mut insert = Self { sql: sql.clone(), ..Self::new("") };
            let some = rows.by_ref().take(ROWS.min(VALUES / columns));
            for (index, row) in some.enumerate() {
                insert.once = index > 0;
                insert.push(if index == 0 { " VALUES " } else { ", " });
                insert.push_list(row.into_iter());
            }
            Some(insert)
        })
    }

    /// The text, the values, and whether the text is for one use.
    pub(super) fn into_parts(self) -> (Cow<'static, str>, Vec<Value>, bool) {
        (self.sql, self.values, self.once)
    }

    /// The text, with `$1`, `$2`, … in the places of the values for the prefix `$`, and the values.
    #[cfg(any(feature = "mssql", feature = "postgres"))]
    pub(super) fn into_numbered(self, prefix: &str) -> (String, Vec<Value>, bool) {
        let (sql, values, once) = self.into_parts();
        let mut text = String::with_capacity(sql.len() + 16);
        for (number, part) in sql.split('?').enumerate() {
            if number > 0 {
                text.push_str(prefix);
                text.push_str(&number.to_string());
            }
            text.push_str(part);
        }
        (text, values, once)
    }

    #[cfg(test)]
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// Its text with the values in their places.
    #[cfg(test)]
    pub(super) fn literal(&self, dialect: Dialect) -> String {
        let mut values = self.values.iter().map(|value| match value {
            Value::Null(_) => "NULL".to_owned(),
            Value::Int(value) => value.to_string(),
            Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Value::Bytes(bytes) => dialect.bytes(bytes),
        });
        let parts = self.sql.split('?').enumerate();
        parts
            .map(|(at, part)| if at == 0 { part.to_owned() } else { values.next().unwrap() + part })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_compared_like_any_other_value() {
        let mut statement = Statement::new("SELECT 1 FROM t WHERE ");
        statement.push_same("a", None::<i64>).push(" AND ").push_same("b", Some(7_i64));
        let (sql, values, once) = statement.into_parts();
        assert_eq!(sql, "SELECT 1 FROM t WHERE a IS NULL AND b = ?");
        assert_eq!((values, once), (vec![Value::Int(7)], false));
    }

    #[test]
    fn a_null_knows_its_kind() {
        assert_eq!(None::<HostId>.into_value(), Value::Null(Kind::Bytes));
        assert_eq!(None::<&str>.into_value(), Value::Null(Kind::Text));
        assert_eq!(None::<Timestamp>.into_value(), Value::Null(Kind::Int));
    }

    fn rows(rows: i64, columns: i64) -> Vec<Vec<Value>> {
        (0..rows).map(|_| (0..columns).map(Value::Int).collect()).collect()
    }

    #[test]
    fn many_rows_go_into_one_statement() {
        let all: Vec<_> = Statement::inserts("INSERT INTO t (a, b)", rows(2, 2)).collect();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].sql(), "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)");
        assert_eq!(all[0].values.len(), 4);
        assert_eq!(Statement::inserts("INSERT INTO t (a, b)", Vec::new()).count(), 0);
    }

    #[test]
    fn no_statement_has_more_rows_or_values_than_every_database_takes() {
        for (columns, most) in [(1, 1_000), (2, 1_000), (3, 666), (11, 181)] {
            let all: Vec<_> = Statement::inserts("INSERT INTO t", rows(2_345, columns)).collect();
            let counts: Vec<_> = all.iter().map(|insert| insert.values.len()).collect();
            let columns = usize::try_from(columns).unwrap();
            assert_eq!(counts.iter().sum::<usize>(), 2_345 * columns);
            assert_eq!(counts.iter().max(), Some(&(most * columns)), "{columns} columns");
        }
    }

    #[cfg(any(feature = "mssql", feature = "postgres"))]
    #[test]
    fn places_are_numbered() {
        let numbered = |sql, prefix| Statement::new(sql).into_numbered(prefix).0;
        assert_eq!(numbered("a = ? AND b IN (?, ?)", "$"), "a = $1 AND b IN ($2, $3)");
        assert_eq!(numbered("a = ? AND b IN (?, ?)", "@P"), "a = @P1 AND b IN (@P2, @P3)");
        assert_eq!(numbered("SELECT 1", "$"), "SELECT 1");
    }

    #[test]
    fn a_list_stands_in_parentheses() {
        let mut statement = Statement::new("SELECT 1 FROM t WHERE a IN ");
        statement.push_list([1_i64, 2].into_iter());
        assert_eq!(statement.sql(), "SELECT 1 FROM t WHERE a IN (?, ?)");
    }
}
