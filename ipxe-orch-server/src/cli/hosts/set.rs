//! `hosts set`

use super::{
    super::{
        context::{Context, Session},
        error::CliResult,
        output::note,
        secrets::Secrets,
    },
    clear::ClearNetwork,
    fields::{HostFields, NetworkFields, choose},
};
use crate::{service::hosts::EditedHost, view::ChangedHostView};
use clap::Args;
use ipxe_orch_core::{
    host::{HostSpec, LocalBoot, Mac},
    lease::Phase,
    names::{HostName, LabelKey, VariableName},
    stores::HostKey,
};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch hosts set web1 --profile debian-13
  ipxe-orch hosts set web1 --address 10.0.3.15/24 --gateway 10.0.3.1 --no-vlan
  ipxe-orch hosts set web1 --var disk=/dev/sda \\
      --secret root_password=@password.txt
  # A NIC was replaced
  ipxe-orch hosts set db1 --nic 52:54:00:12:34:57 --mac 52:54:00:aa:bb:cc

A change of the network or of local boot is in the next image: build it again.";

#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SetArgs {
    /// The name of the host
    name: HostName,
    /// The NIC to change, where the host has several
    #[arg(long, value_name = "ADDRESS")]
    nic: Option<Mac>,
    /// The NIC's new address
    #[arg(long, value_name = "ADDRESS")]
    mac: Option<Mac>,
    #[command(flatten)]
    network: NetworkFields,
    #[command(flatten)]
    host: HostFields,
    #[command(flatten)]
    secrets: Secrets,
    #[command(flatten)]
    clear_network: ClearNetwork,
    #[command(flatten)]
    clear: Clear,
}

/// What is no longer said.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "No longer say of the host")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
struct Clear {
    /// Remove the bonds
    #[arg(long, conflicts_with = "bond")]
    no_bonds: bool,
    /// Remove the profile
    #[arg(long, conflicts_with = "profile")]
    no_profile: bool,
    /// Remove the site
    #[arg(long, conflicts_with = "site")]
    no_site: bool,
    /// Remove the UUID
    #[arg(long, conflicts_with = "uuid")]
    no_uuid: bool,
    /// Remove the serial number
    #[arg(long, conflicts_with = "serial")]
    no_serial: bool,
    /// Boot the disk as `auto` does
    #[arg(long, conflicts_with = "local_boot")]
    no_local_boot: bool,
    /// Remove a label; may be given again
    #[arg(long, value_name = "KEY")]
    no_label: Vec<LabelKey>,
    /// Remove the value of a variable; may be given again
    #[arg(long, value_name = "NAME")]
    unset_var: Vec<VariableName>,
}

impl Clear {
    fn host(&self, spec: &mut HostSpec) {
        spec.profile.take_if(|_| self.no_profile);
        spec.site.take_if(|_| self.no_site);
        spec.uuid.take_if(|_| self.no_uuid);
        spec.serial.take_if(|_| self.no_serial);
        if self.no_local_boot {
            spec.local_boot = LocalBoot::Auto;
        }
        if self.no_bonds {
            spec.bonds.clear();
        }
        spec.values.retain(|name, _| !self.unset_var.contains(name));
        spec.labels.retain(|key, _| !self.no_label.contains(key));
    }
}

fn edit(args: SetArgs, spec: &mut HostSpec) -> CliResult {
    let network = args.clear_network.any() || args.network.any();
    if network || args.mac.is_some() {
        let nic = choose(spec, args.nic)?;
        let mac = nic.mac;
        args.clear_network.apply(nic);
        args.network.apply(nic)?;
        spec.replace_mac(mac, args.mac.unwrap_or(mac));
    }
    args.clear.host(spec);
    args.host.apply(spec)
}

pub(super) async fn run(args: SetArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    // Read once: standard input can be read only once.
    let secrets = args.secrets.read()?;
    let host = HostKey::Name(args.name.clone());
    let edit = |spec: &mut HostSpec| edit(args.clone(), spec);
    let service = context.runtime.host_service();
    let edited = service.edit(&context.caller, &host, &secrets, edit).await?;
    tell(&context, edited)
}

/// Says what has changed, and what it does not change.
pub(in crate::cli) fn tell(context: &Context, edited: EditedHost) -> CliResult {
    let EditedHost { before, spec, changes, .. } = edited;
    let (name, changed) = (before.spec.name, !changes.is_empty());
    if context.out.json {
        return context.out.json(&ChangedHostView { name, changed, changes });
    }
    if changed {
        context.out.line(format_args!("host {name} is changed"))?;
        changes.iter().try_for_each(|change| context.out.line(format_args!("  {change}")))?;
    } else {
        note(format_args!("host {name} is as wanted already: there is nothing to do"));
    }
    let image_differs = spec.nics != before.spec.nics || spec.local_boot != before.spec.local_boot;
    if changed && image_differs {
        note(
            "its image still has the old values: make it again with `ipxe-orch images build --outdated`",
        );
    }
    if changed && matches!(before.lease.phase(), Phase::Marked | Phase::Offered) {
        note("its mark installs what was said before: cancel it and mark again to change that");
    }
    Ok(())
}
