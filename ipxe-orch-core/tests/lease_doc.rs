//! `docs/LEASE.md` must agree with the table.

#[path = "../examples/lease-doc/section/mod.rs"]
mod section;

use std::fs;

#[test]
fn the_page_is_what_the_table_does() {
    let page = fs::read_to_string(section::FILE).unwrap();
    let (_, within, _) = section::split(&page).expect("the page has its markers");
    assert!(
        within == section::generate().unwrap(),
        "docs/LEASE.md is out of date: run `cargo run -p ipxe-orch-core --example lease-doc`"
    );
}
