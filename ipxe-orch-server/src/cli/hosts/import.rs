//! `hosts import`

use super::why::{Why, note_waiting};
use super::{
    super::{
        confirm::confirm,
        context::{Context, Session},
        error::{CliError, CliResult, failed, profile_remedy},
        output::{Output, complain, note},
    },
    FirstBoot,
    missing::note_missing_media,
    warn::note_each_warning,
};
use crate::{
    service::imports::{ImportHosts, ImportService, PlannedImport},
    view::{HostChangesView, ImportView},
};
use clap::Args;
use ipxe_orch_core::{
    fleet::{FleetFile, RowProblem, Unsaid},
    orchestrator::Caller,
};
use std::{
    fs,
    io::{IsTerminal as _, stderr},
    path::PathBuf,
};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch hosts import fleet.csv --dry-run
  ipxe-orch hosts import fleet.csv --first-boot install --yes
  # Machines whose images were made without a database
  ipxe-orch hosts import images/enrolment.csv

Columns: name, mac, address, gateway, dns, vlan, address6, gateway6, mtu, routes, profile, \
site, uuid, serial, labels, first_boot, bonds, var.NAME for a variable and, of images made \
without a database, id, generation, key_id. Any order; name, mac and an address are needed. A \
repeated name adds a NIC.

Known hosts are found by their name. A column that the file does not have leaves what is there, \
and an empty cell erases it. NICs that no row names stay. With --replace, the file says all of a \
host: what it does not say is erased, except variables without a column. A known host is never \
marked by an import.";

/// So many names are listed.
const NAMES: usize = 20;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct ImportArgs {
    /// Hosts as CSV; `-` is standard input
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    /// Import the hosts without a problem, and leave out the others
    #[arg(long)]
    partial: bool,
    /// Show what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Erase what known hosts have and the file does not say
    #[arg(long)]
    replace: bool,
    /// What the first boot of new hosts does, if their rows do not say it
    #[arg(long, value_enum, default_value_t = FirstBoot::Local)]
    first_boot: FirstBoot,
    #[command(flatten)]
    why: Why,
}

pub(super) async fn run(args: ImportArgs, session: Session) -> CliResult {
    let file = FleetFile::read(read(&args)?);
    if file.is_empty() && !file.problems().is_empty() {
        report(file.problems(), file.more_problems(), &args)?;
        return Err(CliError::Shown);
    }
    let context = session.open().await?;
    let (service, caller) = (context.runtime.import_service(), &context.caller);
    let unsaid = if args.replace { Unsaid::Erase } else { Unsaid::Keep };
    let request = ImportHosts { file, first_boot: args.first_boot.into(), unsaid };
    let planned = service.plan(caller, request).await?;
    let planned = planned.because(args.why.reason.clone(), args.why.change_ref.clone());
    let reported = report(&planned.problems, planned.more_problems, &args);
    note_remedies(&planned, &context);
    let partial = reported?;
    let summary = summary(&planned);
    let mut changes = Vec::new();
    if context.out.json {
        changes = all_changes(&service, caller, &planned).await?;
    } else {
        show_changes(&service, caller, &planned, args.dry_run, context.out).await?;
        context.out.text(&(summary.clone() + "\n"))?;
    }
    note_missing_media(&context, &planned.installs).await?;
    note_each_warning(planned.warnings());
    if planned.created().saturating_add(planned.edited()) > 0 && !args.dry_run {
        confirm(args.yes, &question(&summary, &planned))?;
        let all = planned.created().saturating_add(planned.edited());
        service.import(caller, &planned, |done| progress(done, all)).await?;
        note("done");
        if planned.install_count() > 0 {
            note_waiting(&context).await?;
        }
    }
    if context.out.json {
        context.out.json(&ImportView::new(&planned, changes, args.dry_run))?;
    } else if args.dry_run {
        note("nothing was changed: this was a dry run");
    }
    if partial { Err(CliError::Shown) } else { Ok(()) }
}

/// A large import says on a terminal how far it is.
fn progress(done: usize, all: usize) {
    if done < all && stderr().is_terminal() {
        note(format_args!("{done} of {all} hosts"));
    }
}

