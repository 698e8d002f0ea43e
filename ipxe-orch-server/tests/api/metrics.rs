//! Figures for monitoring, by those who may see them.

use crate::site::{Shown, Site};
use axum::http::{StatusCode, header};
use ipxe_orch_core::auth::{Hosts, Role};
use serde_json::json;

/// The token of a program that only reads metrics.
async fn token(site: &Site, hosts: Hosts) -> Shown {
    let shown = site.person("prometheus", &[(Role::Monitor, hosts)]).await;
    let made = site.post(&shown, "/tokens", &json!({ "name": "scrape", "days": 365 })).await;
    let secret = made.json().get("secret").unwrap().as_str().unwrap().to_owned();
    Shown { cookie: None, token: Some(secret) }
}

#[tokio::test]
async fn a_program_reads_them_with_a_token_and_nothing_else() {
    let site = Site::new().await;
    let token = token(&site, Hosts::All).await;
    let answer = site.get(&token, "/metrics").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let kind = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    assert!(
        answer.text.contains("\nipxe_orch_leases{state=\"registered\"} 2\n"),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("\nipxe_orch_database_up 1\n"), "{}", answer.text);
    let line =
        "\nipxe_orch_api_requests_total{method=\"POST\",route=\"/api/v1/tokens\",code=\"201\"} 1\n";
    assert!(answer.text.contains(line), "{}", answer.text);
    assert_eq!(site.get(&token, "/hosts").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn who_sees_one_site_sees_no_numbers_of_all() {
    let site = Site::new().await;
    let token = token(&site, Hosts::Site("south".parse().unwrap())).await;
    let denied = site.get(&token, "/metrics").await;
    assert_eq!((denied.status, denied.problem()), (StatusCode::FORBIDDEN, "denied".to_owned()));
}
