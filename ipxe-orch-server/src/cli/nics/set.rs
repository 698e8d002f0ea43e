//! `nics set`

use crate::cli::{
    context::Context,
    error::CliResult,
    hosts::{ClearNetwork, NetworkFields},
};
use clap::Args;
use ipxe_orch_core::{
    host::{HostSpec, Mac},
    names::HostName,
};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch nics set web1 52:54:00:12:34:58 --address 10.0.4.15/24 --no-vlan
  # The adapter was replaced; its addresses and its bond stay
  ipxe-orch nics set web1 52:54:00:12:34:58 --mac 52:54:00:aa:bb:cc";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SetArgs {
    /// Which host
    host: HostName,
    /// Which NIC: its MAC address
    nic: Mac,
    /// The NIC's new MAC address
    #[arg(long, value_name = "ADDRESS")]
    mac: Option<Mac>,
    #[command(flatten)]
    network: NetworkFields,
    #[command(flatten)]
    clear: ClearNetwork,
}

pub(super) async fn run(args: SetArgs, context: &Context) -> CliResult {
    let SetArgs { host, nic: mac, mac: new, network, clear } = args;
    super::edit(context, host, |spec: &mut HostSpec| {
        let Some(nic) = spec.nic_mut(mac) else { return Err(super::no_such_nic(spec, mac)) };
        clear.apply(nic);
        network.apply(nic)?;
        spec.replace_mac(mac, new.unwrap_or(mac));
        Ok(())
    })
    .await
}
