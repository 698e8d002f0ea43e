//! Where the generated part of `docs/METRICS.md` stands; a test compares it.

/// The page.
pub(crate) const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/METRICS.md");

const BEGIN: &str = "<!-- generated: cargo run -p ipxe-orch-server --example metrics-doc -->\n";
const END: &str = "<!-- end of the generated part -->\n";

/// The page before, within and after its markers.
pub(crate) fn split(page: &str) -> Option<(&str, &str, &str)> {
    let start = page.find(BEGIN)?.checked_add(BEGIN.len())?;
    let (before, rest) = page.split_at_checked(start)?;
    let (within, after) = rest.split_at_checked(rest.find(END)?)?;
    Some((before, within, after))
}
