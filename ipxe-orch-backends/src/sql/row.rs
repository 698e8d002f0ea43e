//! Rows, and columns to values; what cannot be read is corrupt, and is named.

use super::{
    error::{Done, Failure},
    statement::Value,
};
use ipxe_orch_core::stores::StoreError;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fmt::{Display, Write},
    str::FromStr,
    sync::Arc,
};

/// A row of a result, with values of its own.
#[derive(Clone, Debug)]
pub(super) struct Row {
    header: Arc<Header>,
    values: Vec<Value>,
}

/// The names of a result's columns, which its rows share.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    text: String,
    ends: Vec<usize>,
}

impl Header {
    pub(super) fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut header = Self::default();
        for name in names {
            header.text.push_str(name);
            header.ends.push(header.text.len());
        }
        header
    }

    fn position(&self, name: &str) -> Option<usize> {
        let mut begin = 0;
        self.ends.iter().position(|end| {
            let found = self.text.get(begin..*end) == Some(name);
            begin = *end;
            found
        })
    }
}

impl Row {
    /// About how many bytes its values take.
    #[cfg(any(feature = "sqlite", feature = "mysql", feature = "postgres"))]
    pub(super) fn size(&self) -> usize {
        self.values.iter().fold(0, |size, value| size.saturating_add(value.size()))
    }

    pub(super) const fn new(header: Arc<Header>, values: Vec<Value>) -> Self {
        Self { header, values }
    }

    pub(super) fn into_values(self) -> Vec<Value> {
        self.values
    }

    fn value(&self, column: &str) -> Option<&Value> {
        self.values.get(self.header.position(column)?)
    }
}

/// What a column gives.
pub(super) trait Read<'r>: Sized {
    /// # Errors
    /// What the value is not.
    fn read(value: &'r Value) -> Result<Self, &'static str>;
}

impl Read<'_> for i64 {
    fn read(value: &Value) -> Result<Self, &'static str> {
        if let Value::Int(number) = value { Ok(*number) } else { Err("a number") }
    }
}

impl Read<'_> for bool {
    fn read(value: &Value) -> Result<Self, &'static str> {
        match value {
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            _ => Err("0 or 1"),
        }
    }
}

impl<'r> Read<'r> for &'r str {
    fn read(value: &'r Value) -> Result<Self, &'static str> {
        if let Value::Text(text) = value { Ok(text) } else { Err("a text") }
    }
}

impl Read<'_> for String {
    fn read(value: &Value) -> Result<Self, &'static str> {
        <&str>::read(value).map(str::to_owned)
    }
}

impl<'r> Read<'r> for &'r [u8] {
    fn read(value: &'r Value) -> Result<Self, &'static str> {
        if let Value::Bytes(bytes) = value { Ok(bytes) } else { Err("bytes") }
    }
}

impl<'r, T: Read<'r>> Read<'r> for Option<T> {
    fn read(value: &'r Value) -> Result<Self, &'static str> {
        if let Value::Null(_) = value { Ok(None) } else { T::read(value).map(Some) }
    }
}

/// A row of `table`, which the column `key` identifies.
pub(super) struct Columns<'r> {
    pub(super) row: &'r Row,
    pub(super) table: &'static str,
    pub(super) key: &'static str,
}

impl<'r> Columns<'r> {
    /// The row contradicts itself.
    pub(super) fn corrupt(&self, why: impl Display) -> Failure {
        let mut id = String::new();
        if let Some(Value::Bytes(bytes)) = self.row.value(self.key) {
            for byte in bytes {
                // Writing to a string does not fail.
                write!(id, "{byte:02x}").ok();
            }
        }
        let table = self.table;
        Failure::Refused(StoreError::Corrupt(format!("table {table}, {} {id}: {why}", self.key)))
    }

    pub(super) fn get<T: Read<'r>>(&self, column: &str) -> Done<T> {
        let value = self.row.value(column);
        let value = value.ok_or_else(|| self.corrupt(format!("no column {column}")))?;
        T::read(value).map_err(|what| self.corrupt(format!("{column} is not {what}")))
    }

    /// Ids, digests, MAC addresses.
    pub(super) fn bytes<const N: usize>(&self, column: &str) -> Done<[u8; N]> {
        self.optional_bytes(column)?.ok_or_else(|| self.corrupt(format!("{column} is missing")))
    }

    pub(super) fn optional_bytes<const N: usize>(&self, column: &str) -> Done<Option<[u8; N]>> {
        let Some(bytes) = self.get::<Option<&[u8]>>(column)? else { return Ok(None) };
        let length = |_| self.corrupt(format!("{column} is not of {N} bytes"));
        bytes.try_into().map(Some).map_err(length)
    }

    /// A name.
    pub(super) fn parse<T: FromStr<Err: Display>>(&self, column: &str) -> Done<T> {
        let unreadable = |error| self.corrupt(format!("{column}: {error}"));
        self.get::<&str>(column)?.parse().map_err(unreadable)
    }

    /// Text of a known form, or null.
    pub(super) fn optional_parse<T: FromStr<Err: Display>>(&self, column: &str) -> Done<Option<T>> {
        let Some(text) = self.get::<Option<&str>>(column)? else { return Ok(None) };
        let unreadable = |error| self.corrupt(format!("{column}: {error}"));
        text.parse().map(Some).map_err(unreadable)
    }

    /// An unsigned number.
    pub(super) fn number<T: TryFrom<i64>>(&self, column: &str) -> Done<T> {
        let value = self.get::<i64>(column)?;
        T::try_from(value).map_err(|_| self.corrupt(format!("{column} is {value}")))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &str) -> Done<T> {
        let value = self.optional_json(column)?;
        value.ok_or_else(|| self.corrupt(format!("{column} is missing")))
    }

    pub(super) fn optional_json<T: DeserializeOwned>(&self, column: &str) -> Done<Option<T>> {
        let Some(text) = self.get::<Option<&str>>(column)? else { return Ok(None) };
        let unreadable = |error| self.corrupt(format!("{column}: {error}"));
        serde_json::from_str(text).map(Some).map_err(unreadable)
    }
}

/// The JSON of a value.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))
}

/// SQL has signed numbers only.
pub(super) fn to_i64(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value)
        .map_err(|_| StoreError::Invalid(format!("{value} is too large to be stored")))
}

#[cfg(test)]
mod tests {
    use super::{super::statement::Kind, *};

    #[test]
    fn columns_are_found_by_their_whole_name() {
        let header = Arc::new(Header::new(["a", "ab", "b"].into_iter()));
        let values = vec![Value::Int(1), Value::Text("x".to_owned()), Value::Null(Kind::Int)];
        let row = Row::new(header, values);
        let columns = Columns { row: &row, table: "t", key: "a" };
        assert_eq!(columns.get::<i64>("a").unwrap(), 1);
        assert_eq!(columns.get::<&str>("ab").unwrap(), "x");
        assert_eq!(columns.get::<Option<i64>>("b").unwrap(), None);
        let refused = |failure: Failure| match failure {
            Failure::Refused(error) => error.to_string(),
            Failure::Driver(_) => String::new(),
        };
        let missing = refused(columns.get::<i64>("c").unwrap_err());
        assert!(missing.contains("table t, a : no column c"), "{missing}");
        let other = refused(columns.get::<i64>("ab").unwrap_err());
        assert!(other.contains("ab is not a number"), "{other}");
    }
}
