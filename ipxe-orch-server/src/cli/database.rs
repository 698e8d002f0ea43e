//! `database init`

use super::{
    context::Session,
    error::CliResult,
    output::{Output, note},
};
use crate::view::DatabaseView;
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  # The database of the settings: see `ipxe-orch config show`
  ipxe-orch database init
  ipxe-orch database init --database sqlite:///var/lib/ipxe-orch/ipxe-orch.db

The first start of `serve` makes the database, too. No other command makes one, so that a \
mistyped path is an error.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum DatabaseCommand {
    /// Make the database, its keys and the built-in profiles; leave what exists as it is
    Init,
}

pub(super) async fn run(command: DatabaseCommand, session: Session) -> CliResult {
    match command {
        DatabaseCommand::Init => init(session).await,
    }
}

async fn init(session: Session) -> CliResult {
    let (out, database) = (session.out, session.config.database.value.clone());
    if database.exists() {
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
