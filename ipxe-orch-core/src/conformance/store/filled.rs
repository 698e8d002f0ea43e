//! A store with something of everything in it.

use super::{
    Bench,
    images::{build, record_all},
    make::{cancel, close, edit, join, remove, replace},
    must, origin,
};
use crate::{
    auth::{Hosts, ManageAccess, Origin},
    boot::{Refusal, Shown},
    digest::Digest,
    host::ShownSerial,
    ids::{AttemptId, Generation, HostId, ImageGeneration, ImageTag, KeyId, MarkId},
    lease::{Hold, Outcome},
    names::ProfileName,
    policy::{Policy, PutPolicy, Rules},
    profile::{Defaults, DefaultsKey},
    stores::{BootEvent, BootEventKind, PutHost},
    time::{Clock, Timestamp},
};
use std::time::Duration;

/// The ids of what was stored.
#[derive(Debug, Default)]
pub(super) struct Filled {
    pub(super) hosts: Vec<HostId>,
    pub(super) marks: Vec<MarkId>,
    pub(super) attempts: Vec<AttemptId>,
    pub(super) versions: Vec<(ProfileName, Digest)>,
}

impl Filled {
    /// Fills the store of `bench`.
    pub(super) async fn new(bench: &Bench) -> Self {
        let mut filled = Self::default();
        filled.add_profiles(bench).await;
        filled.add_hosts(bench).await;
        filled.add_history(bench).await;
        add_defaults(bench).await;
        add_policy(bench).await;
        let recorder = bench.recorder();
        let entries = [bench.entry("denied.first"), bench.entry("denied.second")];
        must(bench.store.append_audit(&recorder, &entries).await);
        let host = filled.hosts.first().copied();
        let events = [event(bench, host), stranger(bench.clock.now(), 1)];
        must(bench.store.record_events(&recorder, &events).await);
        filled
    }

    /// Two versions of a profile, and another profile.
    async fn add_profiles(&mut self, bench: &Bench) {
        for script in ["boot", "imgfree"] {
            let version = bench.profile(script).await;
            self.versions.push((version.profile().name.clone(), version.digest()));
        }
    }

    /// Hosts 1 to 5: idle, marked, offered, installing and held.
    async fn add_hosts(&mut self, bench: &Bench) {
        let spec = bench.full_spec(1);
        let create = PutHost::Create {
            id: bench.host_id(),
            spec: spec.clone(),
            image_generation: ImageGeneration(7),
            image_key: Some(KeyId::from_bytes([1, 2, 3, 4])),
            mark: None,
        };
        let one = bench.stored(create).await;
        self.hosts.push(one);
        record_all(bench, &[(one, build(bench, 1))]).await;
        let host = bench.by_id(one).await;
        must(bench.put(&[edit(&host, spec)]).await);
        for number in 2..=5 {
            self.hosts.push(bench.added(number).await.id);
        }
        for (id, steps) in self.hosts.clone().into_iter().skip(1).zip([1, 2, 3, 0]) {
            if steps >= 1 {
                self.marks.push(bench.mark(id).await.id);
            }
            if steps >= 2 {
                self.attempts.push(bench.offer(id).await.id);
            }
            if steps >= 3 {
                bench.claim(id).await;
            }
            if steps == 0 {
                let hold = Hold { by: "ann".to_owned(), at: bench.clock.now(), reason: None };
                bench.step(id, |lease| replace(lease, |next| next.held = Some(hold))).await;
            }
        }
    }

    /// Host 6 with earlier attempts and a cancelled mark; the removed host 7 with its attempt.
    async fn add_history(&mut self, bench: &Bench) {
        let (now, six) = (bench.clock.now(), bench.added(6).await.id);
        let first = bench.installed(six, Outcome::Abandoned).await;
        let second = bench.installed(six, Outcome::Failed).await;
        self.marks.push(bench.mark(six).await.id);
        bench.step(six, |lease| cancel(lease, now)).await;
        must(bench.apply(six, join(first, Outcome::Done, now)).await);
        let seven = bench.added(7).await.id;
        let third = bench.installed(seven, Outcome::TimedOut).await;
        let host = bench.step(seven, |lease| close(lease, Outcome::Done, now)).await;
        must(bench.put(&[remove(&host)]).await);
        self.hosts.extend([six, seven]);
        self.attempts.extend([first, second, third]);
    }
}

async fn add_policy(bench: &Bench) {
    let rules = Rules { reason: true, ..Rules::default() };
    let policy = Policy { name: must("all".parse()), hosts: Hosts::All, rules };
    let change = PutPolicy::Set { policy: Box::new(policy), seen: Generation(0) };
    let grant = must(bench.grant::<ManageAccess>().await.access());
    must(bench.store.put_policy(&grant, &change, &bench.entry("policy.set")).await);
}

/// Values of a place, which were seen at `generation`.
pub(super) fn values(site: Option<&str>, generation: u64, value: &str) -> Defaults {
    let site = site.map(|site| must(site.parse()));
    let place = DefaultsKey { profile: must("plain".parse()), site };
    let mut values = Defaults { generation, ..Defaults::none(place) };
    values.values.insert(must("disk".parse()), must(value.parse()));
    values
}

/// Values for all hosts, written twice, and for those of a site.
async fn add_defaults(bench: &Bench) {
    for values in [values(None, 0, "a"), values(Some("north"), 0, "b"), values(None, 1, "/dev/sdb")]
    {
        must(bench.set(&values).await);
    }
}

/// An event of a host, or of no host.
pub(super) fn event(bench: &Bench, host: Option<HostId>) -> BootEvent {
    BootEvent { host, ..BootEvent::new(bench.clock.now(), origin(), BootEventKind::Local) }
}

/// The id of stranger `number`.
pub(super) fn stranger_id(number: u32) -> HostId {
    let mut id = [0xee; 16];
    id.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    HostId::from_bytes(id)
}

/// A machine that is not registered, `number` seconds after `start`.
pub(super) fn stranger(start: Timestamp, number: u32) -> BootEvent {
    let shown = Shown {
        generation: ImageGeneration(0),
        key: KeyId::from_bytes([1; 4]),
        tag: Some(ImageTag::from_bytes([0, 0, 0, 1])),
        mac: must("52:54:00:00:00:01".parse()),
        uuid: None,
        serial: ShownSerial::new(format!("SN{number}").as_bytes()),
        platform: "efi".to_owned(),
        arch: "x86_64".to_owned(),
    };
    let at = start.plus(Duration::from_secs(number.into()));
    let origin = Origin(format!("from {number}"));
    let kind = BootEventKind::Refused { why: Refusal::UnknownHost, shown: Some(Box::new(shown)) };
    let event = BootEvent::new(at, origin, kind);
    BootEvent { host: Some(stranger_id(number)), alert: true, ..event }
}
