//! Every route, as everybody.

use crate::site::{Shown, Site};
use axum::http::{Method, StatusCode};
use ipxe_orch_core::{
    audit::{AuditEntry, AuditOutcome},
    auth::{Hosts, Role},
};
use ipxe_orch_server::api::{Access, ROUTES, Route};
use serde_json::{Value, json};
use std::{fmt::Write as _, time::Duration};

/// A path of the route, and what is sent there.
fn request(route: &Route) -> (String, Option<Value>) {
    let path = route.path.strip_prefix("/api/v1").unwrap();
    let name = if path.starts_with("/accounts") { "ann" } else { "web1" };
    let id = "0193b7a0-0000-7000-8000-000000000000";
    let mut path = path.replace("{name}", name).replace("{id}", id);
    if path == "/explain" {
        path.push_str("?action=see_hosts&realm=local&name=ann");
    }
    if path.starts_with("/policies/") && route.method == Method::DELETE {
        path.push_str("?seen=1");
    }
    let body = match path.as_str() {
        "/hosts/web1/approve" => json!({ "mark": id, "digest": "0".repeat(64) }),
        "/hosts/web1/reject" => json!({ "mark": id }),
        "/policies/web1" => json!({ "hosts": "all", "rules": {} }),
        "/session" => json!({ "name": "nobody", "password": "x" }),
        "/session/proof" => json!({ "password": "x" }),
        "/password" => json!({ "name": "nobody", "old": "x", "new": "twelve characters" }),
        "/tokens" => json!({ "name": "ci", "days": 1 }),
        "/accounts" => json!({ "name": "new" }),
        "/bindings" => json!({
            "who": { "groups": [{ "id": "corp/7", "name": "g" }] }, "role": "viewer", "hosts": "all",
        }),
        _ => json!({}),
    };
    (path, [Method::POST, Method::PUT].contains(&route.method).then_some(body))
}

async fn answer(site: &Site, route: &Route, shown: &Shown) -> StatusCode {
    let (path, body) = request(route);
    site.send(route.method.clone(), shown, &path, body.as_ref(), &[]).await.status
}

