//! The images of hosts: the last builds, and which generations and keys count.

use super::{driver::Connection, error::Done, hosts, row::to_json};
use ipxe_orch_core::{
    auth::Scope,
    ids::HostId,
    stores::{HostRecord, ImageBuild},
};

/// Records the build of a host that is there and in the scope.
pub(super) async fn record(
    connection: &mut Connection,
    scope: &Scope,
    host: HostId,
    build: &ImageBuild,
) -> Done<()> {
    let found = hosts::by_id(connection, host).await?;
    let Some(mut record) = found.filter(|record| scope.covers(record)) else { return Ok(()) };
    record.record_image(build);
    sqlx::query("UPDATE hosts SET image = ? WHERE id = ?")
        .bind(record.image.as_ref().map(to_json).transpose()?)
        .bind(host.as_bytes().as_slice())
        .execute(&mut *connection)
        .await?;
    store(connection, &record).await
}

/// Stores which images of the host count.
pub(super) async fn store(connection: &mut Connection, host: &HostRecord) -> Done<()> {
    let earlier = Some(&host.earlier_images).filter(|earlier| !earlier.is_empty());
    sqlx::query(
        "UPDATE hosts SET image_generation = ?, image_key = ?, earlier_images = ? WHERE id = ?",
    )
    .bind(i64::from(host.image_generation.0))
    .bind(host.image_key.as_ref().map(|key| key.as_bytes().as_slice()))
    .bind(earlier.map(to_json).transpose()?)
    .bind(host.id.as_bytes().as_slice())
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE leases SET min_image_generation = ? WHERE host_id = ?")
        .bind(i64::from(host.lease.min_image_generation.0))
        .bind(host.id.as_bytes().as_slice())
        .execute(connection)
        .await?;
    Ok(())
}
