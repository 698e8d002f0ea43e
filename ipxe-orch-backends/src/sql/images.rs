//! The last builds of hosts' images.

use super::{driver::Connection, error::Done, row::to_json, scope};
use ipxe_orch_core::{auth::Scope, ids::HostId, stores::ImageBuild};
use sqlx::QueryBuilder;

/// Records the build of a host that is there and in the scope.
pub(super) async fn record(
    connection: &mut Connection,
    scope: &Scope,
    host: HostId,
    build: &ImageBuild,
) -> Done<()> {
    let mut query = QueryBuilder::new("UPDATE hosts AS h SET image = ");
    query.push_bind(to_json(build)?);
    query.push(" WHERE h.removed = 0 AND h.id = ").push_bind(host.as_bytes().to_vec());
    scope::push(&mut query, scope);
    query.build().execute(connection).await?;
    Ok(())
}
