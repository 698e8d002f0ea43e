//! `nics add`

use crate::cli::{
    context::Context,
    error::{CliResult, failed},
    hosts::NetworkFields,
};
use clap::Args;
use ipxe_orch_core::{
    host::{HostSpec, Mac, Nic},
    names::HostName,
};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch nics add web1 --mac 52:54:00:12:34:58 \\
      --address 10.0.3.15/24 --vlan 123
  ipxe-orch nics add web1 --mac 52:54:00:12:34:58 \\
      --address6 fd00::15/64 --gateway6 fd00::1";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AddArgs {
    /// Which host
    host: HostName,
    /// By which the NIC is found
    #[arg(long, value_name = "ADDRESS")]
    mac: Mac,
    #[command(flatten)]
    network: NetworkFields,
}

pub(super) async fn run(args: AddArgs, context: &Context) -> CliResult {
    let AddArgs { host, mac, network } = args;
    let mut nic = Nic::new(mac);
    network.apply(&mut nic)?;
    super::edit(context, host, |spec: &mut HostSpec| {
        let name = &spec.name;
        if spec.nics.iter().any(|known| known.mac == mac) {
            return failed(format!(
                "host {name} has the NIC {mac}: change it with `ipxe-orch nics set {name} {mac}`"
            ));
        }
        spec.nics.push(nic.clone());
        Ok(())
    })
    .await
}
