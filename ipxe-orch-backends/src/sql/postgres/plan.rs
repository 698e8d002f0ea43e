//! What is wrong with a plan of PostgreSQL, which gives it as JSON.

use super::super::plans::FEW;
use serde_json::Value;

/// The tables that grow with the fleet and with its past. Of who proved nothing, few events are
/// kept.
const LARGE: [&str; 10] = [
    "hosts",
    "host_macs",
    "host_addresses",
    "host_labels",
    "marks",
    "attempts",
    "attempt_contents",
    "leases",
    "audit",
    "boot_events",
];

/// Calls `look` with each object of a plan.
fn walk(plan: &Value, look: &mut dyn FnMut(&Value)) {
    match plan {
        Value::Array(all) => all.iter().for_each(|one| walk(one, look)),
        Value::Object(all) => {
            look(plan);
            all.values().for_each(|one| walk(one, look));
        }
        _ => {}
    }
}

/// Nodes that read a large table, or sort many rows.
pub(in super::super) fn wrong(plan: &Value, sorts: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    walk(plan, &mut |node| {
        let text = |name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default();
        let rows = node.get("Plan Rows").and_then(Value::as_f64).unwrap_or_default();
        if text("Node Type") == "Seq Scan" && LARGE.contains(&text("Relation Name")) {
            wrong.push(format!("reads all of {}", text("Relation Name")));
        }
        if text("Node Type") == "Sort" && !sorts && rows > few() {
            wrong.push(format!("sorts {rows} rows"));
        }
    });
    wrong
}

fn few() -> f64 {
    u32::try_from(FEW).unwrap_or(u32::MAX).into()
}
