//! Two servers and the command line, each a process, with one database.

use crate::driver::{Client, Database, Options, Process, Reply, Site};
use clap::Parser as _;
use ipxe_orch_core::boot::LOCAL_SCRIPT;
use serde_json::Value;
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};

/// The number of simultaneous requests, half of them to each server.
const CROWD: usize = 64;

struct Pair {
    site: Site,
    database: Database,
    servers: [Process; 2],
}

impl Pair {
    async fn start() -> Self {
        let site = Site::new(&Options::parse_from(["crash", "--hosts", "4"])).unwrap();
        site.set_up().await.unwrap();
        let database = Database::open(&site).await.unwrap();
        let servers = [site.start(0).await.unwrap(), site.start(1).await.unwrap()];
        Self { site, database, servers }
    }

    async fn end(self) {
        for server in self.servers {
            server.kill().await.unwrap();
        }
        self.site.cli(&["audit", "verify"]).await.unwrap();
        self.site.remove().unwrap();
    }

    async fn get(&self, server: usize, target: &str) -> (u16, String) {
        match Client::new(self.site.servers()).get(server, target).await {
            Reply::Answer(status, body) => (status, body),
            other => panic!("{target}: {other:?}"),
        }
    }

    /// The answer that both servers must give.
    async fn both(&self, target: &str) -> (u16, String) {
        let (one, other) = (self.get(0, target).await, self.get(1, target).await);
        assert_eq!(one, other, "{target}");
        one
    }

    /// The answers to many requests at the same moment.
    async fn crowd(&self, target: &str) -> Vec<(u16, String)> {
        let barrier = Arc::new(Barrier::new(CROWD));
        let mut crowd = JoinSet::new();
        for number in 0..CROWD {
            let (barrier, target) = (barrier.clone(), target.to_owned());
            let mut client = Client::new(self.site.servers());
            crowd.spawn(async move {
                // All clients are connected before the start.
                client.get(number, "/healthz").await;
                barrier.wait().await;
                client.get(number, &target).await
            });
        }
        let answer = |reply| match reply {
            Reply::Answer(status, body) => (status, body),
            other => panic!("{target}: {other:?}"),
        };
        crowd.join_all().await.into_iter().map(answer).collect()
    }

    async fn cli(&self, arguments: &[&str]) -> Value {
        let text = self.site.cli(&[arguments, &["--json"]].concat()).await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// How often the audit contains this action for the host.
    async fn audited(&self, host: &str, action: &str) -> usize {
        let entries = self.cli(&["audit", "list", "--host", host, "--limit", "0"]).await;
        let entries = entries.as_array().unwrap();
        entries.iter().filter(|entry| entry["entry"]["action"] == action).count()
    }
}

fn ticket(script: &str) -> &str {
    let (before, _) = script.split_once("/claim").expect(script);
    before.rsplit_once("t/").unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_at_two_servers_is_one_attempt_and_one_claim() {
    let pair = Pair::start().await;
    for number in 0..4 {
        let host = format!("host{number}");
        let (_, boot) = pair.database.enrol(number).await.unwrap();
        pair.cli(&["hosts", "mark", &host]).await;

        let scripts = pair.crowd(&boot).await;
        let (status, script) = &scripts[0];
        assert_eq!(*status, 200, "{script}");
        assert!(scripts.iter().all(|other| other == &scripts[0]), "one attempt, the same bytes");
        assert_eq!(pair.audited(&host, "install.offer").await, 1);
        let shown = pair.cli(&["hosts", "show", &host]).await;
        assert_eq!(shown["attempt"]["offers"], 1, "a crowd within a minute is one offer");

        let ticket = ticket(script);
        let claims = pair.crowd(&format!("/boot/v1/t/{ticket}/claim")).await;
        let count = |wanted| claims.iter().filter(|(status, _)| *status == wanted).count();
        assert_eq!((count(200), count(404)), (1, CROWD - 1), "{claims:?}");
        assert_eq!(pair.audited(&host, "install.claim").await, 1);

        let (status, answer) = pair.both(&format!("/boot/v1/t/{ticket}/answer/tiny.conf")).await;
        assert_eq!(status, 200);
        assert!(answer.contains(shown["attempt"]["id"].as_str().unwrap()), "{answer}");
        let report = format!("/boot/v1/t/{ticket}/report?status=done");
        assert_eq!(pair.get(1, &report).await.0, 204);
        assert_eq!(pair.both(&boot).await, (200, LOCAL_SCRIPT.to_owned()));
        assert_eq!(pair.cli(&["hosts", "show", &host]).await["status"], "installed");
    }
    pair.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_command_line_does_both_servers_see_at_once() {
    let pair = Pair::start().await;
    let (_, boot) = pair.database.enrol(0).await.unwrap();
    let local = (200, LOCAL_SCRIPT.to_owned());
    assert_eq!(pair.both(&boot).await, local);
    for _ in 0..5 {
        pair.cli(&["hosts", "mark", "host0"]).await;
        let (_, script) = pair.both(&boot).await;
        let claim = format!("/boot/v1/t/{}/claim", ticket(&script));
        pair.cli(&["hosts", "cancel", "host0"]).await;
        assert_eq!(pair.both(&claim).await.0, 404, "what is cancelled cannot be claimed");
        assert_eq!(pair.both(&boot).await, local);
    }
    pair.end().await;
}
