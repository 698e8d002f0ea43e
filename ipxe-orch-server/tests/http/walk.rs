//! The route table, walked in every state, by strangers, and at random.

use crate::{
    peers::strange_peers,
    site::{Answer, KERNEL, Site, strange_tickets},
};
use axum::http::{Method, StatusCode};
use ipxe_orch_core::{
    boot::LOCAL_SCRIPT, digest::Digest, orchestrator::Operation, stores::HostKey,
};
use ipxe_orch_server::http::{Access, ROUTES, Route};
use proptest::prelude::*;

const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::PATCH,
    Method::OPTIONS,
];

/// A path of `route`.
fn path(route: &Route, ticket: &str) -> String {
    let name = if route.path.contains("/answer/") { "answer" } else { "kernel" };
    let path = route.path.replace("{ticket}", ticket).replace("{name}", name);
    let digest = Digest::of(KERNEL).to_string();
    path.replace("{*rest}", "some/thing").replace("{digest}", &digest)
}

/// What holds for every answer of the server.
fn check(method: &Method, path: &str, answer: &Answer) {
    let what = format!("{method} {path}: {answer}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("retry-after"), "", "{what}");
    assert_eq!(answer.header("transfer-encoding"), "", "{what}");
    if answer.status != StatusCode::NO_CONTENT && *method != Method::HEAD {
        assert_eq!(answer.header("content-length"), answer.body.len().to_string(), "{what}");
    }
    let executed = path.starts_with("/boot/v1/script") || path.ends_with("/claim");
    if executed && answer.status.is_success() {
        assert_eq!(answer.status, StatusCode::OK, "{what}");
        assert!(answer.body.starts_with("#!ipxe\n"), "{what}");
    }
    if answer.status == StatusCode::METHOD_NOT_ALLOWED {
        assert_ne!(answer.header("allow"), "", "{what}");
    }
}

/// Every route with every method, in every state that a host can be in.
#[tokio::test]
async fn only_scripts_come_with_200_where_ipxe_executes() {
    for state in ["marked", "offered", "installing", "installed", "held", "cancelled", "abandoned"]
    {
        for method in METHODS {
            for route in ROUTES {
                let (site, ticket) = in_state(state).await;
                let mut path = path(route, &ticket);
                if route.access == Access::Machine {
                    path = site.boot_path().await;
                } else if path.ends_with("/report") {
                    path.push_str("?status=done");
                }
                let answer = site.send(method.clone(), &path, &[("host", "boot.test")], "").await;
                check(&method, &path, &answer);
                let known = route.methods.is_empty() || route.methods.contains(&method);
                assert_eq!(
                    answer.status == StatusCode::METHOD_NOT_ALLOWED,
                    !known,
                    "{method} {path}"
                );
                assert!(!answer.status.is_server_error(), "{state}: {method} {path}: {answer}");
            }
        }
    }
}

async fn in_state(state: &str) -> (Site, String) {
    let (site, ticket) = match state {
        "marked" => (Site::marked().await, "x".to_owned()),
        "offered" | "held" | "cancelled" => Site::offered().await,
        "installing" | "abandoned" => Site::installing().await,
        _ => Site::installed().await,
    };
    let operation = match state {
        "held" => Some(Operation::Hold),
        "cancelled" => Some(Operation::Cancel),
        "abandoned" => Some(Operation::Abandon),
        _ => None,
    };
    if let Some(operation) = operation {
        let (bench, key) = (&site.bench, HostKey::Id(site.host.id));
        bench.orchestrator.operate(&bench.operator, &key, &operation, None).await.unwrap();
    }
    (site, ticket)
}

/// What one gets who shows nothing, or something that is not theirs.
#[tokio::test]
async fn a_stranger_gets_nothing_from_any_route() {
    let (site, good) = Site::installing().await;
    let before = site.bench.host(1).await;
    let wrong = site.boot_path().await.replace("&g=0", "&g=1");
    for route in ROUTES {
        match route.access {
            Access::Machine => {
                assert_eq!(site.get(route.path).await.status, StatusCode::BAD_REQUEST);
                assert_eq!(site.get(&wrong).await.body, LOCAL_SCRIPT);
            }
            Access::Ticket => {
                for (what, ticket) in strange_tickets(&site, &good).await {
                    let path = format!("{}?status=done", path(route, &ticket));
                    let answer = site.get_with(&path, &[("host", "boot.test")]).await;
                    assert_eq!(answer.to_string(), "404 Not Found\nnot found\n", "{what} {path}");
                }
            }
            Access::Peer => {
                for (what, headers) in strange_peers(&site, route).await {
                    let headers: Vec<_> =
                        headers.iter().map(|text| ("authorization", text.as_str())).collect();
                    let answer = site.get_with(&path(route, "x"), &headers).await;
                    let told = answer.to_string();
                    assert_eq!(told, "404 Not Found\nnot found\n", "{what} {}", route.path);
                    assert_eq!(answer.header("ipxe-orch-answer"), "", "{what} {}", route.path);
                    assert_eq!(answer.header("www-authenticate"), "", "{what} {}", route.path);
                }
            }
            _ => {
                let answer = site.get(&path(route, "x")).await.to_string();
                let told = ["404 Not Found\nnot found\n", "200 OK\nok\n", "200 OK\nready\n"];
                assert!(told.contains(&answer.as_str()), "{}: {answer}", route.path);
            }
        }
    }
    assert_eq!(site.bench.host(1).await, before);
}

/// Paths and queries near those that mean something.
fn some_path() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("boot".to_owned()),
        Just("v1".to_owned()),
        Just("script".to_owned()),
        Just("t".to_owned()),
        Just("TICKET".to_owned()),
        Just("claim".to_owned()),
        Just("answer".to_owned()),
        Just("media".to_owned()),
        Just("kernel".to_owned()),
        Just("report".to_owned()),
        "[a-zA-Z0-9._~%!$&'()*+,;=:@-]{0,12}",
    ];
    let query = "(\\?[a-zA-Z0-9._~%&=+-]{0,40}|\\?status=(done|x)|\\?QUERY[&a-z=%]{0,6})?";
    let start = prop_oneof![Just("/boot/v1/t/TICKET/"), Just("/boot/v1/"), Just("/")];
    (start, prop::collection::vec(part, 0..5), query)
        .prop_map(|(start, parts, query)| format!("{start}{}{query}", parts.join("/")))
}

proptest! {
    #[test]
    fn whatever_is_asked_is_answered(path in some_path(), method in 0..METHODS.len(), host in "[!-~]{0,9}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (site, ticket) = Site::offered().await;
            let query = site.bench.query(site.host.id, 1).await;
            let path = path.replace("TICKET", &ticket).replace("QUERY", &query);
            let Ok(uri) = path.parse::<axum::http::Uri>() else { return };
            let answer = site.send(METHODS[method].clone(), &path, &[("host", &host)], "").await;
            if uri.path().starts_with("/boot/v1") {
                check(&METHODS[method], uri.path(), &answer);
                assert!(!answer.status.is_server_error(), "{path}: {answer}");
            } else if uri.path() != "/healthz" && uri.path() != "/readyz" {
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            }
        });
    }
}
