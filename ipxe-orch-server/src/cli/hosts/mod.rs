//! `hosts …`

mod add;
mod approve;
mod clear;
mod export;
mod fields;
mod import;
mod list;
mod mark;
mod missing;
mod operate;
mod relearn;
mod remove;
mod rename;
mod scope;
pub(super) mod select;
mod set;
mod show;
mod text;
mod warn;
mod why;

pub(super) use clear::ClearNetwork;
pub(super) use fields::NetworkFields;
pub(super) use scope::ScopeArgs;
pub(super) use set::tell;
pub(super) use text::approval;

use super::{
    context::Session,
    error::CliResult,
    output::{Output, note},
};
use clap::{Subcommand, ValueEnum};
use ipxe_orch_core::{fleet, names::HostName, orchestrator::Import};

/// Whether the first boot of a new host installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FirstBoot {
    /// Install: the disk is overwritten
    Install,
    /// Boot the own disk, until the host is marked
    Local,
}

impl From<FirstBoot> for fleet::FirstBoot {
    fn from(first_boot: FirstBoot) -> Self {
        match first_boot {
            FirstBoot::Install => Self::Install,
            FirstBoot::Local => Self::Local,
        }
    }
}

impl FirstBoot {
    /// Tells people that a host is registered, and what comes of it.
    fn tell(self, out: Output, host: &HostName, plan: &Import) -> CliResult {
        out.line(format_args!("host {host} is registered"))?;
        note(match self {
            Self::Install if plan.waiting().next().is_some() => {
                "its install waits for a second person: see `ipxe-orch approvals list`"
            }
            Self::Install => "its next boot from its image installs it",
            Self::Local => "it boots its own disk until it is marked",
        });
        Ok(())
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum HostsCommand {
    /// Register and edit many hosts at once
    Import(import::ImportArgs),
    /// Write all hosts to a file that `hosts import` reads
    Export(export::ExportArgs),
    /// Register a host with one NIC
    Add(add::AddArgs),
    /// Change what is said of a host; a standing mark keeps what it was given with
    Set(set::SetArgs),
    /// Give a host another name; its id, image, marks and history stay
    Rename(rename::RenameArgs),
    /// Show all that is known of a host
    Show(show::ShowArgs),
    /// List hosts
    List(list::ListArgs),
    /// Install hosts, once, at their next boot
    Mark(mark::MarkArgs),
    /// Take marks back
    Cancel(operate::OperateArgs),
    /// Give up an install that has been claimed; it may still be running
    Abandon(operate::OperateArgs),
    /// Forbid installs of a host, and take its mark back
    Hold(operate::OperateArgs),
    /// Allow installs of a host again; its mark does not come back
    Release(operate::OperateArgs),
    /// Let marks of a host wait for a second person
    Protect(operate::OperateArgs),
    /// End the protection of a host; marks that wait still do
    Unprotect(operate::OperateArgs),
    /// Forget a host; its id, its history and its audit stay
    Remove(remove::RemoveArgs),
    /// Register a machine that boots from an image of ours, but is not known
    Approve(approve::ApproveArgs),
    /// Take over the UUID and serial number that a host shows since its board was swapped
    Relearn(relearn::RelearnArgs),
    /// Take an offer back, so that the next boot gets a new script; the mark stands
    Withdraw(operate::OperateArgs),
}

pub(super) async fn run(command: HostsCommand, session: Session) -> CliResult {
    use ipxe_orch_core::orchestrator::Operation;
    match command {
        HostsCommand::Import(args) => import::run(args, session).await,
        HostsCommand::Export(args) => export::run(args, session).await,
        HostsCommand::Add(args) => add::run(args, session).await,
        HostsCommand::Set(args) => set::run(args, session).await,
        HostsCommand::Rename(args) => rename::run(args, session).await,
        HostsCommand::Show(args) => show::run(args, session).await,
        HostsCommand::List(args) => list::run(args, session).await,
        HostsCommand::Mark(args) => Box::pin(mark::run(args, session)).await,
        HostsCommand::Cancel(args) => operate::run(args, &Operation::Cancel, session).await,
        HostsCommand::Abandon(args) => operate::run(args, &Operation::Abandon, session).await,
        HostsCommand::Hold(args) => operate::run(args, &Operation::Hold, session).await,
        HostsCommand::Release(args) => operate::run(args, &Operation::Release, session).await,
        HostsCommand::Protect(args) => operate::run(args, &Operation::Protect, session).await,
        HostsCommand::Unprotect(args) => operate::run(args, &Operation::Unprotect, session).await,
        HostsCommand::Remove(args) => remove::run(args, session).await,
        HostsCommand::Approve(args) => approve::run(args, session).await,
        HostsCommand::Relearn(args) => relearn::run(args, session).await,
        HostsCommand::Withdraw(args) => operate::run(args, &Operation::Withdraw, session).await,
    }
}
