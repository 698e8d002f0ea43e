//! `database migrate`

use super::super::{context::Session, error::CliResult};
use crate::{runtime, view::MigratedView};
use clap::Args;
use ipxe_orch_backends::{
    local::{SystemClock, SystemRandom},
    sql,
};
use ipxe_orch_core::{ids::Epoch, time::Clock as _};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch database migrate
  # What it would do: the administrator of the database may run it instead
  ipxe-orch database migrate --print
  # All of it, for a database that does not exist yet
  ipxe-orch database migrate --print --all --database postgres://db.example/ipxe

The login needs the right to change tables; that of `serve` does not. Servers of the version before \
work on with the new tables, so migrate first, and then update one server after another.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in super::super) struct MigrateArgs {
    /// Print the SQL statements that are missing, and change nothing
    #[arg(long)]
    print: bool,
    /// Print those for an empty database, without connecting to it
    #[arg(long, requires = "print")]
    all: bool,
}

pub(super) async fn run(args: &MigrateArgs, session: Session) -> CliResult {
    let (config, out) = (session.config, session.out);
    let database = config.database.value.url();
    if args.print {
        let found = if args.all { 0 } else { runtime::schema(&config).await?.found };
        let (epoch, now) = (Epoch::generate(&SystemRandom), SystemClock.now());
        let script = sql::script(database.dialect(), found, epoch, now);
        return out.line(script.trim_end());
    }
    // A mistyped path makes no file.
    runtime::schema(&config).await?;
    let schema = runtime::migrate(&config).await?;
    let view = MigratedView::new(database.to_string(), &schema);
    if out.json {
        return out.json(&view);
    }
    if view.applied.is_empty() {
        return out.line(format_args!("nothing to do: {database} has schema {}", view.found));
    }
    out.line(format_args!(
        "{database} now has schema {}; applied {}",
        schema.known,
        view.applied.join(", ")
    ))
}
