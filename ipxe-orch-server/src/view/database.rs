//! What `database init` did.

use serde::Serialize;

/// A database, and whether it was made just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatabaseView {
    /// Its URL.
    pub database: String,
    /// Whether it was made; otherwise it existed and is as it was.
    pub made: bool,
}
