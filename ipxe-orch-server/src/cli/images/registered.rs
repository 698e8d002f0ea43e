//! Images of hosts that a database has.

use super::studio::{Planned, Studio};
use crate::cli::{
    desk::{Desk, Session},
    error::{CliError, CliResult, failed},
};
use ipxe_orch_core::{
    keys::{KeyProvider as _, Purpose},
    names::HostName,
    stores::{HostFilter, HostKey, StoreError},
};
use serde_json::json;
use std::path::Path;

/// `--host NAME --out FILE`
pub(super) async fn one(
    host: &HostName,
    out: &Path,
    studio: &Studio,
    session: Session,
) -> CliResult {
    let desk = session.open_with_profiles().await?;
    key_is_there(&desk).await?;
    let plan = plan(&desk, host, studio).await?;
    let target = if out.is_dir() { studio.path(out, host) } else { out.to_owned() };
    studio.write_one(&target, plan, desk.out)
}

/// `--all --out DIR`: all are planned before the first is written.
pub(super) async fn all(folder: &Path, studio: &Studio, session: Session) -> CliResult {
    let desk = session.open_with_profiles().await?;
    key_is_there(&desk).await?;
    let mut plans = Vec::new();
    for host in desk.hosts(HostFilter::default()).await? {
        plans.push(plan(&desk, &host.spec.name, studio).await?);
    }
    if plans.is_empty() {
        return failed("no host is registered: see `ipxe-orch hosts import --help`");
    }
    studio.prepare(folder, &plans)?;
    studio.write_all(folder, &plans)?;
    let result = json!({ "folder": folder.display().to_string(), "images": plans.len() });
    studio.report(&result, &plans, desk.out)
}

async fn plan(desk: &Desk, host: &HostName, studio: &Studio) -> CliResult<Planned> {
    let (key, servers) = (HostKey::Name(host.clone()), &studio.servers);
    let built =
        desk.orchestrator().image_script(&desk.caller, &key, servers, studio.medium()).await;
    let (host, script) = built.map_err(CliError::from)?;
    studio.plan(&host.spec, script)
}

async fn key_is_there(desk: &Desk) -> CliResult {
    match desk.runtime.keys().active(Purpose::Image).await {
        Ok(_) => Ok(()),
        Err(StoreError::NotFound) => failed(
            "there is no active image key: make one with `ipxe-orch keys rotate --purpose image`",
        ),
        Err(error) => Err(error.into()),
    }
}
