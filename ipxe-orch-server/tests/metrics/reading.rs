//! What is counted shows when it is read, and everything that shows is in the table.

use crate::server::{get, server, sign_in};
use axum::http::StatusCode;
use ipxe_orch_core::conformance::Bench;
use ipxe_orch_server::metrics::reference;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::Write as _,
    process::{Command, Stdio},
};

/// As Prometheus' own client reads it.
fn parsed(text: &str) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/metrics/check.py");
    let mut python = Command::new("/usr/bin/python3");
    let python = python.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut python = python.expect("python3 and python3-prometheus-client are needed");
    python.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "the text cannot be read:\n{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The value of a sample with these labels.
fn value(families: &[Value], name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let samples = families.iter().flat_map(|family| family["samples"].as_array().unwrap());
    let mut found = samples.filter(|sample| {
        sample[0] == name && labels.iter().all(|(label, value)| sample[1][label] == *value)
    });
    let first = found.next().map(|sample| sample[2].as_f64().unwrap());
    assert!(found.next().is_none(), "{name} {labels:?} is there twice");
    first
}

#[tokio::test]
async fn a_boot_shows_in_its_counters() {
    let (bench, machines, metrics) = server().await;
    assert_eq!(sign_in(&machines).await, StatusCode::SERVICE_UNAVAILABLE);
    let host = bench.host(1).await;
    let query = bench.query(host.id, 1).await;
    let (status, ..) = get(&machines, &format!("/boot/v1/script?{query}")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(get(&machines, "/boot/v1/script?x").await.0, StatusCode::BAD_REQUEST);
    let (status, kind, text) = get(&metrics, "/metrics").await;
    assert_eq!(
        (status, kind.as_str()),
        (StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8")
    );
    let families = parsed(&text);
    let of = |name: &str, labels: &[(&str, &str)]| value(&families, name, labels);
    let route = ("route", "/boot/v1/script");
    assert_eq!(of("ipxe_orch_boot_requests_total", &[route, ("code", "200")]), Some(1.));
    assert_eq!(of("ipxe_orch_boot_requests_total", &[route, ("code", "400")]), Some(1.));
    assert_eq!(of("ipxe_orch_boot_request_duration_seconds_count", &[route]), Some(2.));
    assert_eq!(of("ipxe_orch_boot_events_total", &[("event", "offered")]), Some(1.));
    assert_eq!(of("ipxe_orch_leases", &[("state", "offered")]), Some(1.));
    assert_eq!(of("ipxe_orch_leases", &[("state", "held")]), Some(0.), "a state without a host");
    assert_eq!(of("ipxe_orch_database_up", &[]), Some(1.));
    assert_eq!(of("ipxe_orch_database_commits_total", &[]), Some(7.));
    assert_eq!(of("ipxe_orch_database_failures_total", &[("operation", "read")]), Some(2.));
    assert_eq!(of("ipxe_orch_event_queue_length", &[]), Some(3.));
    let corp = ("realm", "corp");
    assert_eq!(of("ipxe_orch_login_service_up", &[corp]), Some(0.));
    let asked = [corp, ("outcome", "unavailable")];
    assert_eq!(of("ipxe_orch_login_service_requests_total", &asked), Some(1.));
    let api = [("method", "POST"), ("route", "/api/v1/session"), ("code", "503")];
    assert_eq!(of("ipxe_orch_api_requests_total", &api), Some(1.));
    assert_eq!(of("ipxe_orch_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), Some(1.));
    let expiry = of("ipxe_orch_tls_certificate_expiry_timestamp_seconds", &[]).unwrap();
    assert!((expiry * 1000. - 999. ..=expiry * 1000. + 999.).contains(&millis(&bench)), "{expiry}");
}

fn millis(bench: &Bench) -> f64 {
    bench.orchestrator.now().as_millis().to_string().parse().unwrap()
}

/// Names, kinds and labels of the table are those that are written.
#[tokio::test]
async fn what_is_written_is_in_the_table() {
    let (bench, machines, metrics) = server().await;
    sign_in(&machines).await;
    let query = bench.query(bench.host(1).await.id, 1).await;
    get(&machines, &format!("/boot/v1/script?{query}")).await;
    let table = reference();
    let mut listed = BTreeSet::new();
    for family in parsed(&get(&metrics, "/metrics").await.2) {
        let text = |key: &str| family[key].as_str().unwrap().to_owned();
        let (kind, help) = (text("kind"), text("help"));
        // The parser takes the end of a counter's name away.
        let end = if kind == "counter" { "_total" } else { "" };
        let name = format!("{}{end}", text("name"));
        let samples = family["samples"].as_array().unwrap();
        let labels = samples.first().map(|sample| sample[1].as_object().unwrap());
        let labels: Vec<_> =
            labels.into_iter().flatten().map(|(label, _)| label.as_str()).collect();
        let help = help.trim_end_matches('.');
        let row = table.lines().find(|row| row.starts_with(&format!("| `{name}` | {kind} |")));
        let row = row.unwrap_or_else(|| panic!("{name} is not in the table as a {kind}"));
        assert!(row.ends_with(&format!("| {help} |")), "{row}");
        for label in labels.into_iter().filter(|label| *label != "le") {
            assert!(row.contains(&format!("`{label}`")), "{row} has no {label}");
        }
        listed.insert(name);
    }
    let rows = table.lines().filter(|row| row.starts_with("| `")).count();
    assert_eq!(listed.len(), rows, "each row is written");
}

#[tokio::test]
async fn nothing_else_is_at_their_address() {
    let (_, _, metrics) = server().await;
    for path in ["/", "/api/v1/hosts", "/metrics/", "/boot/v1/script"] {
        assert_eq!(get(&metrics, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}
