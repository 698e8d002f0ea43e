//! The attacks.

use super::{
    flood::{self, Flood},
    hold::{self, Hold},
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinSet;

/// An attack.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    way: Way,
}

enum Way {
    /// Connections are held; what is sent on each.
    Hold(fn(&Target) -> Hold),
    /// Requests are sent, one after the other.
    Flood(fn(&Target) -> Flood),
}

/// What is attacked.
pub(crate) struct Target {
    /// How many files the server may open.
    pub(crate) files: u64,
    /// A genuine ticket, which the attacker has.
    pub(crate) ticket: String,
}

/// What attackers did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// Connections and requests.
    pub(crate) attempts: Arc<AtomicU64>,
    /// Answers.
    pub(crate) answers: Arc<AtomicU64>,
}

impl Counts {
    pub(crate) fn attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn answer(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }
}

/// The address of attacker number `number`: some, so that limits for one address do not help alone.
pub(crate) fn attacker(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, 10 + u8::try_from(number % 8).unwrap_or(0))
}

const fn hold(name: &'static str, what: fn(&Target) -> Hold) -> Attack {
    Attack { name, way: Way::Hold(what) }
}

const fn flood(name: &'static str, what: fn(&Target) -> Flood) -> Attack {
    Attack { name, way: Way::Flood(what) }
}

/// Well-formed, 36 bytes, and not of this installation.
const FOREIGN: &str = "AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(crate) static ATTACKS: &[Attack] = &[
    // Each is a request that is worked on: more would be about processor time.
    hold("slow bodies", |target| Hold {
        connections: target.enough().min(4_200),
        at_first: 1_500,
        opening: ["x", FOREIGN, &target.ticket].map(slow_report).to_vec(),
        ..Hold::default()
    }),
    hold("idle connections", |target| Hold {
        connections: target.enough(),
        opening: vec![Vec::new()],
        ..Hold::default()
    }),
    hold("trickling heads", |target| Hold {
        connections: target.enough(),
        opening: vec![b"GET /boot/v1/script HTTP/1.1\r\n".to_vec()],
        drip: Some((b"x: y\r\n", Duration::from_secs(1))),
        ..Hold::default()
    }),
    hold("large heads", |_| Hold {
        connections: 1000,
        at_first: 200,
        opening: vec![large_head()],
        ..Hold::default()
    }),
    flood("/readyz", |_| Flood::of("/readyz", 2000, 1000)),
    flood("/healthz", |_| Flood::of("/healthz", 500, 1000)),
    flood("wrong secrets", |_| {
        let host = "01890a5d-ac96-774b-bcce-b302099a8057";
        let secret = "A".repeat(32);
        let query = format!("h={host}&g=0&k=000001ab&t={secret}&m=52:54:00:12:34:56");
        Flood::of(&format!("/boot/v1/script?{query}"), 500, 1000)
    }),
    flood("wrong tickets", |_| Flood::of(&format!("/boot/v1/t/{FOREIGN}/claim"), 500, 1000)),
    flood("reports, one ticket", |target| {
        let path = format!("/boot/v1/t/{}/report?status=progress&message=", target.ticket);
        Flood::of(&path, 500, 500).numbered()
    }),
];

/// The head of a report and the first bytes of its body.
fn slow_report(ticket: &str) -> Vec<u8> {
    let head = format!("POST /boot/v1/t/{ticket}/report HTTP/1.1\r\nHost: x\r\n");
    format!("{head}Content-Length: 4000\r\n\r\nstat").into_bytes()
}

/// 390 KB without an end.
fn large_head() -> Vec<u8> {
    let mut head = b"GET /boot/v1/script HTTP/1.1\r\nx: ".to_vec();
    head.resize(390_000, b'y');
    head
}

impl Target {
    /// More connections than a server with so many files can have.
    fn enough(&self) -> usize {
        if self.files <= 1024 { 1_300 } else { 11_000 }
    }
}

impl Attack {
    /// Attacks until the result is dropped.
    pub(crate) fn start(
        &self,
        server: SocketAddr,
        files: u64,
        ticket: &str,
        counts: &Counts,
    ) -> JoinSet<()> {
        let target = Target { files, ticket: ticket.to_owned() };
        match self.way {
            Way::Hold(what) => hold::start(what(&target), server, counts),
            Way::Flood(what) => flood::start(what(&target), server, counts),
        }
    }
}
