//! The page about the configuration is what the table of settings says.

#[path = "../examples/config-doc/page.rs"]
mod page;

use std::fs;

#[test]
fn the_page_is_what_the_table_says() {
    let text = fs::read_to_string(page::FILE).unwrap();
    let (_, within, _) = page::split(&text).expect("the page has its markers");
    assert!(
        within == ipxe_orch_server::config::reference(),
        "docs/CONFIGURATION.md is out of date: run `cargo run -p ipxe-orch-server --example config-doc`"
    );
}