/// Who may what, as a person can read it. 401: sign in first. 403: no permission. 404: of a host, it
/// is out of the scope; of an id, there is none. 409 and 422: allowed, but not possible as it is.
#[tokio::test]
async fn the_matrix_of_routes_and_people() {
    let roles = Role::ALL.map(|role| (role.name().to_owned(), vec![(role, Hosts::All)]));
    let south = Hosts::Site("south".parse().unwrap());
    let elsewhere = vec![(Role::Reimager, south)];
    let others = [("nobody".to_owned(), Vec::new()), ("reimager_south".to_owned(), elsewhere)];
    let people: Vec<_> = roles.into_iter().chain(others).collect();
    let mut text = format!("{:40}{:>15}{:>15}", "", "stranger", "token");
    for (name, _) in &people {
        write!(text, "{name:>15}").unwrap();
    }
    for route in ROUTES {
        write!(text, "\n{:6} {:33}", route.method.as_str(), &route.path["/api/v1".len()..])
            .unwrap();
        let site = Site::new().await;
        site.account("ann", &[(Role::Admin, Hosts::All)]).await;
        write!(text, "{:>15}", answer(&site, route, &Shown::default()).await.as_u16()).unwrap();
        let token = admin_token(&site).await;
        write!(text, "{:>15}", answer(&site, route, &token).await.as_u16()).unwrap();
        for (name, roles) in &people {
            // A site each, because an earlier request may have changed something.
            let site = Site::new().await;
            site.account("ann", &[(Role::Admin, Hosts::All)]).await;
            let shown = site.person(name, roles).await;
            write!(text, "{:>15}", answer(&site, route, &shown).await.as_u16()).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

/// Of an administrator, for reading hosts alone.
async fn admin_token(site: &Site) -> Shown {
    let shown = site.sign_in("ann").await;
    let body = json!({ "name": "ci", "days": 1, "actions": ["see_hosts"] });
    let made = site.post(&shown, "/tokens", &body).await;
    let secret = made.json().get("secret").unwrap().as_str().unwrap().to_owned();
    Shown { cookie: None, token: Some(secret) }
}

#[tokio::test]
async fn a_session_that_has_ended_is_none() {
    let site = Site::new().await;
    let shown = site.person("ann", &[(Role::Admin, Hosts::All)]).await;
    site.later(Duration::from_hours(12));
    for route in ROUTES.iter().filter(|route| route.access != Access::Public) {
        let status = answer(&site, route, &shown).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn a_password_that_was_shown_long_ago_is_needed_again() {
    let site = Site::new().await;
    let shown = site.person("ann", &[(Role::Admin, Hosts::All)]).await;
    site.later(Duration::from_mins(16));
    for route in ROUTES {
        let (path, body) = request(route);
        let answer = site.send(route.method.clone(), &shown, &path, body.as_ref(), &[]).await;
        let needs = matches!(route.access, Access::Proved | Access::ProvedSession);
        let asked = answer.status == StatusCode::FORBIDDEN && answer.problem() == "proof-needed";
        assert_eq!(needs, asked, "{} {}: {}", route.method, route.path, answer.text);
        if path == "/session" && route.method == Method::DELETE {
            break;
        }
    }
}

#[tokio::test]
async fn another_site_changes_nothing_with_the_cookie() {
    let site = Site::new().await;
    let shown = site.person("ann", &[(Role::Admin, Hosts::All)]).await;
    for route in ROUTES.iter().filter(|route| route.method != Method::GET) {
        let (path, body) = request(route);
        for header in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            let method = route.method.clone();
            let answer = site.send(method, &shown, &path, body.as_ref(), &[header]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.text);
        }
    }
    assert_eq!(site.get(&shown, "/session").await.status, StatusCode::OK);
}

#[tokio::test]
async fn each_denied_change_is_in_the_audit() {
    for route in ROUTES {
        let Some(_) = route.action.filter(|_| route.method != Method::GET) else { continue };
        let site = Site::new().await;
        let shown = site.person("eve", &[]).await;
        let before = entries(&site).await.len();
        assert_eq!(answer(&site, route, &shown).await, StatusCode::FORBIDDEN, "{}", route.path);
        let new = entries(&site).await.split_off(before);
        let [entry] = &new[..] else { panic!("{}: {new:?}", route.path) };
        assert_eq!(entry.outcome, AuditOutcome::Denied, "{}", route.path);
        assert_eq!(entry.actor.to_string(), "user:eve");
    }
}

async fn entries(site: &Site) -> Vec<AuditEntry> {
    let entries = site.orchestrator.audit(&site.operator, None, 1000).await.unwrap();
    entries.iter().map(|entry| serde_json::from_str(&entry.text).unwrap()).collect()
}

#[tokio::test]
async fn every_answer_has_the_strict_headers() {
    let site = Site::new().await;
    for route in ROUTES {
        let (path, body) = request(route);
        let nobody = Shown::default();
        let answer = site.send(route.method.clone(), &nobody, &path, body.as_ref(), &[]).await;
        let header = |name| answer.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").starts_with("default-src 'none'"));
        if !answer.status.is_success() {
            assert_eq!(header("content-type"), "application/problem+json", "{path}");
            assert_eq!(answer.json()["request"], header("x-request-id"), "{path}");
        }
    }
    let nothing = site.get(&Shown::default(), "/nothing").await;
    assert_eq!(
        (nothing.status, nothing.problem()),
        (StatusCode::NOT_FOUND, "not-found".to_owned())
    );
    assert_eq!(nothing.json()["request"], nothing.headers["x-request-id"].to_str().unwrap());
    let put = site.send(Method::PUT, &Shown::default(), "/hosts", None, &[]).await;
    assert_eq!((put.status, put.problem()), (StatusCode::METHOD_NOT_ALLOWED, "method".to_owned()));
}
