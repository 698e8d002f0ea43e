//! Signing in and out, own sessions and tokens.

use crate::site::{Answer, PASSWORD, Shown, Site};
use axum::http::{Method, StatusCode, header};
use ipxe_orch_core::auth::{Hosts, Role};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_cookie_is_for_this_server_alone_and_ends_with_the_session() {
    let site = Site::new().await;
    site.account("ann", &[(Role::Viewer, Hosts::All)]).await;
    let body = json!({ "name": "ann", "password": PASSWORD });
    let answer = site.post(&Shown::default(), "/session", &body).await;
    let line = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(line.starts_with("__Host-ipxe-orch=") && line.contains("; Path=/; Secure; HttpOnly"));
    let view = answer.json();
    assert_eq!(view["person"]["name"], "ann");
    assert_eq!(view["actions"], json!(["see_hosts"]));
    let shown = Shown { cookie: Some(answer.cookie()), token: None };
    assert_eq!(site.get(&shown, "/session").await.json()["person"]["name"], "ann");
    let out = site.send(Method::DELETE, &shown, "/session", None, &[]).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(site.get(&shown, "/session").await.status, StatusCode::UNAUTHORIZED);
}

/// The problem, but for the id of the request.
fn told(answer: &Answer) -> Value {
    let mut problem = answer.json();
    assert!(problem.as_object_mut().unwrap().remove("request").is_some());
    problem
}

#[tokio::test]
async fn a_stranger_learns_nothing_about_accounts() {
    let site = Site::new().await;
    site.account("ann", &[]).await;
    site.account("gone", &[]).await;
    let gone = "gone".parse().unwrap();
    site.access.disable_account(&site.operator, &gone, true).await.unwrap();
    let try_as = async |name: &str, password: &str| {
        let body = json!({ "name": name, "password": password });
        site.post(&Shown::default(), "/session", &body).await
    };
    let nobody = try_as("nobody", "wrong").await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    for (name, password) in [("ann", "wrong"), ("gone", "wrong"), ("gone", PASSWORD)] {
        let answer = try_as(name, password).await;
        assert_eq!((answer.status, told(&answer)), (nobody.status, told(&nobody)), "{name}");
    }
    try_as("ann", "wrong").await;
    try_as("ann", "wrong").await;
    let waits = try_as("ann", PASSWORD).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(waits.headers[header::RETRY_AFTER], "2");
}

#[tokio::test]
async fn a_one_time_password_only_changes_itself() {
    let site = Site::new().await;
    let admin = site.person("root", &[(Role::SecurityAdmin, Hosts::All)]).await;
    let made = site.post(&admin, "/accounts", &json!({ "name": "ann" })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let once = made.json()["password"].as_str().unwrap().to_owned();
    let body = json!({ "name": "ann", "password": once });
    let refused = site.post(&Shown::default(), "/session", &body).await;
    assert_eq!(refused.json()["detail"], "the password must be changed first");
    let body = json!({ "name": "ann", "old": once, "new": PASSWORD });
    let changed = site.post(&Shown::default(), "/password", &body).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text);
    site.sign_in("ann").await;
}

#[tokio::test]
async fn a_token_does_what_it_was_made_for_until_it_is_removed() {
    let site = Site::new().await;
    let roles = [(Role::Reimager, Hosts::All)];
    let shown = site.person("ann", &roles).await;
    let body = json!({ "name": "ci", "days": 30, "hosts": { "site": "south" } });
    let made = site.post(&shown, "/tokens", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let view = made.json();
    let secret = view["secret"].as_str().unwrap().to_owned();
    let token = Shown { cookie: None, token: Some(secret.clone()) };
    let seen = site.get(&token, "/hosts").await.json();
    let names: Vec<_> =
        seen["hosts"].as_array().unwrap().iter().map(|host| &host["name"]).collect();
    assert_eq!(names, ["db1"], "the token is for one site");
    assert_eq!(site.get(&token, "/hosts/web1").await.status, StatusCode::NOT_FOUND);
    let marked = site.post(&token, "/hosts/db1/mark", &json!({ "reason": "test" })).await;
    assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
    assert_eq!(site.get(&token, "/session").await.json()["session"], Value::Null);
    let list = site.get(&shown, "/tokens").await;
    assert!(!list.text.contains(&secret[10..]), "it is shown once");
    let path = format!("/tokens/{}", view["id"].as_str().unwrap());
    let removed = site.send(Method::DELETE, &shown, &path, None, &[]).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(site.get(&token, "/hosts").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_password_again_gives_another_cookie() {
    let site = Site::new().await;
    let shown = site.person("root", &[(Role::SecurityAdmin, Hosts::All)]).await;
    site.later(Duration::from_mins(16));
    let new = json!({ "name": "ann" });
    assert_eq!(site.post(&shown, "/accounts", &new).await.problem(), "proof-needed");
    let proof = json!({ "password": PASSWORD });
    let proved = site.post(&shown, "/session/proof", &proof).await;
    assert_eq!(proved.status, StatusCode::NO_CONTENT, "{}", proved.text);
    let again = Shown { cookie: Some(proved.cookie()), token: None };
    assert_eq!(site.post(&again, "/accounts", &new).await.status, StatusCode::CREATED);
    assert_eq!(site.get(&shown, "/session").await.status, StatusCode::UNAUTHORIZED);
}
