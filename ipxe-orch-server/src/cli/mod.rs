//! The command line. It does everything through the [`Orchestrator`](ipxe_orch_core::orchestrator),
//! so all of it is authorised and audited.

mod accounts;
mod approvals;
mod audit;
mod complete;
mod completions;
mod config;
mod confirm;
mod context;
mod database;
#[cfg(test)]
mod denied;
mod directory;
mod each;
mod error;
mod events;
mod firmware;
mod hosts;
mod images;
mod keys;
mod log;
mod man;
mod masked;
mod media;
mod nics;
mod output;
mod policies;
mod profiles;
mod roles;
mod secrets;
mod serve;
mod user;

use crate::config::{
    Config, Database, Environment, InvalidValue, Layer, LogLayer, LogLevel, SetBy, option_help,
};
use clap::{ArgAction, Args, CommandFactory as _, Parser, Subcommand};
use config::ConfigCommand;
use context::Session;
use error::{CliError, CliResult};
use ipxe_orch_core::text::shown;
use output::{Output, Times, be_quiet, complain, terminal_width};
use std::{env, ffi::OsString, path::PathBuf, process::ExitCode, time::Duration};
use tracing_subscriber::filter::LevelFilter;

const EXAMPLES: &str = "\
Examples:
  # Register machines; the first boot of each installs it
  ipxe-orch hosts import fleet.csv --first-boot install
  # Make a boot image for each
  ipxe-orch images build --all --out images/
  # Answer them
  ipxe-orch serve --listen 10.0.0.1:8080
  # Install web1 once more, at its next boot
  ipxe-orch hosts mark web1 --reason 'new kernel'
  # Watch what happens
  ipxe-orch events --follow

Exit codes: 0 done, or nothing to do; 1 failed; 2 the command line is wrong.";

/// Installs machines over iPXE, each exactly once per mark, and boots their own disks otherwise.
#[derive(Debug, Parser)]
#[command(name = "ipxe-orch", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// Options of all commands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of all commands")]
struct Globals {
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "The configuration file [env: IPXE_ORCH_CONFIG] [default: \
                /etc/ipxe-orch/config.toml]"
    )]
    config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "URL", help = option_help("database"))]
    // Not parsed by clap, which would show a password in it.
    database: Option<String>,
    #[arg(long, global = true, value_name = "FILE", help = option_help("database_password_file"))]
    database_password_file: Option<PathBuf>,
    #[arg(long, global = true, value_name = "DIR", help = option_help("data_dir"))]
    data_dir: Option<PathBuf>,
    #[arg(long, global = true, value_name = "LEVEL", help = option_help("log.level"))]
    log_level: Option<LogLevel>,
    /// Log more; may be given again, up to three times
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "log_level")]
    verbose: u8,
    /// Print only results and errors, no notes and no progress
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Print JSON instead of tables
    #[arg(long, global = true)]
    json: bool,
    /// Show times in UTC instead of the local zone
    #[arg(long, global = true)]
    utc: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server, which answers booting machines
    Serve(serve::ServeArgs),
    /// Register, edit, show and mark hosts
    #[command(subcommand)]
    Hosts(Box<hosts::HostsCommand>),
    /// List, add, change and remove NICs of a host
    #[command(subcommand)]
    Nics(Box<nics::NicsCommand>),
    /// Make, rotate and revoke boot images
    #[command(subcommand)]
    Images(images::ImagesCommand),
    /// Make, list, rotate, retire and import keys
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Show what happened at boot
    Events(events::EventsArgs),
    /// Make, list and disable local accounts
    #[command(subcommand)]
    Accounts(accounts::AccountsCommand),
    /// Give and take away roles, and explain who may do what
    #[command(subcommand)]
    Roles(roles::RolesCommand),
    /// List, approve and reject marks that wait for a second person
    #[command(subcommand)]
    Approvals(approvals::ApprovalsCommand),
    /// Set what is wanted of installs: a second person, a reason, a window, a limit
    #[command(subcommand)]
    Policies(policies::PoliciesCommand),
    /// Look at directories, at which people sign in
    #[command(subcommand)]
    Directory(directory::DirectoryCommand),
    /// Read and verify the audit
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// List, check and store profiles
    #[command(subcommand)]
    Profiles(profiles::ProfilesCommand),
    /// Import, list, verify, remove and fetch installation media
    #[command(subcommand)]
    Media(media::MediaCommand),
    /// Show and import boot loaders
    #[command(subcommand)]
    Firmware(firmware::FirmwareCommand),
    /// Make, migrate, copy, back up and restore the database
    #[command(subcommand)]
    Database(database::DatabaseCommand),
    /// Show the settings, or write a configuration file
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Print the script for a shell that completes commands, options and names
    Completions(completions::CompletionsArgs),
    /// Write the manual pages
    Man(man::ManArgs),
}

/// Runs the program.
pub fn main() -> ExitCode {
    if complete::answer() {
        return ExitCode::SUCCESS;
    }
    match run(parse()) {
        Ok(()) | Err(CliError::OutputClosed) => ExitCode::SUCCESS,
        Err(CliError::Shown) => ExitCode::from(1),
        Err(CliError::Failed(text)) => {
            complain(format_args!("error: {text}"));
            ExitCode::from(1)
        }
        Err(CliError::NoSuchProfile(name)) => {
            complain(format_args!("error: there is no profile {name}"));
            ExitCode::from(1)
        }
        Err(CliError::Usage(text)) => {
            complain(format_args!("error: {text}"));
            complain("");
            complain("For more information, try '--help'.");
            ExitCode::from(2)
        }
    }
}

