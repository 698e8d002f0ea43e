//! Why a database was not copied.

use super::super::error::OpenError;
use ipxe_orch_core::stores::StoreError;
use std::{io, path::PathBuf};

/// Why a database was not copied. The target is as it was, or it is incomplete and no other command
/// uses it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The database that is to be copied cannot be opened.
    #[error("the database that is to be copied cannot be opened")]
    OpenSource(#[source] OpenError),
    /// The database to copy into cannot be opened.
    #[error("the database to copy into cannot be opened")]
    OpenTarget(#[source] OpenError),
    /// The target has something already.
    #[error(
        "the database to copy into is not empty: its table {table} has rows. Nothing was changed: \
         make a new database for the copy"
    )]
    NotEmpty {
        /// The first table with rows.
        table: &'static str,
    },
    /// There is a file with the name of the backup.
    #[error("{} exists already and is not overwritten: give another name", .path.display())]
    Exists {
        /// The path of the file.
        path: PathBuf,
    },
    /// A file or folder cannot be read, or not be made.
    #[error("{}", .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// The error behind it.
        source: io::Error,
    },
    /// The source failed.
    #[error("the copy was cut off, since the source failed; run it again, from its start")]
    Source(#[source] StoreError),
    /// The target failed.
    #[error("the copy was cut off, since the target failed; run it again, from its start")]
    Target(#[source] StoreError),
    /// The target does not have what was written into it.
    #[error(
        "table {table} of the copy has {found} rows of {expected}, or other ones: does somebody \
         else write into the target? It stays incomplete: run the copy again"
    )]
    Differs {
        /// The table.
        table: &'static str,
        /// How many rows were written.
        expected: u64,
        /// How many rows are there.
        found: u64,
    },
}
