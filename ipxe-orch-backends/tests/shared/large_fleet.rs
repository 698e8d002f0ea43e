//! A large fleet: how long pages of its lists take, and how much memory all of it. Each kind of
//! database runs it, with `--run-ignored only -E 'test(large_fleet)'`.

#![expect(clippy::disallowed_methods, reason = "it measures how long things take")]

use ipxe_orch_core::{
    auth::Origin,
    conformance::Bench,
    host::{HostSpec, Nic, StaticV4},
    ids::{HostId, ImageGeneration},
    lease::HostState,
    stores::{BootEvent, BootEventKind, EventFilter, HostFilter, PutHost, Store},
    time::{Clock as _, Timestamp},
};
use std::{
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, Instant},
};

const HOSTS: u32 = 100_000;
const EVENTS: u32 = 1_000_000;
/// Rows of a page; so the last page is number 1,000.
const PAGE: u32 = 100;
/// So many hosts, or events, are written together.
const TOGETHER: u32 = 1_000;
/// Each page is read so often; the median counts.
const TIMES: usize = 9;
/// What a page takes that does not depend on its place: the machine may do other things as well.
const SLACK: Duration = Duration::from_millis(20);

/// Fills the store, and compares the last page of each list with the first.
pub(crate) async fn measure(kind: &str, store: Arc<dyn Store>) {
    let bench = Bench::new(store.clone());
    let start = Instant::now();
    fill_hosts(&bench, store.as_ref()).await;
    let hosts = start.elapsed();
    let start = Instant::now();
    fill_events(&bench, store.as_ref()).await;
    println!(
        "{kind}: {HOSTS} hosts in {:.1} s, {EVENTS} events in {:.1} s",
        hosts.as_secs_f64(),
        start.elapsed().as_secs_f64()
    );
    println!("{:32} {:>12} {:>12}", "list", "page 1, ms", "last, ms");
    let mut slow = Vec::new();
    for (name, filter) in filters() {
        let first = time(&bench, store.as_ref(), &filter).await;
        let mut last = filter;
        last.after = Some(name_of(HOSTS - 30 * PAGE).parse().unwrap());
        let last = time(&bench, store.as_ref(), &last).await;
        println!("{name:32} {:>12.2} {:>12.2}", ms(first), ms(last));
        if last > first * 3 + SLACK {
            slow.push(name);
        }
    }
    for (name, filter) in events() {
        let took = time_events(&bench, store.as_ref(), &filter).await;
        println!("{name:32} {:>12.2}", ms(took));
    }
    println!("largest memory of this process: {}", peak());
    assert!(
        slow.is_empty(),
        "the last page takes more than 3 times as long as the first: {slow:?}"
    );
}

fn name_of(number: u32) -> String {
    format!("node{number:06}")
}

fn id_of(number: u32) -> HostId {
    HostId::from_bytes((u128::from(number) << 64).to_be_bytes())
}

fn put(number: u32) -> PutHost {
    let [_, a, b, c] = number.to_be_bytes();
    let mut nic = Nic::new(format!("52:54:00:{a:02x}:{b:02x}:{c:02x}").parse().unwrap());
    let address = Ipv4Addr::from_bits(0x0a00_0002 + number);
    let address = format!("{address}/8").parse().unwrap();
    nic.v4 = Some(StaticV4 { address, gateway: None });
    let mut spec = HostSpec::new(name_of(number).parse().unwrap(), vec![nic]);
    spec.site = Some(format!("site{}", number % 20).parse().unwrap());
    spec.profile = Some(format!("profile{}", number % 5).parse().unwrap());
    for (key, value) in [("rack", number % 500), ("role", number % 3)] {
        spec.labels.insert(key.parse().unwrap(), value.to_string().parse().unwrap());
    }
    let (image_generation, image_key) = (ImageGeneration::default(), None);
    PutHost::Create { id: id_of(number), spec, image_generation, image_key, mark: None }
}

async fn fill_hosts(bench: &Bench, store: &dyn Store) {
    let (grant, epoch) = (bench.put_grant().await, store.epoch().await.unwrap());
    for first in (0..HOSTS).step_by(TOGETHER.try_into().unwrap()) {
        let hosts: Vec<_> = (first..first + TOGETHER)
            .map(|number| (put(number), bench.entry("host.create")))
            .collect();
        store.put_hosts(&grant, epoch, &hosts).await.unwrap();
    }
}

async fn fill_events(bench: &Bench, store: &dyn Store) {
    let (grant, start) = (bench.recorder(), bench.clock.now());
    for first in (0..EVENTS).step_by(TOGETHER.try_into().unwrap()) {
        let event = |number: u32| {
            let at = start.plus(Duration::from_millis(number.into()));
            let origin = Origin("192.0.2.1".to_owned());
            let mut event = BootEvent::new(at, origin, BootEventKind::Local);
            event.host = Some(id_of(number % HOSTS));
            event.alert = number.is_multiple_of(1_000);
            event
        };
        let events: Vec<_> = (first..first + TOGETHER).map(event).collect();
        store.record_events(&grant, &events).await.unwrap();
    }
}

fn filters() -> Vec<(&'static str, HostFilter)> {
    let with = |change: fn(&mut HostFilter)| {
        let mut filter = HostFilter::default();
        filter.limit = PAGE;
        change(&mut filter);
        filter
    };
    let label = |filter: &mut HostFilter, key: &str, value: &str| {
        filter.labels.insert(key.parse().unwrap(), value.parse().unwrap());
    };
    let mut filters = vec![
        ("all hosts", with(|_| ())),
        ("of a site (5,000)", with(|filter| filter.site = Some("site7".parse().unwrap()))),
        (
            "with a profile (20,000)",
            with(|filter| filter.profile = Some("profile3".parse().unwrap())),
        ),
        ("registered (all)", with(|filter| filter.state = Some(HostState::Registered))),
        ("failed (none)", with(|filter| filter.state = Some(HostState::Failed))),
        ("by name (10,000)", with(|filter| filter.name_prefix = Some("node09".to_owned()))),
    ];
    for (name, key, value) in
        [("with a label (200)", "rack", "7"), ("with a label (33,333)", "role", "1")]
    {
        let mut filter = with(|_| ());
        label(&mut filter, key, value);
        filters.push((name, filter));
    }
    filters
}

fn events() -> Vec<(&'static str, EventFilter)> {
    let with = |change: fn(&mut EventFilter)| {
        let mut filter = EventFilter::default();
        filter.limit = PAGE;
        change(&mut filter);
        filter
    };
    vec![
        ("events", with(|_| ())),
        ("events of a host", with(|filter| filter.host = Some(id_of(7)))),
        ("alerts", with(|filter| filter.alerts = true)),
        ("events since a time", with(|filter| filter.since = Some(Timestamp::from_millis(0)))),
    ]
}

async fn time(bench: &Bench, store: &dyn Store, filter: &HostFilter) -> Duration {
    let see = bench.grant().await;
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let start = Instant::now();
        store.list_hosts(&see, filter).await.unwrap();
        times.push(start.elapsed());
    }
    median(times)
}

async fn time_events(bench: &Bench, store: &dyn Store, filter: &EventFilter) -> Duration {
    let see = bench.grant().await;
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let start = Instant::now();
        store.list_events(&see, filter).await.unwrap();
        times.push(start.elapsed());
    }
    median(times)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// `VmHWM` of proc(5).
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("unknown").trim().to_owned()
}
