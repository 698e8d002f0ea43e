//! Columns to values; what cannot be read is corrupt, and is named.

use super::{
    driver::{Database, Row},
    error::{Done, Failure},
};
use ipxe_orch_core::stores::StoreError;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Decode, Row as _, Type};
use std::{
    fmt::{Display, Write},
    str::FromStr,
};

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
        for byte in self.row.try_get::<&[u8], _>(self.key).unwrap_or_default() {
            // Writing to a string does not fail.
            write!(id, "{byte:02x}").ok();
        }
        let table = self.table;
        Failure::Refused(StoreError::Corrupt(format!("table {table}, {} {id}: {why}", self.key)))
    }

    pub(super) fn get<T: Decode<'r, Database> + Type<Database>>(&self, column: &str) -> Done<T> {
        self.row.try_get(column).map_err(|error| self.corrupt(error))
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
