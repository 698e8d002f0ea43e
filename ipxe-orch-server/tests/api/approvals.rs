//! The second person, and what policies want.

use crate::site::{Shown, Site};
use axum::http::{Method, StatusCode};
use ipxe_orch_core::auth::{Hosts, Role};
use serde_json::{Value, json};
use std::time::Duration;

async fn put(site: &Site, shown: &Shown, name: &str, policy: &Value) -> StatusCode {
    let path = format!("/policies/{name}");
    site.send(Method::PUT, shown, &path, Some(policy), &[]).await.status
}

/// The mark of a host, as an approval names it.
async fn waiting(site: &Site, shown: &Shown, host: &str) -> Value {
    let host = site.get(shown, &format!("/hosts/{host}")).await.json();
    let of = |path: &str| host.pointer(path).unwrap().clone();
    assert_eq!(of("/status"), "waiting for approval", "{host}");
    json!({ "mark": of("/mark/id"), "digest": of("/mark/digest"), "reason": "CHG-1" })
}

#[tokio::test]
async fn nobody_approves_an_order_of_ones_own() {
    let site = Site::new().await;
    let both = [(Role::Reimager, Hosts::All), (Role::Approver, Hosts::All)];
    let (ann, bob) = (site.person("ann", &both).await, site.person("bob", &both).await);
    let protected = site.post(&bob, "/hosts/db1/protect", &json!({ "reason": "prod" })).await;
    assert_eq!(protected.status, StatusCode::OK, "{}", protected.text);
    let marked = site.post(&ann, "/hosts/db1/mark", &json!({})).await;
    assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
    let listed = site.get(&bob, "/hosts?state=waiting").await.json();
    assert_eq!(listed["hosts"][0]["name"], "db1", "{listed}");
    let approval = waiting(&site, &bob, "db1").await;
    let own = site.post(&ann, "/hosts/db1/approve", &approval).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "{}", own.text);
    // Her token is hers as well.
    let token = site.post(&ann, "/tokens", &json!({ "name": "ci", "days": 1 })).await.json();
    let token = Shown { cookie: None, token: token["secret"].as_str().map(str::to_owned) };
    let own = site.post(&token, "/hosts/db1/approve", &approval).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "{}", own.text);
    let other = json!({ "mark": approval["mark"], "digest": "0".repeat(64) });
    let unseen = site.post(&bob, "/hosts/db1/approve", &other).await;
    assert_eq!(unseen.status, StatusCode::CONFLICT, "{}", unseen.text);
    waiting(&site, &bob, "db1").await;
    let approved = site.post(&bob, "/hosts/db1/approve", &approval).await;
    assert_eq!(approved.status, StatusCode::OK, "{}", approved.text);
    let host = site.get(&bob, "/hosts/db1").await.json();
    assert_eq!(host["status"], "marked");
    assert_eq!(host["mark"]["approval"]["state"], "given", "{host}");
    assert_eq!(host["mark"]["approval"]["by"], "user:bob");
}

#[tokio::test]
async fn an_approval_is_within_the_scope_and_after_a_password() {
    let site = Site::new().await;
    let ann = site.person("ann", &[(Role::Reimager, Hosts::All)]).await;
    let south = Hosts::Site("south".parse().unwrap());
    let bob = site.person("bob", &[(Role::Approver, south)]).await;
    let eve = site.person("eve", &[(Role::SecurityAdmin, Hosts::All)]).await;
    let rules = json!({ "hosts": "all", "rules": { "approval": true } });
    assert_eq!(put(&site, &bob, "all", &rules).await, StatusCode::FORBIDDEN);
    assert_eq!(put(&site, &eve, "all", &rules).await, StatusCode::NO_CONTENT);
    for host in ["web1", "db1"] {
        site.post(&ann, &format!("/hosts/{host}/mark"), &json!({})).await;
    }
    let (web1, db1) = (waiting(&site, &ann, "web1").await, waiting(&site, &ann, "db1").await);
    let beyond = site.post(&bob, "/hosts/web1/approve", &web1).await;
    assert_eq!(beyond.status, StatusCode::NOT_FOUND, "{}", beyond.text);
    let denied = site.post(&ann, "/hosts/db1/approve", &db1).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN, "{}", denied.text);
    site.later(Duration::from_mins(16));
    let stale = site.post(&bob, "/hosts/db1/approve", &db1).await;
    assert_eq!((stale.status, stale.problem().as_str()), (StatusCode::FORBIDDEN, "proof-needed"));
    let rejected = json!({ "mark": db1["mark"], "reason": "wrong host" });
    let rejected = site.post(&bob, "/hosts/db1/reject", &rejected).await;
    assert_eq!(rejected.status, StatusCode::OK, "{}", rejected.text);
    let host = site.get(&ann, "/hosts/db1").await.json();
    assert_eq!((&host["status"], &host["mark"]), (&json!("rejected"), &json!(null)));
}

#[tokio::test]
async fn policies_are_changed_as_they_were_looked_at() {
    let site = Site::new().await;
    let eve = site.person("eve", &[(Role::Admin, Hosts::All)]).await;
    let rules = json!({
        "reason": true,
        "limit": { "installs": 2, "seconds": 3600 },
        "windows": ["sat,sun 22:00-06:00 Europe/Berlin"],
    });
    let policy = |seen: u64| json!({ "hosts": { "site": "north" }, "rules": rules, "seen": seen });
    assert_eq!(put(&site, &eve, "north", &policy(0)).await, StatusCode::NO_CONTENT);
    assert_eq!(put(&site, &eve, "north", &policy(0)).await, StatusCode::PRECONDITION_FAILED);
    let listed = site.get(&eve, "/policies").await.json();
    assert_eq!((&listed[0]["generation"], &listed[0]["left"]), (&json!(1), &json!(2)));
    assert_eq!(listed[0]["rules"]["windows"], rules["windows"]);
    for wrong in [
        json!({ "colour": "red" }),
        json!({ "windows": ["never"] }),
        json!({ "limit": { "installs": 0, "seconds": 60 } }),
        json!({ "limit": { "installs": 1, "seconds": 604_801 } }),
    ] {
        let policy = json!({ "hosts": "all", "rules": wrong });
        let status = put(&site, &eve, "wrong", &policy).await;
        assert!(status.is_client_error(), "{wrong}: {status}");
    }
    let delete = async |seen: u64| {
        let path = format!("/policies/north?seen={seen}");
        site.send(Method::DELETE, &eve, &path, None, &[]).await.status
    };
    assert_eq!(delete(2).await, StatusCode::PRECONDITION_FAILED);
    assert_eq!(delete(1).await, StatusCode::NO_CONTENT);
    assert_eq!(delete(0).await, StatusCode::CONFLICT);
    assert_eq!(site.get(&eve, "/policies").await.json(), json!([]));
}
