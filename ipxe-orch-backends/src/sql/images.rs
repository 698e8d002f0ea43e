//! The images of hosts: the last builds, and which generations and keys count.

use super::{boot, driver::Session, error::Done, hosts, row::to_json, statement::Statement};
use ipxe_orch_core::{
    auth::Scope,
    ids::HostId,
    stores::{HostRecord, ImageBuild, StoreError},
};
use std::collections::BTreeSet;

/// Records builds of hosts that are there and in the scope.
pub(super) async fn record_all(
    session: &mut dyn Session,
    scope: &Scope,
    images: &[(HostId, ImageBuild)],
) -> Done<()> {
    let ids: BTreeSet<HostId> = images.iter().map(|(host, _)| *host).collect();
    hosts::lock(session, &ids).await?;
    for (host, build) in images {
        record(session, scope, *host, build).await?;
    }
    Ok(())
}

async fn record(
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
    boot::store_images(session, &record).await?;
    store(session, &record).await
}

/// Stores generation and key of the host's image, and the earlier ones that still count.
pub(super) async fn store(session: &mut dyn Session, host: &HostRecord) -> Done<()> {
    let images = Statement::new(
        "UPDATE hosts SET image_generation = ?, image_key = ?, earlier_images = ? WHERE id = ?",
    )
    .bind(host.image_generation.0)
    .bind(host.image_key)
    .bind(earlier(host)?)
    .bind(host.id);
    session.run(images).await?;
    Ok(())
}

/// The column of the earlier images.
pub(super) fn earlier(host: &HostRecord) -> Result<Option<String>, StoreError> {
    Some(&host.earlier_images).filter(|earlier| !earlier.is_empty()).map(to_json).transpose()
}
