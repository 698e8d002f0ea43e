//! `database`: its tables, copies, backups, and what was restored.

mod accept;
mod backup;
mod copy;
mod migrate;
mod progress;
mod restore;
mod status;

use super::{
    context::Session,
    error::CliResult,
    output::{Output, note},
};
use crate::{runtime, view::DatabaseView};
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  # The database of the settings: see `ipxe-orch config show`
  ipxe-orch database init
  ipxe-orch database init --database sqlite:///var/lib/ipxe-orch/ipxe-orch.db
  # A database on a server, with a login that may make tables
  export IPXE_ORCH_DATABASE_PASSWORD_FILE=admin-password
  ipxe-orch database init --database mysql://ipxe_admin@db.example/ipxe
  # After an update of this program
  ipxe-orch database status
  ipxe-orch database migrate
  # Back up, while servers run
  ipxe-orch database backup backup.db
  # Restore into a new database, see what becomes void, and accept it
  ipxe-orch database restore backup.db
  ipxe-orch database accept-restore --dry-run
  ipxe-orch database accept-restore
  # Move to another database; the old one then names the new one
  ipxe-orch database copy --to sqlite:///srv/ipxe-orch.db --retire

The first start of `serve` makes a database in a file, too. No other command makes one, so that a \
mistyped path is an error.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum DatabaseCommand {
    /// Make the tables, the keys and the built-in profiles; leave what exists as it is
    Init,
    /// Bring the tables up to date; the servers may run
    Migrate(migrate::MigrateArgs),
    /// Show whether the tables are up to date
    Status,
    /// Copy the whole database into a new one, of the same kind or another
    Copy(copy::CopyArgs),
    /// Copy the whole database into a new file, while servers run
    Backup(backup::BackupArgs),
    /// Make a database out of a backup; installs are suspended until it is accepted
    Restore(restore::RestoreArgs),
    /// Accept a database that was restored: its marks become void, and servers install again
    AcceptRestore(accept::AcceptArgs),
}

pub(super) async fn run(command: DatabaseCommand, session: Session) -> CliResult {
    match command {
        DatabaseCommand::Init => init(session).await,
        DatabaseCommand::Migrate(args) => migrate::run(&args, session).await,
        DatabaseCommand::Status => status::run(session).await,
        DatabaseCommand::Copy(args) => copy::run(args, session).await,
        DatabaseCommand::Backup(args) => backup::run(&args, &session.open().await?).await,
        DatabaseCommand::Restore(args) => restore::run(args, session).await,
        DatabaseCommand::AcceptRestore(args) => accept::run(&args, &session.open().await?).await,
    }
}

async fn init(session: Session) -> CliResult {
    let (out, database) = (session.out, session.config.database.value.clone());
    let exists = match database.path() {
        Some(_) => !database.is_missing(),
        None => runtime::schema(&session.config).await?.found > 0,
    };
    if exists {
        return show(&DatabaseView { database: database.to_string(), made: false }, out);
    }
    let context = session.create().await?;
    context.runtime.notices().iter().for_each(note);
    show(&DatabaseView { database: database.to_string(), made: true }, out)
}

fn show(view: &DatabaseView, out: Output) -> CliResult {
    if out.json {
        return out.json(view);
    }
    let DatabaseView { database, made } = view;
    if *made {
        return out.line(format_args!("{database} is ready: `ipxe-orch serve` serves it"));
    }
    out.line(format_args!("nothing to do: {database} exists"))
}
