//! Attacks a server as strangers can, and looks whether machines boot meanwhile.
//!
//! ```sh
//! cargo build --workspace
//! cargo run --example siege -- --seconds 60
//! ```
//! It starts the real server over a temporary data directory, first with 1,024 files and then with
//! 20,000, and attacks it in turn: bodies that never come, idle connections, heads that trickle or
//! never end, floods of `/readyz` and `/healthz`, of wrong secrets, of wrong tickets, and of reports
//! with one genuine ticket. The attacks are about places, memory and disk, not about processor time:
//! their rates are bounded. Everything happens on loopback addresses. Throughout,
//!
//! - a machine boots from another address again and again: each boot is answered within 2 s;
//! - an install goes on: claim, answer file, parts of media, reports, all within 2 s;
//! - memory, log and events of strangers stay small.
//!
//! It prints a table, and ends with 1 if a promise was broken. The time for which the system kept
//! the server from running is added to the limits, and shown.

mod driver;

use clap::Parser as _;
use driver::Options;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let done = tokio::select! {
        done = driver::run(Options::parse()) => done,
        _ = tokio::signal::ctrl_c() => Err("stopped before its end".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("siege: {error}");
            ExitCode::FAILURE
        }
    }
}
