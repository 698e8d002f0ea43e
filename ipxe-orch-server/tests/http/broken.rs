//! A server that cannot decide says so: the machine asks the next one, at last its disk.

use crate::{
    fakes::{
        BrokenStore, FailingChecks, FailingRenderer, HtmlRenderer, LostKeys, SlowMedia,
        SlowRenderer,
    },
    log::Log,
    site::{Answer, Site},
};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use ipxe_orch_backends::local::Threads;
use ipxe_orch_core::{
    lease::Limits,
    orchestrator::{Orchestrator, Parts},
    stores::BootEventKind,
};
use ipxe_orch_server::http::Server;
use std::{
    num::{NonZeroU16, NonZeroUsize},
    sync::Arc,
    time::Duration,
};
use tokio::{
    task::yield_now,
    time::{advance, sleep},
};
use tower::ServiceExt as _;
use tracing::Level;

/// The request of each route that asks the store, by one who may.
async fn requests(site: &Site, ticket: &str) -> Vec<String> {
    let of_ticket = |rest: &str| format!("/boot/v1/t/{ticket}/{rest}");
    vec![
        site.boot_path().await,
        of_ticket("claim"),
        of_ticket("answer/answer"),
        of_ticket("media/kernel"),
        of_ticket("report?status=done"),
    ]
}

async fn answers(site: &Site, ticket: &str) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    for path in requests(site, ticket).await {
        let answer = site.get_with(&path, &[("host", "boot.test")]).await;
        answers.push((path, answer));
    }
    answers
}

fn assert_cannot(path: &str, answer: &Answer, status: StatusCode) {
    assert_eq!(answer.status, status, "{path}");
    let id = answer.body.strip_prefix("this server cannot answer now\nrequest ");
    assert_eq!(id.map(str::len), Some(17), "{answer}");
    assert_eq!(answer.header("retry-after"), "", "iPXE would wait instead of going on");
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
}

