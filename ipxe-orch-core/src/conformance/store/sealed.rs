//! Cases about the secrets in the pins of marks and attempts.

use super::{
    Bench, conflict, holds, invalid,
    make::{cancel, close, remove},
    must,
    refused::other_epoch,
    same,
};
use crate::{
    auth::{ManageKeys, Scope},
    host::HostValue,
    ids::{AttemptId, HostId, KeyId, MarkId},
    lease::{Mark, Outcome},
    names::VariableName,
    stores::{PinOwner, SealedPin},
    time::Clock,
};
use std::collections::BTreeMap;

const OLD: KeyId = KeyId::from_bytes([1; 4]);
const NEW: KeyId = KeyId::from_bytes([2; 4]);

fn name() -> VariableName {
    must("root_password".parse())
}

/// A value that is sealed with this key, as far as a store sees.
fn sealed(key: KeyId, letter: &str) -> HostValue {
    must(format!("sealed:v1:{key}:{}", letter.repeat(56)).parse())
}

/// A host, and a mark of it whose pin has a secret and a plain value.
async fn marked(bench: &Bench, number: u16) -> (HostId, Mark) {
    let id = bench.added(number).await.id;
    (id, order(bench, id).await)
}

async fn order(bench: &Bench, id: HostId) -> Mark {
    let mut mark = bench.new_mark();
    mark.pin.spec.values =
        BTreeMap::from([(name(), sealed(OLD, "A")), (must("disk".parse()), must("sda".parse()))]);
    bench.step(id, |lease| super::make::set_mark(lease, &mark)).await;
    mark
}

async fn list(bench: &Bench, key: KeyId) -> Vec<SealedPin> {
    must(bench.store.list_sealed_pins(&bench.grant::<ManageKeys>().await, key).await)
}

/// What is listed, without the values. A store that forgets the pin of a mark that has ended lists
/// none, so those are left out.
async fn listed(bench: &Bench, key: KeyId) -> Vec<(HostId, PinOwner, bool)> {
    let pins = list(bench, key).await;
    let kept = |pin: &&SealedPin| !(pin.ended && matches!(pin.owner, PinOwner::Mark(_)));
    let mut all: Vec<_> =
        pins.iter().filter(kept).map(|pin| (pin.host, pin.owner, pin.ended)).collect();
    all.sort();
    all
}

/// Puts this value into all pins that are listed.
async fn put_all(bench: &Bench, value: &HostValue) {
    let mut pins = list(bench, NEW).await;
    for pin in &mut pins {
        pin.values.values_mut().for_each(|old| old.clone_from(value));
    }
    let (grant, epoch) = (bench.grant::<ManageKeys>().await, must(bench.store.epoch().await));
    let entry = bench.entry("keys.reseal");
    must(bench.store.put_sealed_pins(&grant, epoch, &pins, &entry).await);
}

fn sorted(mut expected: Vec<(HostId, PinOwner, bool)>) -> Vec<(HostId, PinOwner, bool)> {
    expected.sort();
    expected
}

const fn of_mark(id: MarkId) -> PinOwner {
    PinOwner::Mark(id)
}

const fn of_attempt(id: AttemptId) -> PinOwner {
    PinOwner::Attempt(id)
}

