//! What is wrong with a plan that a server gives as JSON.

use super::super::plans::FEW;
use serde_json::Value;

/// The tables that grow with the fleet and with its past.
const LARGE: [&str; 11] = [
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
    "unproved_events",
];

/// Calls `look` with each object of a plan.
pub(in super::super) fn walk(plan: &Value, look: &mut dyn FnMut(&Value)) {
    match plan {
        Value::Array(all) => all.iter().for_each(|one| walk(one, look)),
        Value::Object(all) => {
            look(plan);
            all.values().for_each(|one| walk(one, look));
        }
        _ => {}
    }
}

/// PostgreSQL: nodes that read a large table, or sort many rows.
pub(in super::super) fn wrong_in_postgres(plan: &Value, sorts: bool) -> Vec<String> {
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

/// MySQL and MariaDB: tables that are read as a whole, and sorted pages.
pub(in super::super) fn wrong_in_mysql(plan: &Value, sorts: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    walk(plan, &mut |node| {
        let text = |name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default();
        let rows = node.get("rows").and_then(Value::as_f64).unwrap_or_default();
        if ["ALL", "index"].contains(&text("access_type")) && rows > few() {
            wrong.push(format!("reads all of {}", text("table_name")));
        }
        if node.get("filesort").is_some() && !sorts {
            wrong.push("sorts".to_owned());
        }
    });
    wrong
}

fn few() -> f64 {
    u32::try_from(FEW).unwrap_or(u32::MAX).into()
}
