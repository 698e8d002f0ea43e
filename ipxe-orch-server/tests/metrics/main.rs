//! Figures for Prometheus: their text, and the page that lists them.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

#[path = "../../examples/metrics-doc/page.rs"]
mod page;
mod reading;
mod server;

use std::fs;

#[test]
fn the_page_is_what_the_table_says() {
    let text = fs::read_to_string(page::FILE).unwrap();
    let (_, within, _) = page::split(&text).expect("the page has its markers");
    assert!(
        within == ipxe_orch_server::metrics::reference(),
        "docs/METRICS.md is out of date: run `cargo run -p ipxe-orch-server --example metrics-doc`"
    );
}
