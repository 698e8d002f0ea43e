//! `hosts approve`, and what waits for it.

use super::why::Why;
use super::{
    super::{
        context::{Context, Session},
        error::{CliResult, failed},
        output::{Table, note_none},
    },
    FirstBoot,
    fields::{HostFields, NetworkFields},
    missing::note_missing_media,
    warn::note_warnings,
};
use crate::view::{ApprovedView, DiscoveredView, WarningView};
use clap::Args;
use ipxe_orch_core::{
    host::{HostSpec, Mac, Nic},
    ids::HostId,
    names::HostName,
    stores::Discovered,
};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch hosts list --discovered
  ipxe-orch hosts approve 01a20715-06bf-7793-90cf-ad88964e1eef \\
      --name web9 --address 10.0.2.19/24

The machine keeps the image that it has. Nothing is installed unless --first-boot install is \
given.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ApproveArgs {
    /// The id that `hosts list --discovered` shows
    #[arg(value_name = "HOST-ID")]
    id: HostId,
    /// The name: a-z, 0-9 and `-`, in parts that are joined by dots
    #[arg(long)]
    name: HostName,
    /// The MAC address by which the image finds the NIC; by default the one that was seen
    #[arg(long, value_name = "ADDRESS")]
    mac: Option<Mac>,
    /// What the next boot does
    #[arg(long, value_enum, default_value_t = FirstBoot::Local)]
    first_boot: FirstBoot,
    #[command(flatten)]
    why: Why,
    #[command(flatten)]
    network: NetworkFields,
    #[command(flatten)]
    host: HostFields,
}

pub(super) async fn run(args: ApproveArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let machines = discovered(&context).await?;
    let Some(machine) = machines.iter().find(|machine| machine.host == args.id) else {
        let id = args.id;
        return failed(format!(
            "no machine with the host id {id} waits: see `ipxe-orch hosts list --discovered`"
        ));
    };
    let mut nic = Nic::new(args.mac.unwrap_or(machine.shown.mac));
    args.network.apply(&mut nic)?;
    let name = args.name.clone();
    let mut spec = HostSpec::new(args.name, vec![nic]);
    args.host.apply(&mut spec)?;
    let install = args.first_boot == FirstBoot::Install;
    let profile = spec.profile.clone();
    let plan =
        context.orchestrator().plan_approval(&context.caller, args.id, spec, install).await?;
    let plan = args.why.of(plan);
    context.orchestrator().import(&context.caller, &plan).await?;
    note_missing_media(&context, profile.iter().filter(|_| install)).await?;
    note_warnings(plan.warnings());
    if context.out.json {
        let warnings = WarningView::all(plan.warnings());
        let view = ApprovedView { name, id: args.id, installs: install, warnings };
        return context.out.json(&view);
    }
    args.first_boot.tell(context.out, &name, &plan)
}

async fn discovered(context: &Context) -> CliResult<Vec<Discovered>> {
    Ok(context.orchestrator().discovered(&context.caller).await?)
}

/// `hosts list --discovered`.
pub(super) async fn list(context: &Context) -> CliResult {
    let machines = discovered(context).await?;
    if machines.is_empty() {
        note_none("discovered machine", false);
    }
    let views: Vec<_> = machines.iter().map(DiscoveredView::from).collect();
    context.out.show(&views, || {
        let heading =
            ["HOST-ID", "MAC", "UUID", "SERIAL", "PLATFORM", "FROM", "LAST SEEN", "BOOTS"];
        let mut table = Table::new(&heading);
        for machine in &machines {
            let shown = &machine.shown;
            table.row([
                machine.host.to_string(),
                shown.mac.to_string(),
                shown.uuid.map_or_else(|| "-".to_owned(), |uuid| uuid.to_string()),
                shown.serial.own().map_or_else(|| "-".to_owned(), ToString::to_string),
                format!("{} {}", shown.platform, shown.arch),
                machine.origin.0.clone(),
                context.out.times.show(machine.last_seen),
                machine.count.to_string(),
            ]);
        }
        table
    })
}
