//! Boots machines against servers that are killed, and looks for broken promises.
//!
//! ```sh
//! cargo build --release --workspace
//! cargo run --release --example crash -- --boots 1000
//! cargo run --release --example crash -- --boots 1000 --servers 3 --database mariadb
//! ```
//! Server processes over one database are killed (`kill -9`) at random points and started again at
//! once, while many machines boot, claim, fetch their answer file and report over real HTTP, lose
//! answers, ask twice, and come back with tickets of boots long past; operators order, cancel and
//! abandon through this process and through the command line. With `--database mariadb` or `postgres`,
//! the server of the database is a process of this program, too, which is killed as well. With
//! `--database galera` it is a cluster of three nodes, one next to each server: nodes are killed, all of
//! them at once too, stopped, and cut off from the others, and join again while machines boot.
//! `--database mssql` uses the SQL Server that `IPXE_ORCH_TEST_MSSQL` names, and does not kill it.
//! Throughout and at the end:
//!
//! - no order is claimed twice, and no offered order is refused to the first that claims it;
//! - an order, claim, cancellation or report that was acknowledged is in the database afterwards;
//! - audit chains verify and say the same as the tables; the database is whole, and all nodes of a
//!   cluster hold the same.
//!
//! It ends with 1 and says what it saw if a promise was broken, and leaves its folder for a look.
//! What machines do and when servers are killed comes from `--seed`; how it races does not.

mod driver;

use clap::Parser as _;
use driver::Options;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let done = tokio::select! {
        done = driver::run(Options::parse()) => done,
        stopped = stopped() => stopped,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crash: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Told to stop, it ends as ever, so that no server is left running.
async fn stopped() -> driver::Result<()> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    driver::fail("stopped before its end")
}
