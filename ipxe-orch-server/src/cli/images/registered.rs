//! Images of hosts that a database has.

use super::run::{ImageRun, Planned};
use crate::cli::{
    context::{Context, Session},
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
    run: &ImageRun,
    session: Session,
) -> CliResult {
    let context = session.open().await?;
    key_is_there(&context).await?;
    let plan = plan(&context, host, run).await?;
    let target = if out.is_dir() { run.path(out, host) } else { out.to_owned() };
    run.write_one(&target, plan, context.out)
}

/// `--all --out DIR`: all are planned before the first is written.
pub(super) async fn all(folder: &Path, run: &ImageRun, session: Session) -> CliResult {
    let context = session.open().await?;
    key_is_there(&context).await?;
    let mut plans = Vec::new();
    for host in context.hosts(HostFilter::default()).await? {
        plans.push(plan(&context, &host.spec.name, run).await?);
    }
    if plans.is_empty() {
        return failed("no host is registered: see `ipxe-orch hosts import --help`");
    }
    run.prepare(folder, &plans)?;
    run.write_all(folder, &plans)?;
    let result = json!({ "folder": folder.display().to_string(), "images": plans.len() });
    run.report(&result, &plans, context.out)
}

async fn plan(context: &Context, host: &HostName, run: &ImageRun) -> CliResult<Planned> {
    let (key, servers) = (HostKey::Name(host.clone()), &run.servers);
    let built =
        context.orchestrator().image_script(&context.caller, &key, servers, run.medium()).await;
    let (host, script) = built.map_err(CliError::from)?;
    run.plan(&host.spec, script)
}

async fn key_is_there(context: &Context) -> CliResult {
    match context.runtime.keys().active(Purpose::Image).await {
        Ok(_) => Ok(()),
        Err(StoreError::NotFound) => failed(
            "there is no active image key: make one with `ipxe-orch keys rotate --purpose image`",
        ),
        Err(error) => Err(error.into()),
    }
}
