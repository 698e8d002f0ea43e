//! Databases as ends of a copy.

use crate::config::Database;
use ipxe_orch_backends::{
    local::{DataDir, FileError, SystemClock, SystemRandom},
    sql::{CopyEnd, SqliteOptions},
};
use ipxe_orch_core::{ids::Epoch, time::Clock as _};

/// A configured database as one end of a copy. Nothing is opened or made, except the audit chain of
/// the data directory.
///
/// # Errors
/// [`FileError`] if the id of the chain cannot be read or made.
pub fn copy_end(database: &Database, folder: &DataDir) -> Result<CopyEnd, FileError> {
    let chain = folder.chain_id(&SystemClock, &SystemRandom)?;
    let (epoch, now) = (Epoch::generate(&SystemRandom), SystemClock.now());
    let Database::Sqlite(path) = database;
    Ok(CopyEnd::sqlite(SqliteOptions::new(path.clone(), chain, epoch, now)))
}
