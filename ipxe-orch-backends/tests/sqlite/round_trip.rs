//! What was written is read back the same, whatever it was.

use crate::common;
use ipxe_orch_core::stores::prelude::*;
use ipxe_orch_core::{
    auth::Actor,
    conformance::Bench,
    digest::Digest,
    host::{Bond, BondMode, HostSpec, LoaderPath, LocalBoot, Mac, Nic, Route, StaticV4, StaticV6},
    ids::{AttemptId, ClaimId, Generation, HostId, ImageGeneration, KeyId, MarkId},
    lease::{
        Approval, Approved, Attempt, Change, Claim, Closed, ClosedMark, Expected, Hold, Lease,
        Mark, Outcome, Pin, Progress, Protection, Write,
    },
    policy::Need,
    profile::{ClaimRule, Firmware, Reports, Terms},
    stores::{HostKey, HostRecord, PutHost, Store},
    time::Timestamp,
};
use proptest::{collection, option, prelude::*, sample, test_runner::TestRunner};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use uuid::Uuid;

/// What a newer version added is kept as well.
fn added() -> BTreeMap<String, serde_json::Value> {
    BTreeMap::from([("newer".to_owned(), serde_json::json!({ "a": [1, "b"] }))])
}

fn mac() -> impl Strategy<Value = Mac> {
    "02(:[0-9a-f]{2}){5}".prop_map(|text| text.parse().unwrap())
}

fn v4() -> impl Strategy<Value = StaticV4> {
    let address = (any::<Ipv4Addr>(), 0..=32_u8)
        .prop_map(|(address, prefix)| format!("{address}/{prefix}").parse().unwrap());
    (address, option::of(any::<Ipv4Addr>()))
        .prop_map(|(address, gateway)| StaticV4 { address, gateway })
}

fn v6() -> impl Strategy<Value = StaticV6> {
    let address = (any::<Ipv6Addr>(), 0..=128_u8)
        .prop_map(|(address, prefix)| format!("{address}/{prefix}").parse().unwrap());
    (address, option::of(any::<Ipv6Addr>()))
        .prop_map(|(address, gateway)| StaticV6 { address, gateway })
}

fn nic() -> impl Strategy<Value = Nic> {
    let route =
        (v4(), any::<IpAddr>()).prop_map(|(to, via)| Route { destination: to.address.into(), via });
    (
        mac(),
        option::of((1..=4094_u16).prop_map(|vlan| vlan.try_into().unwrap())),
        option::of(v4()),
        option::of(v6()),
        collection::vec(any::<IpAddr>(), 0..4),
        option::of((576..=9216_u16).prop_map(|mtu| mtu.try_into().unwrap())),
        collection::vec(route, 0..3),
    )
        .prop_map(|(mac, vlan, v4, v6, dns, mtu, routes)| Nic {
            mac,
            vlan,
            v4,
            v6,
            dns,
            mtu,
            routes,
            other: added(),
        })
}

fn loader() -> impl Strategy<Value = LoaderPath> {
    "(\\\\[a-z][a-zA-Z0-9_.-]{0,8}){1,5}".prop_map(|path| LoaderPath::try_from(path).unwrap())
}

fn local_boot() -> impl Strategy<Value = LocalBoot> {
    prop_oneof![
        Just(LocalBoot::Auto),
        Just(LocalBoot::NextEntry),
        loader().prop_map(LocalBoot::Loader),
        any::<u8>().prop_map(LocalBoot::Drive),
    ]
}

fn bond() -> impl Strategy<Value = Bond> {
    let mode = prop_oneof![Just(BondMode::ActiveBackup), Just(BondMode::Lacp)];
    let vlan = option::of((1..=4094_u16).prop_map(|vlan| vlan.try_into().unwrap()));
    (collection::vec(mac(), 0..3), mode, vlan).prop_map(|(members, mode, vlan)| Bond {
        members,
        mode,
        vlan,
    })
}

