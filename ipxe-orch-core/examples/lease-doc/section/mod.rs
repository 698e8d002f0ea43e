//! The generated part of `docs/LEASE.md`. A test compares it with the file.

mod diagram;
mod runs;
mod words;

use ipxe_orch_core::lease::{Phase, Row, TABLE};
use std::{error::Error, fmt::Write as _};

/// The file.
pub(crate) const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/LEASE.md");

const BEGIN: &str = "<!-- generated: cargo run -p ipxe-orch-core --example lease-doc -->\n";
const END: &str = "<!-- end of the generated part -->\n";

const LEGEND: &str = "\
The diagram shows how a lease changes from one phase to another. The numbers are those of the rows.
A row that is not in the diagram leaves the phase as it is.
";

/// The file before, between and after its markers.
pub(crate) fn split(page: &str) -> Option<(&str, &str, &str)> {
    let start = page.find(BEGIN)?.checked_add(BEGIN.len())?;
    let (before, rest) = page.split_at_checked(start)?;
    let (within, after) = rest.split_at_checked(rest.find(END)?)?;
    Some((before, within, after))
}

/// The table and the diagram.
pub(crate) fn generate() -> Result<String, Box<dyn Error>> {
    Ok(format!("\n{}\n{}\n{}\n", table()?, LEGEND, diagram::diagram()?))
}

fn table() -> Result<String, Box<dyn Error>> {
    let mut text = String::from(
        "| # | host is | event | if | then | ends as | answer | alert |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for (number, row) in (1..).zip(TABLE) {
        let alert = if row.alert { "yes" } else { "" };
        let cells = [
            phases(row),
            words::event(row.event).to_owned(),
            guards(row),
            words::effect(row.effect).to_owned(),
            words::outcome(row),
            words::reply(row.reply).to_owned(),
            alert.to_owned(),
        ];
        writeln!(text, "| {number} | {} |", cells.join(" | "))?;
    }
    Ok(text)
}

fn phases(row: &Row) -> String {
    if row.phases == Phase::ALL {
        return "any".to_owned();
    }
    row.phases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn guards(row: &Row) -> String {
    row.guards.iter().map(|guard| words::guard(*guard)).collect::<Vec<_>>().join(", ")
}
