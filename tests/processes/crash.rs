//! Runs the driver of `examples/crash` for as long as a test may take.

use crate::driver::{self, Options};
use clap::Parser as _;

#[tokio::test(flavor = "multi_thread")]
async fn no_promise_is_broken_when_servers_are_killed() {
    let options = ["crash", "--boots", "100", "--hosts", "20", "--kill-every", "8"];
    let done = driver::run(Options::parse_from(options)).await;
    done.unwrap_or_else(|error| panic!("{error}"));
}
