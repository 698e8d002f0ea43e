//! Databases that were made or copied.

use ipxe_orch_backends::sql::Copied;
use ipxe_orch_core::ids::Epoch;
use serde::Serialize;
use std::collections::BTreeMap;

/// A database, and whether it was made just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatabaseView {
    /// Its URL.
    pub database: String,
    /// Whether it was made; otherwise it existed and is as it was.
    pub made: bool,
}

/// A database was copied, backed up or restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CopiedView {
    /// The URL or file that was copied.
    pub from: String,
    /// The URL or file that is the copy.
    pub to: String,
    /// The epoch of both.
    pub epoch: Epoch,
    /// The rows of each table.
    pub tables: BTreeMap<&'static str, u64>,
    /// Whether the old database is used no more, and names the new one.
    pub retired: bool,
    /// Whether the source was written to after its state was read.
    pub source_went_on: bool,
    /// What is wrong with the audit, in both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_broken: Option<String>,
}

impl CopiedView {
    /// The view of a copy.
    pub fn new(from: String, to: String, retired: bool, copied: &Copied) -> Self {
        Self {
            from,
            to,
            epoch: copied.epoch,
            tables: copied.tables.iter().copied().collect(),
            retired,
            source_went_on: copied.source_went_on,
            audit_broken: copied.broken.as_ref().map(ToString::to_string),
        }
    }
}