fn spec() -> impl Strategy<Value = HostSpec> {
    let labels = collection::btree_map(
        "[a-z][a-z0-9/_.-]{0,8}".prop_map(|key| key.parse().unwrap()),
        "[A-Za-z0-9/_.:-]{0,8}".prop_map(|value| value.parse().unwrap()),
        0..4,
    );
    let values = collection::btree_map(
        "[a-z][a-z0-9_]{0,8}".prop_map(|name| name.parse().unwrap()),
        "\\PC{1,20}".prop_filter_map("a value", |value| value.parse().ok()),
        0..3,
    );
    (
        "[a-z0-9]{1,9}(\\.[a-z0-9]{1,9}){0,2}",
        option::of("[a-z0-9]{1,9}".prop_map(|site| site.parse().unwrap())),
        option::of("[a-z0-9]{1,9}".prop_map(|profile| profile.parse().unwrap())),
        collection::vec(nic(), 1..4),
        option::of(any::<[u8; 16]>().prop_map(Uuid::from_bytes)),
        option::of("[!#-\\[\\]-~]{1,64}".prop_map(|serial| serial.parse().unwrap())),
        (labels, local_boot(), collection::vec(bond(), 0..2), values),
    )
        .prop_map(
            |(name, site, profile, nics, uuid, serial, (labels, local_boot, bonds, values))| {
                let name = name.parse().unwrap();
                HostSpec {
                    name,
                    site,
                    profile,
                    nics,
                    uuid,
                    serial,
                    labels,
                    local_boot,
                    bonds,
                    values,
                    other: added(),
                }
            },
        )
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

fn text() -> impl Strategy<Value = String> {
    any::<String>()
}

fn pin() -> impl Strategy<Value = Pin> {
    ("[a-z0-9]{1,9}", any::<[u8; 32]>(), spec()).prop_map(|(profile, version, spec)| Pin {
        profile: profile.parse().unwrap(),
        version: Digest::from_bytes(version),
        spec,
    })
}

fn mark() -> impl Strategy<Value = Mark> {
    let words = [text(), text(), text()].map(option::of);
    (any::<[u8; 16]>(), time(), option::of(time()), option::of(time()), pin(), text(), words)
        .prop_map(|(id, created_at, expires_at, not_before, pin, by, words)| {
            let [reason, change_ref, user] = words;
            let ordered_by = user.map(|user| Box::new(Actor::Local { user }));
            let needs = vec![Need::Protected, Need::Policy("prod".parse().unwrap())];
            let approval = if by.is_empty() { Approval::Unneeded } else { needs.into() };
            let id = MarkId::from_bytes(id);
            Mark {
                id,
                created_at,
                expires_at,
                not_before,
                pin,
                by,
                ordered_by,
                reason,
                change_ref,
                approval,
                counts: Vec::new(),
                other: added(),
            }
        })
}

fn terms() -> impl Strategy<Value = Terms> {
    let firmware = sample::subsequence(Firmware::ALL.to_vec(), 0..=3);
    (any::<[bool; 2]>(), any::<[u32; 2]>(), firmware).prop_map(|(both, minutes, firmware)| {
        let [claim, reports] = both;
        let firmware = firmware.into_iter().collect();
        let [start_minutes, install_minutes] = minutes;
        let claim = if claim { ClaimRule::Boot } else { ClaimRule::AnswerFile };
        let reports = if reports { Reports::Required } else { Reports::None };
        Terms { claim, reports, start_minutes, install_minutes, firmware }
    })
}

const OUTCOMES: [Outcome; 12] = [
    Outcome::Expired,
    Outcome::OffersUsedUp,
    Outcome::ClockBehind,
    Outcome::Cancelled,
    Outcome::Held,
    Outcome::Withdrawn,
    Outcome::Unreported,
    Outcome::Abandoned,
    Outcome::NotStarted,
    Outcome::TimedOut,
    Outcome::Failed,
    Outcome::Done,
];

/// What becomes of an attempt.
type Course =
    (Option<Claim>, Option<Timestamp>, Option<Progress>, Option<Timestamp>, Option<Closed>);

fn course() -> impl Strategy<Value = Course> {
    let claim = (any::<[u8; 16]>(), time(), any::<bool>(), option::of(any::<IpAddr>())).prop_map(
        |(id, at, by_report, from)| Claim { id: ClaimId::from_bytes(id), at, by_report, from },
    );
    let progress = (time(), text()).prop_map(|(at, message)| Progress { at, message });
    let outcome = proptest::sample::select(&OUTCOMES[..]);
    let closed = (time(), outcome, option::of(text())).prop_map(|(at, outcome, message)| Closed {
        at,
        outcome,
        message,
    });
    (
        option::of(claim),
        option::of(time()),
        option::of(progress),
        option::of(time()),
        option::of(closed),
    )
}

/// An attempt of this mark, without its course.
fn attempt() -> impl Strategy<Value = Attempt> {
    (any::<[u8; 16]>(), pin(), terms(), text(), time(), any::<u32>(), time()).prop_map(
        |(id, pin, terms, script, offered_at, offers, counted_at)| Attempt {
            id: AttemptId::from_bytes(id),
            mark: MarkId::from_bytes([0; 16]),
            pin,
            terms,
            script,
            offered_at,
            offers,
            counted_at,
            claim: None,
            answered_at: None,
            progress: None,
            deadline: None,
            closed: None,
        },
    )
}

fn hold() -> impl Strategy<Value = Hold> {
    (text(), time(), option::of(text())).prop_map(|(by, at, reason)| Hold { by, at, reason })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() }
}

