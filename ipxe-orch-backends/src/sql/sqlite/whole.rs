//! Whether a file is whole, or somebody has overwritten a part of it.

use super::{super::error::Done, fault::fault};
use ipxe_orch_core::stores::StoreError;
use rusqlite::Connection;

/// Whether the leases are those that were written last. If not, a part of the file is older.
pub(super) fn leases_add_up(connection: &Connection) -> Done<bool> {
    const SQL: &str = "SELECT lease_writes = (SELECT coalesce(sum(generation), 0) FROM leases) \
        FROM meta";
    Ok(connection.query_one(SQL, (), |row| row.get(0)).map_err(fault)?)
}

/// What [`leases_add_up`] has found.
pub(super) fn mixed() -> StoreError {
    StoreError::Replaced(
        "a part of the database file is older than the rest: somebody has overwritten it while it \
         was in use; installs are suspended: stop all servers, and restore a whole copy"
            .to_owned(),
    )
}
