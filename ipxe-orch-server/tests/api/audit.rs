//! The audit is read, and each reading is in it.

use crate::site::Site;
use axum::http::StatusCode;
use ipxe_orch_core::{
    audit::AuditFilter,
    auth::{Hosts, Role},
};
use ipxe_orch_server::service::audit::verify_export;
use serde_json::json;

#[tokio::test]
async fn reading_the_audit_is_in_the_audit() {
    let site = Site::new().await;
    let ann = site.person("ann", &[(Role::Auditor, Hosts::All)]).await;
    let first = site.get(&ann, "/audit?limit=2").await;
    assert_eq!(first.text.lines().count(), 2);
    let next = first.headers["next-after"].to_str().unwrap();
    let rest = site.get(&ann, &format!("/audit?after={next}")).await;
    assert!(rest.headers.get("next-after").is_none());
    let entries: Vec<serde_json::Value> =
        rest.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries[0]["sequence"], 3);
    let read = entries.last().unwrap();
    assert_eq!(read["entry"]["action"], "audit.read", "the first reading is the last entry");
    assert_eq!(read["entry"]["actor"]["name"], "ann");
    assert_eq!(site.get(&ann, "/audit?after=x").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_whole_audit_is_a_stream_that_can_be_verified() {
    let site = Site::new().await;
    let ann = site.person("ann", &[(Role::Auditor, Hosts::All)]).await;
    let all = site.get(&ann, "/audit.jsonl").await;
    assert_eq!(all.headers["content-type"], "application/jsonl");
    let verify = async |text: &str, partial| {
        let lines = text.lines().map(|line| Ok(line.to_owned()));
        verify_export(lines, site.orchestrator.keys(), None, partial).await
    };
    let whole = verify(&all.text, false).await.unwrap();
    assert_eq!(usize::try_from(whole.entries), Ok(all.text.lines().count()));
    let filtered = site.get(&ann, "/audit.jsonl?host=web1&since=2020-01-01T00:00:00Z").await;
    assert_eq!(filtered.text.lines().count(), 1, "{}", filtered.text);
    verify(&filtered.text, false).await.unwrap_err();
    verify(&filtered.text, true).await.unwrap();
    let id = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["id"].as_str().unwrap().to_owned()
    };
    let after = id(all.text.lines().last().unwrap());
    let rest = site.get(&ann, &format!("/audit.jsonl?after={after}")).await;
    let details: Vec<_> = rest
        .text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["entry"].clone())
        .map(|entry| (entry["action"].clone(), entry["detail"].clone()))
        .collect();
    let export = |detail: serde_json::Value| (json!("audit.export"), detail);
    let filter = json!("host web1, since 2020-01-01T00:00:00.000Z");
    assert_eq!(details, [export(json!(null)), export(filter)], "each once, without pages");
    for wrong in ["after=x", "since=yesterday", "limit=5", "colour=red", "chain=x"] {
        let answer = site.get(&ann, &format!("/audit.jsonl?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

/// Pages of the real length, so that the last one is not full.
#[tokio::test]
async fn a_long_audit_is_sent_page_by_page() {
    let site = Site::new().await;
    let ann = site.person("ann", &[(Role::Auditor, Hosts::All)]).await;
    for _ in 0..1100 {
        let filter = AuditFilter::default();
        site.orchestrator.read_audit(&site.operator, "x", filter, None).await.unwrap();
    }
    let all = site.get(&ann, "/audit.jsonl").await;
    let lines = all.text.lines().map(|line| Ok(line.to_owned()));
    let keys = site.orchestrator.keys();
    let verified = verify_export(lines, keys, None, false).await.unwrap();
    assert!(verified.entries > 1100, "{verified:?}");
    let page = site.get(&ann, "/audit").await;
    assert_eq!(page.text.lines().count(), 1000);
}
