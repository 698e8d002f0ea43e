//! The order of the phases, as a state diagram of Mermaid.

use super::{
    runs::{Step, steps},
    words,
};
use ipxe_orch_core::lease::{EventKind, Phase, TABLE};
use std::{collections::BTreeMap, error::Error, fmt::Write as _};

type Edges = BTreeMap<(Phase, Phase), BTreeMap<EventKind, Vec<usize>>>;

pub(super) fn diagram() -> Result<String, Box<dyn Error>> {
    let mut edges = Edges::new();
    for Step { from, to, row } in steps()? {
        let decided = row.checked_sub(1).and_then(|index| TABLE.get(index)).ok_or("no such row")?;
        edges.entry((from, to)).or_default().entry(decided.event).or_default().push(row);
    }
    let mut text = String::from("```mermaid\nstateDiagram-v2\n");
    for ((from, to), events) in &edges {
        let events: Vec<_> = events.iter().map(label).collect();
        writeln!(text, "    {from} --> {to}: {}", events.join(", "))?;
    }
    text.push_str("```\n");
    Ok(text)
}

/// The event and the numbers of its rows.
fn label((event, rows): (&EventKind, &Vec<usize>)) -> String {
    let rows: Vec<_> = rows.iter().map(ToString::to_string).collect();
    format!("{} ({})", words::event(*event), rows.join(" "))
}