/// The command line. If it is wrong or asks for help, the program ends here.
fn parse() -> Cli {
    let line: Vec<OsString> = env::args_os().collect();
    Cli::try_parse_from(&line)
        .unwrap_or_else(|error| stop(&masked::masked(error, Cli::command(), &line), &line))
}

/// Prints why the command line is wrong, or the help, and ends the program. Words of the command
/// line may come from a file.
fn stop(error: &clap::Error, line: &[OsString]) -> ! {
    let hostile = |word: &OsString| shown(&word.to_string_lossy()) != word.to_string_lossy();
    if error.use_stderr() && line.iter().any(hostile) {
        complain(error.render());
        std::process::exit(error.exit_code());
    }
    error.exit()
}

fn run(cli: Cli) -> CliResult {
    let Cli { globals, command } = cli;
    let times = if globals.utc { Times::Utc } else { Times::Local };
    let out = Output { json: globals.json, times, width: terminal_width() };
    if globals.quiet {
        be_quiet();
    }
    // Without settings, which may be wrong.
    match &command {
        Command::Completions(args) => return completions::run(args, out),
        Command::Config(ConfigCommand::Init(args)) => return config::init(args, out),
        Command::Man(args) => return man::run(args, out),
        _ => {}
    }
    let mut flags = Layer {
        data_dir: globals.data_dir,
        database: globals.database.as_deref().map(database).transpose()?,
        database_password_file: globals.database_password_file,
        log: LogLayer { level: globals.log_level, json: None },
        ..Layer::default()
    };
    if let Command::Serve(args) = &command {
        args.set(&mut flags);
    }
    let mut config = Config::load(globals.config.as_deref(), flags, &Environment::of_process())?;
    if matches!(command, Command::Serve(_)) && config.log_level.set_by == SetBy::Default {
        config.log_level.value = LogLevel(LevelFilter::INFO);
    }
    config.log_more(globals.verbose);
    log::start(&config);
    let settings = config.clone();
    let done = carry_out(dispatch(command, Session { config, out, authorizer: None }));
    done.map_err(|error| error.explained(&settings))
}

/// Does `work`. File operations that still hang then, as on a network disk that is dead, are left
/// behind: they keep the program from ending for a second at most.
fn carry_out(work: impl Future<Output = CliResult>) -> CliResult {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| CliError::Failed(format!("no threads can be started: {error}")))?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

fn database(url: &str) -> CliResult<Database> {
    url.parse().map_err(|error: InvalidValue| CliError::Usage(format!("--database: {error}")))
}

async fn dispatch(command: Command, session: Session) -> CliResult {
    match command {
        Command::Serve(_) => serve::run(session).await,
        Command::Hosts(command) => Box::pin(hosts::run(*command, session)).await,
        Command::Nics(command) => nics::run(*command, session).await,
        Command::Images(command) => images::run(command, session).await,
        Command::Keys(command) => Box::pin(keys::run(command, session)).await,
        Command::Events(args) => events::run(args, session).await,
        Command::Accounts(command) => accounts::run(command, session).await,
        Command::Roles(command) => Box::pin(roles::run(command, session)).await,
        Command::Approvals(command) => Box::pin(approvals::run(command, session)).await,
        Command::Policies(command) => policies::run(command, session).await,
        Command::Directory(command) => directory::run(command, session).await,
        Command::Audit(command) => audit::run(command, session).await,
        Command::Profiles(command) => profiles::run(command, session).await,
        Command::Media(command) => media::run(command, session).await,
        Command::Firmware(command) => firmware::run(command, session).await,
        Command::Database(command) => Box::pin(database::run(command, session)).await,
        Command::Config(ConfigCommand::Show) => config::show(&session),
        Command::Config(ConfigCommand::Init(args)) => config::init(&args, session.out),
        Command::Completions(args) => completions::run(&args, session.out),
        Command::Man(args) => man::run(&args, session.out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    #[test]
    fn the_command_line_does_not_contradict_itself() {
        Cli::command().debug_assert();
    }

    /// The command and all below it, each with its help in a terminal of so many columns.
    fn helps(command: &Command, columns: usize) -> Vec<(String, String, String)> {
        let mut one = command.clone().term_width(columns);
        let help = one.render_long_help().to_string();
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let below = command.get_subcommands().flat_map(|below| helps(below, columns));
        let name = command.get_name().to_owned();
        std::iter::once((name, after, help)).chain(below).collect()
    }

    /// An example that is broken in its middle cannot be copied; a paragraph with line breaks of
    /// its own is broken twice.
    #[test]
    fn no_terminal_breaks_an_example() {
        for columns in [80, 100] {
            for (name, after, help) in helps(&Cli::command(), columns) {
                let examples = after.lines().filter(|line| line.starts_with("  "));
                for line in examples {
                    assert!(help.contains(&format!("\n{line}\n")), "{name}, {columns}: {line}");
                }
                let paragraphs = after.split("\n\n").filter(|text| !text.starts_with("Examples:"));
                for paragraph in paragraphs {
                    assert_eq!(paragraph.lines().count(), usize::from(!paragraph.is_empty()));
                }
            }
        }
    }

    #[test]
    fn a_disk_that_hangs_does_not_keep_the_program_from_ending() {
        let (ended, end) = std::sync::mpsc::channel();
        let hanging = || std::thread::sleep(Duration::from_mins(1));
        let work = async move {
            tokio::task::spawn_blocking(hanging);
            Ok(())
        };
        std::thread::spawn(move || ended.send(carry_out(work).is_ok()));
        assert_eq!(end.recv_timeout(Duration::from_secs(20)), Ok(true));
    }
}