#[tokio::test]
async fn a_broken_store_is_503_everywhere() {
    let (site, ticket) = Site::installing().await;
    let site = site.with_parts(|parts| parts.store = Arc::new(BrokenStore::failing()));
    for (path, answer) in answers(&site, &ticket).await {
        assert_cannot(&path, &answer, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(site.get("/healthz").await.to_string(), "200 OK\nok\n");
    assert_eq!(
        site.get("/readyz").await.to_string(),
        "503 Service Unavailable\nnot ready: database\n"
    );
}

#[tokio::test]
async fn lost_keys_are_5xx_everywhere() {
    let (site, ticket) = Site::installing().await;
    let site = site.with_parts(|parts| parts.keys = Arc::new(LostKeys));
    for (path, answer) in answers(&site, &ticket).await {
        assert_cannot(&path, &answer, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(site.get("/readyz").await.to_string(), "503 Service Unavailable\nnot ready: keys\n");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_503_after_a_while() {
    let (site, ticket) = Site::installing().await;
    let site = site.with_parts(|parts| parts.store = Arc::new(BrokenStore::hanging()));
    for (path, answer) in answers(&site, &ticket).await {
        assert_cannot(&path, &answer, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(
        site.get("/readyz").await.to_string(),
        "503 Service Unavailable\nnot ready: database\n"
    );
}

#[tokio::test]
async fn a_bug_is_500_and_the_server_lives_on() {
    let (site, ticket) = Site::installing().await;
    let site = site.with_parts(|parts| parts.store = Arc::new(BrokenStore::panicking()));
    for (path, answer) in answers(&site, &ticket).await {
        assert_cannot(&path, &answer, StatusCode::INTERNAL_SERVER_ERROR);
    }
    assert_eq!(site.get("/healthz").await.status, StatusCode::OK);
}

/// P12: a template that fails spends no mark.
/// The machine comes again in a second, inside the time that its image gives a server.
#[tokio::test(start_paused = true)]
async fn more_than_can_be_worked_on_is_503_with_a_short_wait() {
    let mut site = Site::marked().await;
    let mut parts = site.bench.parts.clone();
    parts.media = Arc::new(SlowMedia(Duration::from_secs(2)));
    let orchestrator = Arc::new(Orchestrator::new(parts, Limits::default()));
    site.router = Server::builder(orchestrator).requests_at_once(NonZeroU16::MIN).build();
    let boot = site.boot_path().await;
    let (first, (second, health)) = tokio::join!(site.get(&boot), async {
        sleep(Duration::from_secs(1)).await;
        (site.get(&boot).await, site.get("/healthz").await)
    });
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(second.status, StatusCode::SERVICE_UNAVAILABLE, "{second}");
    assert!(["1", "2"].contains(&second.header("retry-after")), "{}", second.header("retry-after"));
    assert_eq!(health.status, StatusCode::OK);
    assert_eq!(site.get(&boot).await.body, first.body, "there is a place again");
}

#[tokio::test]
async fn a_script_that_cannot_be_made_is_500_and_changes_nothing() {
    let changes: [fn(&mut Parts); 2] = [
        |parts| parts.renderer = Arc::new(FailingRenderer),
        |parts| parts.renderer = Arc::new(HtmlRenderer),
    ];
    for change in changes {
        let site = Site::marked().await.with_parts(change);
        let before = site.bench.host(1).await;
        let path = site.boot_path().await;
        let answer = site.get(&path).await;
        assert_cannot(&path, &answer, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(site.bench.host(1).await, before);
        assert_unanswered(&site, "template `boot`");
    }
}

#[tokio::test]
async fn an_answer_file_that_cannot_be_made_is_500_and_changes_nothing() {
    let (site, ticket) = Site::installing().await;
    let site = site.with_parts(|parts| parts.renderer = Arc::new(FailingRenderer));
    let before = site.bench.host(1).await;
    let path = format!("/boot/v1/t/{ticket}/answer/answer");
    let answer = site.get_with(&path, &[("host", "boot.test")]).await;
    assert_cannot(&path, &answer, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(site.bench.host(1).await, before);
    assert_unanswered(&site, "template `answer`");
}

/// A7: it delays its own host, and no other; it is given up, and its thread ends.
#[tokio::test(start_paused = true)]
async fn a_slow_template_delays_no_other_host_and_is_given_up() {
    let log = Log::capture(Level::INFO);
    let slow = Arc::new(SlowRenderer::default());
    let (renderer, workers) = (slow.clone(), Arc::new(Threads::new(NonZeroUsize::MIN)));
    let site = Site::marked().await.with_parts(|parts| {
        parts.renderer = renderer;
        parts.workers = workers;
    });
    let other = site.bench.register(2, false).await;
    let other = format!("/boot/v1/script?{}", site.bench.query(other.id, 2).await);
    let (path, before) = (site.boot_path().await, site.bench.host(1).await);
    let (given_up, ()) = tokio::join!(site.get(&path), async {
        while slow.texts() == (0, 0) {
            yield_now().await;
        }
        let local = site.get(&other).await;
        assert_eq!(local.status, StatusCode::OK, "{local}");
        assert_eq!(slow.texts(), (1, 0), "the slow one is still at work");
        advance(Duration::from_secs(3)).await;
    });
    assert_cannot(&path, &given_up, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(site.bench.host(1).await, before, "nothing is spent");
    let text = log.text();
    assert!(text.contains("profile plain: its texts were not rendered within 3 s"), "{text}");
    slow.let_go();
    while slow.texts().1 == 0 {
        yield_now().await;
    }
    assert_eq!(site.get(&path).await.status, StatusCode::OK, "its place is free again");
    assert_eq!(slow.texts(), (4, 4), "of what was given up, nothing more was begun");
}

#[tokio::test]
async fn missing_media_is_503_and_changes_nothing() {
    let site = Site::marked().await;
    let root = site.kernel().parent().unwrap().parent().unwrap().to_owned();
    let path = site.boot_path().await;
    std::fs::remove_file(site.kernel()).unwrap();
    let before = site.bench.host(1).await;
    assert_cannot(&path, &site.get(&path).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(site.bench.host(1).await, before);
    assert_unanswered(&site, "needs the file plain/kernel, which is not in the media folder");
    std::fs::remove_dir_all(&root).unwrap();
    assert_cannot(&path, &site.get(&path).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        site.get("/readyz").await.to_string(),
        "503 Service Unavailable\nnot ready: media\n"
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_read_during_an_install_is_told() {
    let (site, ticket) = Site::installing().await;
    let site = site.with_parts(|parts| parts.media = Arc::new(FailingChecks::default()));
    let path = format!("/boot/v1/t/{ticket}/media/kernel");
    assert_cannot(&path, &site.get(&path).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_unanswered(&site, "the disk is gone");
}

/// The last event is an alert of host 1 that says why it got no answer.
#[track_caller]
fn assert_unanswered(site: &Site, expected: &str) {
    let events = site.bench.events.take();
    let event = events.last().unwrap();
    assert!(event.alert, "{event:?}");
    assert_eq!(event.host_name.as_ref().unwrap().as_str(), "host1");
    let BootEventKind::Unanswered { why } = &event.kind else { panic!("{event:?}") };
    assert!(why.contains(expected), "{why}");
}

/// A4: however many ask, it is checked once a second, and told once.
#[tokio::test(start_paused = true)]
async fn readiness_is_checked_once_for_all_who_ask() {
    let log = Log::capture(Level::INFO);
    let site = Site::marked().await;
    let broken = Arc::new(FailingChecks::default());
    let media = broken.clone();
    let site = site.with_parts(|parts| parts.media = media);
    let ask = async |times: u32, expected: StatusCode| {
        let request = || Request::builder().uri("/readyz").body(Body::empty()).unwrap();
        let all = (0..times).map(|_| tokio::spawn(site.router.clone().oneshot(request())));
        for asked in all.collect::<Vec<_>>() {
            assert_eq!(asked.await.unwrap().unwrap().status(), expected);
        }
    };
    ask(1000, StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!(broken.checks(), 1);
    for _ in 0..90 {
        sleep(Duration::from_secs(1)).await;
        ask(10, StatusCode::SERVICE_UNAVAILABLE).await;
    }
    assert_eq!(broken.checks(), 91);
    broken.mend();
    sleep(Duration::from_secs(1)).await;
    ask(10, StatusCode::OK).await;
    let text = log.text();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("not ready part=\"media\" error=\"the disk is gone\" more=59"), "{text}");
    assert!(text.ends_with("ready again more=0\n"), "{text}");
}

/// A4: one line for each cause and minute.
#[tokio::test(start_paused = true)]
async fn a_failure_of_each_request_is_told_once_a_minute() {
    let log = Log::capture(Level::INFO);
    let (site, ticket) = Site::installing().await;
    let site = site.with_parts(|parts| parts.store = Arc::new(BrokenStore::failing()));
    for _ in 0..1000 {
        answers(&site, &ticket).await;
        site.get("/boot/v1/script?h=1").await;
    }
    sleep(Duration::from_mins(2)).await;
    let text = log.text();
    assert_eq!(text.lines().count(), 12, "{text}");
    assert!(
        text.contains("more requests were not answered route=\"/boot/v1/script\" more=999"),
        "{text}"
    );
    assert!(
        text.contains("more requests were refused route=\"/boot/v1/script\" more=999"),
        "{text}"
    );
}

#[tokio::test]
async fn the_log_has_the_cause_once_and_no_secret_and_the_answer_neither() {
    let log = Log::capture(Level::TRACE);
    let (site, ticket) = Site::installing().await;
    let site = site.with_parts(|parts| parts.store = Arc::new(BrokenStore::failing()));
    let query = site.bench.query(site.host.id, 1).await;
    let secret = query.split("&t=").nth(1).unwrap().split('&').next().unwrap();
    let mut ids = Vec::new();
    for (path, answer) in answers(&site, &ticket).await {
        assert!(!answer.body.contains("password rejected"), "{path}");
        ids.push(answer.body.rsplit(' ').next().unwrap().trim().to_owned());
    }
    let marked =
        Site::marked().await.with_parts(|parts| parts.renderer = Arc::new(FailingRenderer));
    marked.get(&marked.boot_path().await).await;
    let text = log.text();
    assert_eq!(
        text.matches("the store does not answer: db.internal: password rejected").count(),
        5
    );
    let refused = "template `boot`: the value of `vars.root` cannot be written in an iPXE script";
    assert!(text.contains(refused), "{text}");
    for id in ids {
        let lines: Vec<_> = text.lines().filter(|line| line.contains(&id)).collect();
        let [error, answered] = lines[..] else { panic!("{id}: {text}") };
        let span = format!(" request{{id={id}}}: ");
        assert!(error.starts_with("ERROR") && error.contains(&span), "{error}");
        assert!(answered.contains(" answered ") && answered.contains(&span), "{answered}");
    }
    for hidden in [secret, ticket.as_str(), query.as_str()] {
        assert!(!text.contains(hidden), "{hidden} is in the log:\n{text}");
    }
}
