//! `hosts relearn`

use super::super::{confirm::confirm, desk::Session, error::CliResult, output::rfc3339};
use clap::Args;
use ipxe_orch_core::{names::HostName, orchestrator::Relearn, stores::HostKey};
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub(crate) struct RelearnArgs {
    /// Which host; it was booted from its image with its new board
    name: HostName,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: RelearnArgs, session: Session) -> CliResult {
    let desk = session.open().await?;
    let host = desk.host(&args.name).await?;
    let key = HostKey::Id(host.id);
    let relearn = desk.orchestrator().plan_relearn(&desk.caller, &key).await?;
    let name = &host.spec.name;
    if !desk.out.json {
        let at = desk.out.times.show(relearn.at);
        desk.out.line(format_args!("host {name}, as it booted on {at}:"))?;
        for (what, old, new) in &relearn.changes {
            desk.out.line(format_args!(
                "  {what}: {} -> {}",
                said(old.as_deref()),
                said(new.as_deref())
            ))?;
        }
    }
    confirm(args.yes, &format!("Host {name} will be believed with these."))?;
    desk.orchestrator().import(&desk.caller, &relearn.import).await?;
    if desk.out.json {
        return desk.out.json(&as_json(name, &relearn));
    }
    desk.out.line(format_args!("host {name} is believed at its next boot"))
}

fn said(value: Option<&str>) -> &str {
    value.unwrap_or("none, no longer checked")
}

fn as_json(name: &HostName, relearn: &Relearn) -> Value {
    let change = |(what, old, new): &(&str, Option<String>, Option<String>)| json!({ "what": what, "old": old, "new": new });
    json!({
        "name": name,
        "seen_at": rfc3339(relearn.at),
        "changes": relearn.changes.iter().map(change).collect::<Vec<_>>(),
    })
}