fn read(args: &ImportArgs) -> CliResult<Vec<u8>> {
    if args.file.as_os_str() == "-" {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut text)
            .map_err(|error| CliError::file("read", &args.file, &error))?;
        if !args.yes && !args.dry_run {
            return Err(CliError::Usage(
                "a file from standard input is imported with --yes or --dry-run".to_owned(),
            ));
        }
        return Ok(text);
    }
    fs::read(&args.file).map_err(|error| CliError::file("read", &args.file, &error))
}

/// Says every problem; whether the others are imported in spite of them.
fn report(problems: &[RowProblem], more: usize, args: &ImportArgs) -> CliResult<bool> {
    let file = args.file.display();
    for problem in problems {
        complain(format_args!("{file}: {problem}"));
    }
    let count = problems.len() + more;
    if count == 0 {
        return Ok(false);
    }
    let problems = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
    if !args.partial {
        return failed(format!(
            "{problems} in {file}: nothing was changed; correct them, or import the other hosts \
             with --partial"
        ));
    }
    complain(format_args!("{problems} in {file}: these hosts are left out"));
    Ok(true)
}

/// The commands that help with the problems of a plan.
fn note_remedies(planned: &PlannedImport, context: &Context) {
    for name in &planned.unknown_profiles {
        let remedy = profile_remedy(name, context.runtime.config());
        complain(format_args!("there is no profile {name}: {remedy}"));
    }
    for key in &planned.unknown_keys {
        complain(format_args!("image key {key}: `ipxe-orch keys import FILE` imports it"));
    }
}

/// Lists the changed fields of known hosts: all of them in a dry run, else those of the first
/// hosts.
async fn show_changes(
    service: &ImportService,
    caller: &Caller,
    planned: &PlannedImport,
    dry_run: bool,
    out: Output,
) -> CliResult {
    let all = planned.edited();
    let listed = if dry_run { all } else { all.min(NAMES) };
    let mut shown = 0_usize;
    while shown < listed {
        let most = listed.saturating_sub(shown);
        for (host, fields) in service.changes(caller, planned, shown, most).await? {
            out.line(format_args!("host {host}:"))?;
            fields.iter().try_for_each(|field| out.line(format_args!("  {field}")))?;
            shown = shown.saturating_add(1);
        }
    }
    match all.saturating_sub(listed) {
        0 => Ok(()),
        more => out.line(format_args!("and {more} more hosts: --dry-run lists all changes")),
    }
}

async fn all_changes(
    service: &ImportService,
    caller: &Caller,
    planned: &PlannedImport,
) -> CliResult<Vec<HostChangesView>> {
    let mut all = Vec::with_capacity(planned.edited());
    while all.len() < planned.edited() {
        let some = service.changes(caller, planned, all.len(), usize::MAX).await?;
        all.extend(some.into_iter().map(HostChangesView::from));
    }
    Ok(all)
}

/// `12 hosts are new, 3 change, 5 stay as they are; 12 machines WILL BE INSTALLED …`.
fn summary(planned: &PlannedImport) -> String {
    let (new, edited, same) = (planned.created(), planned.edited(), planned.unchanged());
    let hosts = format!("hosts: {new} new, {edited} changed, {same} unchanged");
    let installs = planned.install_count();
    if installs == 0 {
        return format!("{hosts}\nno machine will be installed");
    }
    let names: Vec<_> = planned.installed().take(NAMES).map(|name| name.to_string()).collect();
    let listed = names.join(", ");
    let more = installs.saturating_sub(NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let machines = if installs == 1 { "machine" } else { "machines" };
    format!("{hosts}\n{installs} {machines} WILL BE INSTALLED at the next boot: {listed}{more}")
}

fn question(summary: &str, planned: &PlannedImport) -> String {
    if planned.install_count() == 0 {
        return "The hosts will be registered as said.".to_owned();
    }
    let last = summary.lines().last().unwrap_or_default();
    format!("{last}. Their disks will be overwritten.")
}
