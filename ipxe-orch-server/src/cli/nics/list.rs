//! `nics list`

use crate::{
    cli::{context::Context, error::CliResult, output::Table},
    view::NicView,
};
use clap::Args;
use ipxe_orch_core::names::HostName;
use std::fmt::Display;

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Which host
    host: HostName,
}

pub(super) async fn run(args: ListArgs, context: &Context) -> CliResult {
    let views = NicView::all(&context.host(&args.host).await?.spec);
    context.out.show(&views, || {
        let heading = ["MAC", "ADDRESS", "GATEWAY", "VLAN", "MTU", "DNS", "ROUTES", "BOND"];
        let mut table = Table::new(&heading);
        for NicView { nic, bond, .. } in &views {
            let (v4, v6) = (nic.v4.as_ref(), nic.v6.as_ref());
            let addresses = v4.map(|v4| v4.address.to_string()).into_iter();
            let gateways = v4.and_then(|v4| v4.gateway.map(|gateway| gateway.to_string()));
            table.row([
                nic.mac.to_string(),
                joined(addresses.chain(v6.map(|v6| v6.address.to_string()))),
                joined(
                    gateways
                        .into_iter()
                        .chain(v6.and_then(|v6| v6.gateway.map(|gateway| gateway.to_string()))),
                ),
                joined(nic.vlan),
                joined(nic.mtu),
                joined(&nic.dns),
                joined(&nic.routes),
                joined(bond),
            ]);
        }
        table
    })
}

/// The values with blanks between them, or `-`.
fn joined<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<_> = values.into_iter().map(|value| value.to_string()).collect();
    if values.is_empty() { "-".to_owned() } else { values.join(" ") }
}
