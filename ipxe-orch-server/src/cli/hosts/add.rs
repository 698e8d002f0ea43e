//! `hosts add`

use super::why::Why;
use super::{
    super::{context::Session, error::CliResult},
    FirstBoot,
    fields::{HostFields, NetworkFields},
    missing::note_missing_media,
    warn::note_warnings,
};
use crate::view::{RegisteredView, WarningView};
use clap::Args;
use ipxe_orch_core::{
    host::{HostSpec, Mac, Nic},
    names::HostName,
    orchestrator::{HostChange, HostInput},
};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch hosts add web1 --mac 52:54:00:12:34:56 \\
      --address 10.0.2.15/24 --gateway 10.0.2.2 \\
      --profile tiny --first-boot install
  ipxe-orch hosts add db1 --mac 52:54:00:12:34:57 \\
      --address6 fd00::15/64 --vlan 123 --label rack=r7";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AddArgs {
    /// The name: a-z, 0-9 and `-`, in parts that are joined by dots
    name: HostName,
    /// The MAC address by which the image finds the NIC
    #[arg(long, value_name = "ADDRESS")]
    mac: Mac,
    /// What the first boot does
    #[arg(long, value_enum, default_value_t = FirstBoot::Local)]
    first_boot: FirstBoot,
    #[command(flatten)]
    why: Why,
    #[command(flatten)]
    network: NetworkFields,
    #[command(flatten)]
    host: HostFields,
}

pub(super) async fn run(args: AddArgs, session: Session) -> CliResult {
    let mut nic = Nic::new(args.mac);
    args.network.apply(&mut nic)?;
    let mut spec = HostSpec::new(args.name, vec![nic]);
    args.host.apply(&mut spec)?;
    let install = args.first_boot == FirstBoot::Install;
    let context = session.open().await?;
    let inputs = [HostInput::new(spec, install)];
    let plan = context.orchestrator().plan_import(&context.caller, &inputs).await?;
    let [input] = inputs;
    let name = input.spec.name.clone();
    if plan.changes().iter().any(|(_, change)| *change != HostChange::Created) {
        let text = format!("host {name} is known: change it with `ipxe-orch hosts set {name} …`");
        return super::super::error::failed(text);
    }
    let plan = args.why.of(plan);
    context.orchestrator().import(&context.caller, &plan).await?;
    note_missing_media(&context, input.spec.profile.iter().filter(|_| install)).await?;
    note_warnings(plan.warnings());
    if context.out.json {
        let warnings = WarningView::all(plan.warnings());
        return context.out.json(&RegisteredView { name, installs: install, warnings });
    }
    args.first_boot.tell(context.out, &name, &plan)
}
