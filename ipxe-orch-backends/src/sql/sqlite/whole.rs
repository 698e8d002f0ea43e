//! Whether a file is whole, or somebody has overwritten a part of it.

use super::{super::error::Done, fault::fault};
use ipxe_orch_core::stores::StoreError;
use sqlx::SqliteConnection;

/// Whether the leases are those that were written last. If not, a part of the file is older.
pub(super) async fn leases_add_up(connection: &mut SqliteConnection) -> Done<bool> {
    const SQL: &str = "SELECT lease_writes = (SELECT coalesce(sum(generation), 0) FROM leases) \
        FROM meta";
    let same: i64 = sqlx::query_scalar(SQL).fetch_one(connection).await.map_err(fault)?;
    Ok(same == 1)
}

/// What [`leases_add_up`] has found.
pub(super) fn mixed() -> StoreError {
    StoreError::Replaced(
        "a part of the database file is older than the rest: somebody has overwritten it while it \
         was in use; installs are suspended: stop all servers, and restore a whole copy"
            .to_owned(),
    )
}
