//! Accounts and roles.

use crate::site::{PASSWORD, Shown, Site};
use axum::http::{Method, StatusCode};
use ipxe_orch_core::auth::{Hosts, Role};
use serde_json::json;

#[tokio::test]
async fn a_role_that_is_given_holds_at_once_and_one_that_is_taken_away_does_not() {
    let site = Site::new().await;
    let admin = site.person("root", &[(Role::SecurityAdmin, Hosts::All)]).await;
    let ann = site.person("ann", &[]).await;
    let id = site.get(&ann, "/session").await.json()["person"]["id"].clone();
    assert_eq!(site.get(&ann, "/hosts").await.status, StatusCode::FORBIDDEN);
    let body = json!({
        "who": { "person": { "id": id, "name": "ann" } }, "role": "viewer",
        "hosts": { "site": "north" }, "reason": "new here", "change_ref": "CHG-7",
    });
    let made = site.post(&admin, "/bindings", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let hosts = site.get(&ann, "/hosts").await.json();
    assert_eq!(hosts["hosts"].as_array().unwrap().len(), 1);
    let why = site.get(&admin, "/explain?action=see_hosts&realm=local&name=ann").await.json();
    assert_eq!((&why["allowed"], &why["by"][0]["role"]), (&json!(true), &json!("viewer")));
    let path = format!("/bindings/{}?reason=left", made.json()["id"].as_str().unwrap());
    let gone = site.send(Method::DELETE, &admin, &path, None, &[]).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(site.get(&ann, "/hosts").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nobody_gives_a_role_to_oneself() {
    let site = Site::new().await;
    let root = site.person("root", &[(Role::SecurityAdmin, Hosts::All)]).await;
    let id = site.get(&root, "/session").await.json()["person"]["id"].clone();
    let who = json!({ "person": { "id": id, "name": "root" } });
    let body = json!({ "who": who, "role": "admin", "hosts": "all" });
    let denied = site.post(&root, "/bindings", &body).await;
    assert_eq!((denied.status, denied.problem()), (StatusCode::FORBIDDEN, "denied".to_owned()));
}

#[tokio::test]
async fn a_disabled_account_is_out() {
    let site = Site::new().await;
    let admin = site.person("root", &[(Role::SecurityAdmin, Hosts::All)]).await;
    let ann = site.person("ann", &[(Role::Viewer, Hosts::All)]).await;
    let done = site.post(&admin, "/accounts/ann/disable", &json!({})).await;
    assert_eq!(done.json()["disabled"], true);
    assert_eq!(site.get(&ann, "/hosts").await.status, StatusCode::UNAUTHORIZED);
    let none = site.post(&admin, "/accounts/other/disable", &json!({})).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    site.post(&admin, "/accounts/ann/enable", &json!({})).await;
    let body = json!({ "name": "ann", "password": PASSWORD });
    let again = site.post(&Shown::default(), "/session", &body).await;
    assert_eq!(again.status, StatusCode::CREATED);
}

#[tokio::test]
async fn what_is_wrong_is_told_in_the_problem() {
    let site = Site::new().await;
    let admin = site.person("root", &[(Role::SecurityAdmin, Hosts::All)]).await;
    let detail = async |body| {
        let answer = site.post(&admin, "/bindings", &body).await;
        (answer.status.as_u16(), answer.json()["detail"].as_str().unwrap().to_owned())
    };
    let groups = |ids: &[&str]| {
        let all: Vec<_> = ids.iter().map(|id| json!({ "id": id, "name": "g" })).collect();
        json!({ "who": { "groups": all }, "role": "viewer", "hosts": "all" })
    };
    let (status, text) = detail(json!({ "who": { "groups": [] } })).await;
    assert!(status == 400 && text.contains("missing field `role`"), "{text}");
    assert_eq!(detail(groups(&[])).await, (422, "name a group".to_owned()));
    let (status, text) = detail(groups(&["no-realm"])).await;
    assert!(status == 400 && text.contains("write REALM/KEY"), "{text}");
    let mut extra = groups(&["corp/7"]);
    extra["scope"] = json!("all");
    let (status, text) = detail(extra).await;
    assert!(status == 400 && text.contains("unknown field `scope`"), "{text}");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let form = site.send(Method::POST, &admin, "/bindings", None, &form).await;
    assert_eq!(form.status, StatusCode::BAD_REQUEST);
}
