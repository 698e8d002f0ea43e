//! Hosts, and orders for them.

use crate::site::Site;
use axum::http::{Method, StatusCode, header};
use ipxe_orch_core::auth::{Hosts, Role};
use serde_json::json;

#[tokio::test]
async fn an_order_is_given_once_and_needs_the_host_that_was_seen() {
    let site = Site::new().await;
    let ann = site.person("ann", &[(Role::Reimager, Hosts::All)]).await;
    let shown = site.get(&ann, "/hosts/web1").await;
    let tag = shown.headers[header::ETAG].to_str().unwrap().to_owned();
    let order = json!({ "id": "0193b7a0-0000-7000-8000-00000000000a", "reason": "new kernel" });
    let send = async |tag: &str| {
        let headers = [("if-match", tag)];
        site.send(Method::POST, &ann, "/hosts/web1/mark", Some(&order), &headers).await
    };
    let stale = send("\"999\"").await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.text);
    assert_eq!(send("999").await.status, StatusCode::BAD_REQUEST);
    let made = send(&tag).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let again = site.post(&ann, "/hosts/web1/mark", &order).await;
    assert_eq!((again.status, &again.json()["created"]), (StatusCode::OK, &json!(false)));
    let other = site.post(&ann, "/hosts/web1/mark", &json!({})).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.text);
    let cancelled = site.post(&ann, "/hosts/web1/cancel", &json!({ "reason": "no" })).await;
    assert_eq!(cancelled.json()["closed_mark"], order["id"]);
    let none = site.post(&ann, "/hosts/web1/cancel", &json!({})).await;
    assert_eq!(none.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn who_may_hold_may_not_release() {
    let site = Site::new().await;
    let ann = site.person("ann", &[(Role::Reimager, Hosts::All)]).await;
    let approver = site.person("bob", &[(Role::Approver, Hosts::All)]).await;
    let held = site.post(&ann, "/hosts/web1/hold", &json!({ "reason": "audit" })).await;
    assert_eq!(held.status, StatusCode::OK, "{}", held.text);
    let refused = site.post(&ann, "/hosts/web1/mark", &json!({})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let denied = site.post(&ann, "/hosts/web1/release", &json!({})).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    let released = site.post(&approver, "/hosts/web1/release", &json!({})).await;
    assert_eq!(released.status, StatusCode::OK, "{}", released.text);
}

#[tokio::test]
async fn a_list_has_what_is_asked_for_within_the_scope_page_by_page() {
    let site = Site::new().await;
    let ann = site.person("ann", &[(Role::Viewer, Hosts::All)]).await;
    let names = async |query: &str| {
        let answer = site.get(&ann, &format!("/hosts{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let hosts = answer.json()["hosts"].as_array().unwrap().clone();
        let names: Vec<_> = hosts.iter().map(|h| h["name"].as_str().unwrap().to_owned()).collect();
        (names, answer.json()["next"].clone())
    };
    assert_eq!(names("").await.0, ["db1", "web1"]);
    assert_eq!(names("?site=north").await.0, ["web1"]);
    assert_eq!(names("?state=marked").await.0, [""; 0]);
    let (first, next) = names("?limit=1").await;
    assert_eq!((first, next.clone()), (vec!["db1".to_owned()], json!("db1")));
    let (second, next) = names(&format!("?limit=1&after={}", next.as_str().unwrap())).await;
    assert_eq!((second, next), (vec!["web1".to_owned()], json!(null)));
    for wrong in ["?colour=red", "?state=happy", "?site=No%20Site", "?label=x"] {
        let answer = site.get(&ann, &format!("/hosts{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}
