//! What servers of one installation fetch from each other.

use crate::site::{Answer, Site};
use axum::http::{Method, StatusCode};
use ipxe_orch_core::{
    digest::Digest,
    keys::{KeyProvider, KeyRing},
    media::{Exchange, Offers, PeerRequest, Peers, SKEW},
    memory::CountingRandom,
    time::{Clock, Random, Timestamp},
};
use ipxe_orch_server::{http::Route, media::add};
use std::{fs, time::Duration};

const SETS: &str = "/media/v1/sets";

/// An authorization of `keys` for `method` and `target`, `now`.
async fn issued(
    keys: &dyn KeyProvider,
    (method, target): (&str, &str),
    now: Timestamp,
) -> (String, Exchange) {
    let request = PeerRequest { method, target };
    let random = CountingRandom::default();
    let (shown, exchange) = Peers::new(keys).issue(request, now, &random).await.unwrap();
    (shown.to_string(), exchange)
}

/// What is shown by those who are no server of this installation, each with what it is.
pub(crate) async fn strange_peers(site: &Site, route: &Route) -> Vec<(&'static str, Vec<String>)> {
    let (keys, now) = (site.bench.parts.keys.clone(), site.bench.clock.now());
    let target = route.path.replace("{digest}", &Digest::of(crate::site::KERNEL).to_string());
    let mut all = vec![("nothing", vec![]), ("a password", vec!["Basic eDp5".to_owned()])];
    let other = CountingRandom::default();
    other.fill(&mut [0]);
    let other: &dyn KeyProvider = &KeyRing::generate(now, &other);
    let late = Duration::from_millis(1);
    for (what, keys, asked, at) in [
        ("a foreign key", other, ("GET", target.as_str()), now),
        ("too old", keys.as_ref(), ("GET", &target), now.minus(SKEW).minus(late)),
        ("too new", keys.as_ref(), ("GET", &target), now.plus(SKEW).plus(late)),
        ("another method", keys.as_ref(), ("HEAD", &target), now),
        ("another path", keys.as_ref(), ("GET", "/media/v1"), now),
    ] {
        all.push((what, vec![issued(keys, asked, at).await.0]));
    }
    let (right, _) = issued(keys.as_ref(), ("GET", &target), now).await;
    all.push(("two", vec![right.clone(), right.clone()]));
    all.push(("cut off", vec![right.get(..right.len() - 1).unwrap().to_owned()]));
    all.push(("another scheme", vec![right.replace("ipxe-orch-media", "Bearer")]));
    all
}

impl Site {
    /// Asked by a server of the installation.
    async fn peer(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
    ) -> (Answer, Exchange) {
        let (keys, now) = (self.bench.parts.keys.clone(), self.bench.clock.now());
        let (shown, exchange) = issued(keys.as_ref(), (method.as_str(), target), now).await;
        let headers = [headers, &[("authorization", shown.as_str())]].concat();
        (self.send(method, target, &headers, "").await, exchange)
    }
}

/// With a set `netboot` of one file.
async fn site() -> Site {
    let site = Site::marked().await;
    fs::write(site.root().join("linux"), "kernel").unwrap();
    add(&site.root(), &[site.root().join("linux")], &"netboot".parse().unwrap()).unwrap();
    site
}

#[tokio::test]
async fn the_list_has_each_set_as_content_and_is_sealed() {
    let site = site().await;
    let (answer, exchange) = site.peer(Method::GET, SETS, &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    let seal = answer.header("ipxe-orch-answer");
    assert!(exchange.is_answer(seal, 200, &Digest::of(&answer.body)));
    assert!(!exchange.is_answer(seal, 200, &Digest::of("{}")));
    let offers: Offers = serde_json::from_str(&answer.body).unwrap();
    let text = fs::read_to_string(site.root().join("sets/netboot.toml")).unwrap();
    let offered = offers.sets[&"netboot".parse().unwrap()];
    assert_eq!(offered.sha256, Digest::of(&text));
    let (set, _) = site.peer(Method::GET, &blob(&text), &[]).await;
    assert_eq!(set.body, text, "the text of a set is content");
}

fn blob(content: &str) -> String {
    format!("/media/v1/blobs/{}", Digest::of(content))
}

#[tokio::test]
async fn contents_come_whole_and_in_parts() {
    let site = site().await;
    let (target, tag) = (blob("kernel"), format!("\"{}\"", Digest::of("kernel")));
    let (whole, _) = site.peer(Method::GET, &target, &[]).await;
    assert_eq!((whole.to_string(), whole.header("etag")), ("200 OK\nkernel".to_owned(), &*tag));
    let range = [("range", "bytes=2-"), ("if-range", tag.as_str())];
    let (part, _) = site.peer(Method::GET, &target, &range).await;
    assert_eq!(part.to_string(), "206 Partial Content\nrnel");
    assert_eq!(part.header("content-range"), "bytes 2-5/6");
    let (head, _) = site.peer(Method::HEAD, &target, &[]).await;
    assert_eq!((head.to_string(), head.header("content-length")), ("200 OK\n".to_owned(), "6"));
}

#[tokio::test]
async fn what_is_no_content_is_not_there() {
    let site = site().await;
    let name = Digest::of("absent").to_string();
    for target in [&name, &name[1..], "..%2f..%2fsets%2fnetboot.toml", "%00", "x"] {
        let (answer, _) = site.peer(Method::GET, &format!("/media/v1/blobs/{target}"), &[]).await;
        assert_eq!(answer.to_string(), "404 Not Found\nnot found\n", "{target}");
    }
}

#[tokio::test]
async fn a_base_path_is_not_part_of_what_is_authorised() {
    let site = site().await.with(|server| server.base_path("/a/b".parse().unwrap()));
    let (keys, now) = (site.bench.parts.keys.clone(), site.bench.clock.now());
    let (shown, _) = issued(keys.as_ref(), ("GET", SETS), now).await;
    let answer = site.get_with("/a/b/media/v1/sets", &[("authorization", &shown)]).await;
    assert_eq!(answer.status, StatusCode::OK);
}