/// The secrets of standing marks, of offers, of installs under way, of what has ended, and of hosts
/// that were removed: each is listed until it has a wanted value.
pub async fn sealed_pins_are_listed_wherever_they_are(bench: Bench) {
    let (one, standing) = marked(&bench, 1).await;
    let (two, offered) = marked(&bench, 2).await;
    let offer = bench.offer(two).await.id;
    let (three, _) = marked(&bench, 3).await;
    let running = bench.offer(three).await.id;
    bench.claim(three).await;
    let (four, _) = marked(&bench, 4).await;
    let earlier = bench.offer(four).await.id;
    bench.claim(four).await;
    let now = bench.clock.now();
    bench.step(four, |lease| close(lease, Outcome::Done, now)).await;
    order(&bench, four).await;
    let latest = bench.offer(four).await.id;
    let host = bench.step(four, |lease| cancel(lease, now)).await;
    must(bench.put(&[remove(&host)]).await);
    bench.added(5).await;
    let expected = sorted(vec![
        (one, of_mark(standing.id), false),
        (two, of_mark(offered.id), false),
        (two, of_attempt(offer), false),
        (three, of_attempt(running), false),
        (four, of_attempt(earlier), true),
        (four, of_attempt(latest), true),
    ]);
    let promise = "each pin with an unwanted secret is listed, and whether it has ended";
    same(&listed(&bench, NEW).await, &expected, promise);
    let values: Vec<_> = list(&bench, NEW).await.into_iter().map(|pin| pin.values).collect();
    let secret = BTreeMap::from([(name(), sealed(OLD, "A"))]);
    let alike = values.iter().all(|values| *values == secret);
    holds(alike, "the values that are sealed with another key are listed, and no other", &values);
    same(&listed(&bench, OLD).await, &vec![], "what is sealed with the wanted key is not listed");
    put_all(&bench, &sealed(NEW, "B")).await;
    same(&list(&bench, NEW).await, &vec![], "what was sealed again is not listed any more");
    same(&listed(&bench, OLD).await, &expected, "what was sealed again has the new key");
}

/// New values take the place of the old ones and stay there; a write that was decided before is a
/// conflict, so that it does not bring them back.
pub async fn new_values_take_the_place_of_sealed_ones(bench: Bench) {
    let (id, mark) = marked(&bench, 1).await;
    let attempt = bench.offer(id).await.id;
    let before = bench.by_id(id).await;
    let entries = bench.actions().await.len();
    put_all(&bench, &sealed(NEW, "B")).await;
    let written = bench.actions().await.len().saturating_sub(entries);
    same(&written, &1, "secrets that are sealed again leave their entry");
    let mut expected = before.clone();
    let pins = expected.lease.mark.iter_mut().map(|mark| &mut mark.pin);
    let pins = pins.chain(expected.lease.attempt.iter_mut().map(|attempt| &mut attempt.pin));
    for pin in pins {
        pin.spec.values.insert(name(), sealed(NEW, "B"));
    }
    let found = bench.by_id(id).await;
    expected.lease.generation = found.lease.generation;
    same(&found, &expected, "new values take the place of the old ones, and nothing else changes");
    let later = found.lease.generation > before.lease.generation;
    holds(later, "a host whose secrets were sealed again has a later generation", &found);
    let now = bench.clock.now();
    let stale = bench.apply(id, cancel(&before.lease, now)).await;
    conflict(&stale, "what was decided before secrets were sealed again is a conflict");
    bench.claim(id).await;
    let (_, claimed) = must(bench.by_ticket(attempt).await.ok_or("the attempt is gone"));
    same(&claimed.pin.spec.values.get(&name()), &Some(&sealed(NEW, "B")), "new values stay");
    same(&claimed.mark, &mark.id, "the attempt is of the same mark");
}

/// They are for all hosts, and of the same epoch.
pub async fn sealed_pins_are_for_all_hosts(bench: Bench) {
    marked(&bench, 1).await;
    let pins = list(&bench, NEW).await;
    let site = Scope::Site(must("north".parse()));
    let north = bench.grant_within::<ManageKeys>(site).await;
    let promise = "who manages the keys of some hosts seals nothing again";
    invalid(&bench.store.list_sealed_pins(&north, NEW).await, promise);
    let (epoch, entry) = (must(bench.store.epoch().await), bench.entry("keys.reseal"));
    invalid(&bench.store.put_sealed_pins(&north, epoch, &pins, &entry).await, promise);
    let all = bench.grant::<ManageKeys>().await;
    let late = bench.store.put_sealed_pins(&all, other_epoch(), &pins, &entry).await;
    conflict(&late, "secrets of another epoch are a conflict");
    same(&list(&bench, NEW).await, &pins, "what is refused changes nothing");
}
