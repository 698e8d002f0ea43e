//! `hosts import`

use super::{
    super::{
        confirm::confirm,
        context::{Context, Session},
        error::{CliError, CliResult, failed, profile_remedy},
        output::{Output, complain, note},
    },
    FirstBoot,
    missing::note_missing_media,
    warn::note_warnings,
};
use crate::{
    service::imports::{ImportHosts, PlannedImport},
    view::{HostChangesView, ImportView},
};
use clap::Args;
use ipxe_orch_core::{
    fleet::{self, RowProblem, Unsaid},
    names::HostName,
    orchestrator::Import,
};
use std::{fs, path::PathBuf};

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
}

pub(super) async fn run(args: ImportArgs, session: Session) -> CliResult {
    let fleet = fleet::read(&read(&args)?);
    if fleet.hosts.is_empty() && !fleet.problems.is_empty() {
        report(&fleet.problems, fleet.more_problems, &args)?;
        return Err(CliError::Shown);
    }
    let context = session.open().await?;
    let (service, caller) = (context.runtime.import_service(), &context.caller);
    let unsaid = if args.replace { Unsaid::Erase } else { Unsaid::Keep };
    let request = ImportHosts { fleet, first_boot: args.first_boot.into(), unsaid };
    let planned = service.plan(caller, request).await?;
    let reported = report(&planned.problems, planned.more_problems, &args);
    note_remedies(&planned, &context);
    let partial = reported?;
    let import = &planned.import;
    let summary = summary(import);
    if !context.out.json {
        show_changes(import, args.dry_run, context.out)?;
        context.out.text(&(summary.clone() + "\n"))?;
    }
    note_missing_media(&context, &planned.installs).await?;
    note_warnings(import.warnings());
    let changes = import.created() + import.edited() > 0;
    if changes && !args.dry_run {
        confirm(args.yes, &question(&summary, import))?;
        service.import(caller, &planned).await?;
        note("done");
    }
    if context.out.json {
        context.out.json(&ImportView::new(import, &planned.problems, args.dry_run))?;
    } else if args.dry_run {
        note("nothing was changed: this was a dry run");
    }
    if partial { Err(CliError::Shown) } else { Ok(()) }
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
fn show_changes(import: &Import, dry_run: bool, out: Output) -> CliResult {
    let changed = HostChangesView::all(import);
    let listed = if dry_run { changed.len() } else { NAMES };
    for HostChangesView { host, fields } in changed.iter().take(listed) {
        out.line(format_args!("host {host}:"))?;
        fields.iter().try_for_each(|field| out.line(format_args!("  {field}")))?;
    }
    match changed.len().saturating_sub(listed) {
        0 => Ok(()),
        more => out.line(format_args!("and {more} more hosts: --dry-run lists all changes")),
    }
}

/// `12 hosts are new, 3 change, 5 stay as they are; 12 machines WILL BE INSTALLED …`.
fn summary(plan: &Import) -> String {
    let (new, edited, same) = (plan.created(), plan.edited(), plan.unchanged());
    let hosts = format!("hosts: {new} new, {edited} changed, {same} unchanged");
    let names: Vec<_> = plan.installs().map(HostName::as_str).collect();
    if names.is_empty() {
        return format!("{hosts}\nno machine will be installed");
    }
    let listed = names.iter().take(NAMES).copied().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let machines = if names.len() == 1 { "machine" } else { "machines" };
    format!(
        "{hosts}\n{} {machines} WILL BE INSTALLED at the next boot: {listed}{more}",
        names.len()
    )
}

fn question(summary: &str, plan: &Import) -> String {
    let installs = plan.installs().count();
    if installs == 0 {
        return "The hosts will be registered as said.".to_owned();
    }
    let last = summary.lines().last().unwrap_or_default();
    format!("{last}. Their disks will be overwritten.")
}
