//! `hosts set`

use super::{
    super::{
        context::{Context, Session},
        error::CliResult,
        output::note,
        secrets::Secrets,
    },
    fields::{HostFields, NetworkFields, choose},
};
use crate::view::ChangedHostView;
use clap::Args;
use ipxe_orch_core::{
    host::{HostSpec, LocalBoot, Mac},
    lease::Phase,
    names::{HostName, LabelKey, VariableName},
    orchestrator::{HostInput, OrchestratorError},
    stores::HostRecord,
};
use zeroize::Zeroizing;

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
    clear: Clear,
}

/// What is no longer said.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "No longer say")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
struct Clear {
    /// Remove the IPv4 address and its router
    #[arg(long, conflicts_with_all = ["address", "gateway"])]
    no_address: bool,
    /// Remove the IPv4 router
    #[arg(long, conflicts_with = "gateway")]
    no_gateway: bool,
    /// Remove the IPv6 address and its router
    #[arg(long, conflicts_with_all = ["address6", "gateway6"])]
    no_address6: bool,
    /// Remove the IPv6 router
    #[arg(long, conflicts_with = "gateway6")]
    no_gateway6: bool,
    /// Remove the name servers
    #[arg(long, conflicts_with = "dns")]
    no_dns: bool,
    /// Remove the VLAN tag
    #[arg(long, conflicts_with = "vlan")]
    no_vlan: bool,
    /// Remove the MTU
    #[arg(long, conflicts_with = "mtu")]
    no_mtu: bool,
    /// Remove the static routes
    #[arg(long, conflicts_with = "route")]
    no_routes: bool,
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
    const fn any_of_network(&self) -> bool {
        self.no_address
            || self.no_gateway
            || self.no_address6
            || self.no_gateway6
            || self.no_dns
            || self.no_vlan
            || self.no_mtu
            || self.no_routes
    }

    fn network(&self, spec: &mut HostSpec, nic: Option<Mac>) -> CliResult {
        let nic = choose(spec, nic)?;
        if let Some(v4) = nic.v4.as_mut().filter(|_| self.no_gateway) {
            v4.gateway = None;
        }
        if let Some(v6) = nic.v6.as_mut().filter(|_| self.no_gateway6) {
            v6.gateway = None;
        }
        nic.v4.take_if(|_| self.no_address);
        nic.v6.take_if(|_| self.no_address6);
        nic.vlan.take_if(|_| self.no_vlan);
        nic.mtu.take_if(|_| self.no_mtu);
        if self.no_routes {
            nic.routes.clear();
        }
        if self.no_dns {
            nic.dns.clear();
        }
        Ok(())
    }

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
    if args.clear.any_of_network() {
        args.clear.network(spec, args.nic)?;
    }
    if args.network.any() || args.mac.is_some() {
        let nic = choose(spec, args.nic)?;
        args.network.apply(nic)?;
        nic.mac = args.mac.unwrap_or(nic.mac);
    }
    args.clear.host(spec);
    args.host.apply(spec)
}

/// How often it looks again where somebody else changes the host at the same time.
const TRIES: u32 = 3;

pub(super) async fn run(args: SetArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let name = args.name.clone();
    // Read once: standard input can be read only once.
    let secrets = args.secrets.read()?;
    for _ in 0..TRIES {
        let before = context.host(&name).await?;
        let mut spec = before.spec.clone();
        edit(args.clone(), &mut spec)?;
        seal(&context, &before, &mut spec, &secrets).await?;
        match store(&context, &before, &spec).await {
            Ok(changed) => return tell(&context, &before, &spec, changed),
            Err(OrchestratorError::Changed(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(OrchestratorError::Changed(format!("host {name}")).into())
}

/// Puts the secrets into the specification, sealed for this host.
async fn seal(
    context: &Context,
    before: &HostRecord,
    spec: &mut HostSpec,
    secrets: &[(VariableName, Zeroizing<String>)],
) -> CliResult {
    for (variable, secret) in secrets {
        let host = HostRecord { spec: spec.clone(), ..before.clone() };
        let orchestrator = context.orchestrator();
        let sealed = orchestrator.seal_value(&context.caller, &host, variable, secret).await?;
        spec.values.insert(variable.clone(), sealed);
    }
    Ok(())
}

/// Whether it was changed by this.
async fn store(
    context: &Context,
    before: &HostRecord,
    spec: &HostSpec,
) -> Result<bool, OrchestratorError> {
    if let Some(profile) = &spec.profile
        && context.orchestrator().profile(&context.caller, profile).await?.is_none()
    {
        return Err(OrchestratorError::NoSuchProfile(profile.clone()));
    }
    let input = HostInput::edit(before, spec.clone());
    let plan = context.orchestrator().plan_import(&context.caller, &[input]).await?;
    context.orchestrator().import(&context.caller, &plan).await?;
    Ok(plan.edited() > 0)
}

fn tell(context: &Context, before: &HostRecord, spec: &HostSpec, changed: bool) -> CliResult {
    let name = &before.spec.name;
    if context.out.json {
        return context.out.json(&ChangedHostView { name: name.clone(), changed });
    }
    if changed {
        context.out.line(format_args!("host {name} is changed"))?;
    } else {
        note(format_args!("host {name} is as wanted already: there is nothing to do"));
    }
    let image_differs = spec.nics != before.spec.nics || spec.local_boot != before.spec.local_boot;
    if changed && image_differs {
        note("its image holds what was said before: build it again");
    }
    if changed && matches!(before.lease.phase(), Phase::Marked | Phase::Offered) {
        note("its mark installs what was said before: cancel it and mark again to change that");
    }
    Ok(())
}