async fn put(store: &dyn Store, bench: &Bench, put: PutHost) {
    let (grant, epoch) = (bench.put_grant().await, store.epoch().await.unwrap());
    store.put_hosts(&grant, epoch, &[(put, bench.entry("test"))]).await.unwrap();
}

async fn host(store: &dyn Store, bench: &Bench, id: HostId) -> HostRecord {
    let found = store.lookup_host(&bench.grant().await, &HostKey::Id(id)).await.unwrap();
    found.unwrap()
}

#[test]
fn every_specification_survives() {
    let (runtime, folder) = (runtime(), common::folder());
    let (store, bench) = runtime.block_on(common::bench(folder.path()));
    let image = (any::<u32>(), option::of(any::<[u8; 4]>()));
    let strategy = (any::<[u8; 16]>(), spec(), image, option::of(mark()));
    let result = TestRunner::new(config()).run(&strategy, |(id, spec, (generation, key), mark)| {
        let id = HostId::from_bytes(id);
        let (image_generation, image_key) =
            (ImageGeneration(generation), key.map(KeyId::from_bytes));
        let create = PutHost::Create {
            id,
            spec: spec.clone(),
            image_generation,
            image_key,
            mark: mark.clone().map(Box::new),
        };
        runtime.block_on(async {
            put(store.as_ref(), &bench, create).await;
            let lease = Lease { generation: Generation(1), mark, ..Lease::default() };
            let expected = HostRecord {
                id,
                spec: spec.clone(),
                image_generation,
                image_key,
                earlier_images: Vec::new(),
                image: None,
                lease,
            };
            let found = host(store.as_ref(), &bench, id).await;
            assert_eq!(found, expected);
            let by_name = HostKey::Name(spec.name.clone());
            let by_name = store.lookup_host(&bench.grant().await, &by_name).await.unwrap();
            assert_eq!(by_name, Some(expected));
            // The next case may use its name and addresses again.
            let name = format!("parked-{}", Uuid::from_bytes(*id.as_bytes()));
            let parked = HostSpec::new(name.parse().unwrap(), Vec::new());
            let generation = found.lease.generation;
            let edit = PutHost::Edit { id, generation, spec: parked.clone() };
            put(store.as_ref(), &bench, edit).await;
            assert_eq!(host(store.as_ref(), &bench, id).await.spec, parked);
        });
        Ok(())
    });
    result.unwrap();
}

