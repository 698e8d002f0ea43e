//! The images of hosts: the last builds, and which generations and keys count.

use super::{driver::Session, error::Done, hosts, row::to_json, statement::Statement};
use ipxe_orch_core::{
    auth::Scope,
    ids::HostId,
    stores::{HostRecord, ImageBuild},
};

/// Records the build of a host that is there and in the scope.
pub(super) async fn record(
    session: &mut dyn Session,
    scope: &Scope,
    host: HostId,
    build: &ImageBuild,
) -> Done<()> {
    let found = hosts::by_id(session, host).await?;
    let Some(mut record) = found.filter(|record| scope.covers(record)) else { return Ok(()) };
    record.record_image(build);
    let update = Statement::new("UPDATE hosts SET image = ? WHERE id = ?")
        .bind(record.image.as_ref().map(to_json).transpose()?)
        .bind(host);
    session.run(update).await?;
    store(session, &record).await
}

/// Stores which images of the host count.
pub(super) async fn store(session: &mut dyn Session, host: &HostRecord) -> Done<()> {
    let earlier = Some(&host.earlier_images).filter(|earlier| !earlier.is_empty());
    let images = Statement::new(
        "UPDATE hosts SET image_generation = ?, image_key = ?, earlier_images = ? WHERE id = ?",
    )
    .bind(host.image_generation.0)
    .bind(host.image_key)
    .bind(earlier.map(to_json).transpose()?)
    .bind(host.id);
    session.run(images).await?;
    let least = Statement::new("UPDATE leases SET min_image_generation = ? WHERE host_id = ?")
        .bind(host.lease.min_image_generation.0)
        .bind(host.id);
    session.run(least).await?;
    Ok(())
}
