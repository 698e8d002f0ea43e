//! The text of a statement and its values, without a driver's types.

use super::dialect::Dialect;
use ipxe_orch_core::{
    digest::Digest,
    host::{LoaderPath, Mac},
    ids::{AttemptId, ChainId, ClaimId, Epoch, HostId, KeyId, MarkId},
    names::{HostName, ProfileName, SiteName},
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

/// What a statement takes.
pub(super) trait Bind {
    const KIND: Kind;

    fn into_value(self) -> Value;
}

macro_rules! bind {
    ($kind:ident: $($type:ty, $value:ident => $make:expr;)+) => {
        $(impl Bind for $type {
            const KIND: Kind = Kind::$kind;

            fn into_value(self) -> Value {
                let $value = self;
                Value::$kind($make)
            }
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
    &HostName, value => value.as_str().to_owned();
    &LoaderPath, value => value.as_str().to_owned();
    &ProfileName, value => value.as_str().to_owned();
    &SiteName, value => value.as_str().to_owned();
}
bind! { Bytes:
    Vec<u8>, value => value;
    HostId, value => value.as_bytes().to_vec();
    MarkId, value => value.as_bytes().to_vec();
    AttemptId, value => value.as_bytes().to_vec();
    ClaimId, value => value.as_bytes().to_vec();
    ChainId, value => value.as_bytes().to_vec();
    KeyId, value => value.as_bytes().to_vec();
    Digest, value => value.as_bytes().to_vec();
    Mac, value => value.as_bytes().to_vec();
    Uuid, value => value.as_bytes().to_vec();
    Epoch, value => value.0.as_bytes().to_vec();
}

impl<T: Bind> Bind for Option<T> {
    const KIND: Kind = T::KIND;

    fn into_value(self) -> Value {
        self.map_or(Value::Null(T::KIND), T::into_value)
    }
}

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

    /// Appends ` VALUES (?, …), …` for rows of as many columns as `values` gives for each.
    pub(super) fn push_rows<T>(&mut self, rows: &[T], values: impl Fn(&T) -> Vec<Value>) {
        for (index, row) in rows.iter().enumerate() {
            self.push(if index == 0 { " VALUES (" } else { ", (" });
            for (index, value) in values(row).into_iter().enumerate() {
                self.push(if index == 0 { "?" } else { ", ?" });
                self.values.push(value);
            }
            self.push(")");
        }
    }

    /// The text, the values, and whether the text is for one use.
    pub(super) fn into_parts(self) -> (Cow<'static, str>, Vec<Value>, bool) {
        (self.sql, self.values, self.once)
    }

    #[cfg(test)]
    pub(super) fn sql(&self) -> &str {
        &self.sql
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

    #[test]
    fn many_rows_go_into_one_statement() {
        let mut statement = Statement::new("INSERT INTO t (a, b)");
        statement.push_rows(&[(1, "x"), (2, "y")], |(a, b)| vec![Value::Int(*a), b.into_value()]);
        let (sql, values, _) = statement.into_parts();
        assert_eq!(sql, "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)");
        assert_eq!(values.len(), 4);
    }
}
