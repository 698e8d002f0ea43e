//! `nics remove`

use crate::cli::{context::Context, error::CliResult};
use clap::Args;
use ipxe_orch_core::{
    host::{HostSpec, Mac},
    names::HostName,
};

#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// Which host
    host: HostName,
    /// Which NIC: its MAC address
    nic: Mac,
}

pub(super) async fn run(args: RemoveArgs, context: &Context) -> CliResult {
    let RemoveArgs { host, nic: mac } = args;
    super::edit(context, host, |spec: &mut HostSpec| {
        if spec.nic_mut(mac).is_none() {
            return Err(super::no_such_nic(spec, mac));
        }
        spec.nics.retain(|nic| nic.mac != mac);
        Ok(())
    })
    .await
}
