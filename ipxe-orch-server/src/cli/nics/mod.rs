//! `nics …`

mod add;
mod list;
mod remove;
mod set;

use super::{
    context::{Context, Session},
    error::{CliError, CliResult},
    hosts::tell,
};
use clap::Subcommand;
use ipxe_orch_core::{
    host::{HostSpec, Mac},
    names::HostName,
    stores::HostKey,
};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch nics list web1
  ipxe-orch nics add web1 --mac 52:54:00:12:34:58 --address 10.0.3.15/24
  # The adapter was replaced
  ipxe-orch nics set web1 52:54:00:12:34:58 --mac 52:54:00:aa:bb:cc
  ipxe-orch nics remove web1 52:54:00:aa:bb:cc

A NIC is named by its MAC address. The boot stage tries the NICs in the order of the list. A \
change is in the next image: build it again.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum NicsCommand {
    /// List the NICs of a host, in the order in which it tries them
    List(list::ListArgs),
    /// Add a NIC to a host, after those that it has
    Add(add::AddArgs),
    /// Change a NIC of a host
    Set(set::SetArgs),
    /// Remove a NIC from a host
    Remove(remove::RemoveArgs),
}

pub(super) async fn run(command: NicsCommand, session: Session) -> CliResult {
    let context = session.open().await?;
    match command {
        NicsCommand::List(args) => list::run(args, &context).await,
        NicsCommand::Add(args) => add::run(args, &context).await,
        NicsCommand::Set(args) => set::run(args, &context).await,
        NicsCommand::Remove(args) => remove::run(args, &context).await,
    }
}

/// Edits a host, and says what has changed.
async fn edit(
    context: &Context,
    host: HostName,
    edit: impl Fn(&mut HostSpec) -> CliResult,
) -> CliResult {
    let (service, host) = (context.runtime.host_service(), HostKey::Name(host));
    tell(context, service.edit(&context.caller, &host, &Vec::new(), edit).await?)
}

/// For a NIC that the host does not have.
fn no_such_nic(spec: &HostSpec, mac: Mac) -> CliError {
    let name = &spec.name;
    let macs: Vec<_> = spec.nics.iter().map(|nic| nic.mac.to_string()).collect();
    CliError::Failed(format!("host {name} has no NIC {mac}: it has {}", macs.join(", ")))
}
