//! `hosts import`

use super::{
    super::{
        confirm::confirm,
        context::{Context, Session},
        error::{CliError, CliResult, failed},
        output::{complain, note},
    },
    FirstBoot,
    conflicts::{Registered, completed},
    missing::note_missing_media,
};
use crate::view::ImportView;
use clap::Args;
use ipxe_orch_core::{
    fleet::{self, FleetHost, RowProblem},
    keys::{KeyProvider as _, Purpose},
    names::HostName,
    orchestrator::{HostInput, Import, OrchestratorError},
    stores::HostFilter,
};
use std::{collections::HashSet, fs, path::PathBuf};

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

Known hosts are found by their name; MTU, routes, bonds and variables of which a file says \
nothing stay as they are. A known host is never marked by an import.";

/// So many names are listed.
const NAMES: usize = 20;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ImportArgs {
    /// Hosts as CSV; `-` is standard input
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Import the hosts without a problem, and leave out the others
    #[arg(long)]
    partial: bool,
    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// What the first boot of new hosts does whose row does not say it
    #[arg(long, value_enum, default_value_t = FirstBoot::Local)]
    first_boot: FirstBoot,
}

pub(super) async fn run(args: ImportArgs, session: Session) -> CliResult {
    let text = read(&args)?;
    let mut fleet = fleet::read(&text);
    if fleet.hosts.is_empty() && !fleet.problems.is_empty() {
        report(&fleet, &args)?;
        return Err(CliError::Shown);
    }
    let context = session.open().await?;
    let (inputs, plan) = planned(&mut fleet, &args, &context).await?;
    let partial = report(&fleet, &args)?;
    let summary = summary(&plan);
    if !context.out.json {
        context.out.line(&summary)?;
    }
    let installs: HashSet<_> = plan.installs().collect();
    let to_install = inputs.iter().filter(|input| installs.contains(&input.spec.name));
    let profiles = to_install.filter_map(|input| input.spec.profile.as_ref());
    note_missing_media(&context, profiles).await?;
    let changes = plan.created() + plan.edited() > 0;
    if changes && !args.dry_run {
        confirm(args.yes, &question(&summary, &plan))?;
        context.orchestrator().import(&context.caller, &plan).await?;
        note("done");
    }
    if context.out.json {
        context.out.json(&ImportView::new(&plan, &fleet.problems, args.dry_run))?;
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

/// The hosts that can be registered, and what that does; what keeps others from it is added to
/// the problems.
async fn planned(
    fleet: &mut fleet::Fleet,
    args: &ImportArgs,
    context: &Context,
) -> CliResult<(Vec<HostInput>, Import)> {
    let changing: HashSet<HostName> =
        fleet.hosts.iter().map(|host| host.spec.name.clone()).collect();
    let registered = Registered::new(context.hosts(HostFilter::default()).await?, &changing);
    let (mut inputs, mut imports) = (Vec::new(), Vec::new());
    for host in &fleet.hosts {
        let problems = registered.problems(host);
        let is_free = problems.is_empty();
        fleet.problems.extend(problems);
        let input = input(host, args.first_boot, &registered);
        match plan(context, host, &input).await? {
            Ok(import) if is_free => {
                inputs.push(input);
                imports.push(import);
            }
            Ok(_) => {}
            Err(problem) => fleet.problems.push(problem),
        }
    }
    fleet.problems.sort_by_key(|problem| problem.line);
    Ok((inputs, imports.into_iter().collect()))
}

fn input(host: &FleetHost, default: FirstBoot, registered: &Registered) -> HostInput {
    let first_boot = match host.first_boot {
        Some(fleet::FirstBoot::Install) => FirstBoot::Install,
        Some(fleet::FirstBoot::Local) => FirstBoot::Local,
        None => default,
    };
    let spec = match registered.known(&host.spec.name) {
        Some(known) => completed(host.spec.clone(), &known.spec),
        None => host.spec.clone(),
    };
    let mut input = HostInput::new(spec, first_boot == FirstBoot::Install);
    input.id = host.id;
    input.image_generation = host.generation.unwrap_or_default();
    input.image_key = host.key_id;
    input
}

/// What registering the host does, or why it cannot be, such as a profile that is not there.
async fn plan(
    context: &Context,
    host: &FleetHost,
    input: &HostInput,
) -> CliResult<Result<Import, RowProblem>> {
    let row = |column, message| Err(RowProblem { line: host.line, column, message });
    if let Some(profile) = &input.spec.profile
        && context.profile(profile).await?.is_none()
    {
        let message = format!("there is no profile {profile}: see `ipxe-orch profiles list`");
        return Ok(row(Some("profile"), message));
    }
    if let Some(key) = input.image_key
        && context.runtime.keys().lookup(Purpose::Image, key).await?.is_none()
    {
        let message = format!(
            "its image was made with key {key}, which is not known here: import it with \
             `ipxe-orch keys import FILE`"
        );
        return Ok(row(Some("key_id"), message));
    }
    let planned =
        context.orchestrator().plan_import(&context.caller, std::slice::from_ref(input)).await;
    match planned {
        Ok(import) => Ok(Ok(import)),
        Err(OrchestratorError::Invalid(message)) => Ok(row(None, message)),
        Err(other) => Err(other.into()),
    }
}

/// Says every problem; whether the others are imported in spite of them.
fn report(fleet: &fleet::Fleet, args: &ImportArgs) -> CliResult<bool> {
    let file = args.file.display();
    for problem in &fleet.problems {
        complain(format_args!("{file}: {problem}"));
    }
    let count = fleet.problems.len() + fleet.more_problems;
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