/// Writes `next`, and reads it back.
async fn replace(
    store: &dyn Store,
    bench: &Bench,
    before: &HostRecord,
    mut next: Lease,
    new_mark: Option<MarkId>,
) -> HostRecord {
    next.generation = before.lease.generation.next();
    let claimed = before.lease.attempt.as_ref().is_none_or(|attempt| attempt.claim.is_none());
    let claim = next.attempt.as_ref().filter(|attempt| claimed && attempt.claim.is_some());
    let claim = claim.map(|attempt| (attempt.mark, attempt.id));
    let (expected, next) = (Expected::of(&before.lease), Box::new(next));
    let write = Write::Replace { expected, next: next.clone(), claim, new_mark };
    let change = Change { host: before.id, write };
    let (grant, epoch) = (bench.write_grant().await, store.epoch().await.unwrap());
    store.apply(&grant, epoch, &change, Some(&bench.entry("test"))).await.unwrap();
    let found = host(store, bench, before.id).await;
    assert_eq!(found.lease, *next);
    found
}

fn closed_mark() -> impl Strategy<Value = ClosedMark> {
    let outcome = sample::select(&OUTCOMES[..]);
    (any::<[u8; 16]>(), time(), outcome).prop_map(|(id, at, outcome)| ClosedMark {
        id: MarkId::from_bytes(id),
        at,
        outcome,
    })
}

#[test]
fn every_lease_survives() {
    let (runtime, folder) = (runtime(), common::folder());
    let (store, bench) = runtime.block_on(common::bench(folder.path()));
    let mut record = runtime.block_on(bench.register(1, false));
    let ends = (option::of(hold()), option::of(closed_mark()), any::<u32>(), option::of(loader()));
    let strategy = (mark(), attempt(), [course(), course()], ends);
    let record = std::cell::RefCell::new(&mut record);
    let result = TestRunner::new(config()).run(&strategy, |case| {
        let (mark, mut attempt, [offered, done], (held, last_mark, oldest, loader)) = case;
        let mut record = record.borrow_mut();
        let store = store.as_ref();
        attempt.mark = mark.id;
        runtime.block_on(async {
            let mut next = record.lease.clone();
            next.mark = Some(mark.clone());
            **record = replace(store, &bench, &record, next.clone(), Some(mark.id)).await;
            follow(&mut attempt, offered);
            next.attempt = Some(attempt.clone());
            let by = Actor::Local { user: "bob".to_owned() };
            let digest = mark.pin.digest();
            let approved = Approved { by, at: mark.created_at, digest };
            next.mark = Some(Mark { approval: Approval::Given(Box::new(approved)), ..mark });
            **record = replace(store, &bench, &record, next.clone(), None).await;
            follow(&mut attempt, done);
            next.attempt = Some(attempt.clone());
            next.mark = None;
            next.protected =
                held.clone().map(|Hold { by, at, reason }| Box::new(Protection { by, at, reason }));
            next.held = held;
            next.last_mark = last_mark;
            next.loader = loader;
            next.min_image_generation = ImageGeneration(oldest);
            **record = replace(store, &bench, &record, next, None).await;
            let grant = bench.opened(attempt.id).await;
            let found = store.lookup_attempt(&grant, attempt.id).await.unwrap();
            assert_eq!(found, Some((record.clone(), attempt)));
        });
        Ok(())
    });
    result.unwrap();
}

fn follow(attempt: &mut Attempt, course: Course) {
    let (claim, answered_at, progress, deadline, closed) = course;
    attempt.claim = attempt.claim.take().or(claim);
    (attempt.answered_at, attempt.progress) = (answered_at, progress);
    (attempt.deadline, attempt.closed) = (deadline, closed);
}
