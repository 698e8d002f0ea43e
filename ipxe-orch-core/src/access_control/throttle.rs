//! How often names and passwords may be tried.
//!
//! What counts is who tries from where: somebody who guesses the password of an administrator makes
//! only the own address wait, and that of nobody else. Somebody with many addresses is slowed down
//! for each name, but not at addresses from which that person has signed in before.

use crate::time::Timestamp;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::Hash,
    time::Duration,
};

/// Wrong passwords of one name from one address before there is a wait.
const FREE: u32 = 3;
/// Wrong passwords of one name from addresses that are new to it, before there is a wait.
const FREE_OF_NAME: u32 = 10;
/// Wrong passwords from one address, for whatever names, before there is a wait.
const FREE_OF_ADDRESS: u32 = 20;
/// The first wait; each further wrong password doubles it.
const WAIT: Duration = Duration::from_secs(2);
/// The longest wait. After that time without a wrong password all is forgotten.
const LONGEST: Duration = Duration::from_mins(15);
/// So many of each kind are remembered. The oldest are forgotten first.
const MOST: usize = 10_000;

/// Wrong passwords of late, in memory: each server counts its own.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    pairs: Counts<(String, String)>,
    names: Counts<String>,
    addresses: Counts<String>,
    known: Known,
}

impl Throttle {
    /// How long `name` must wait at `address`, if it must.
    pub(super) fn wait(&self, name: &str, address: &str, now: Timestamp) -> Option<Duration> {
        let (name, address) = (name.to_lowercase(), address.to_owned());
        let of_name = if self.known.has(&name, &address) {
            None
        } else {
            self.names.wait(&name, FREE_OF_NAME, now)
        };
        let of_address = self.addresses.wait(&address, FREE_OF_ADDRESS, now);
        let pair = self.pairs.wait(&(name, address), FREE, now);
        pair.max(of_name).max(of_address)
    }

    /// A wrong password.
    pub(super) fn failed(&mut self, name: &str, address: &str, now: Timestamp) {
        let (name, address) = (name.to_lowercase(), address.to_owned());
        if !self.known.has(&name, &address) {
            self.names.count(name.clone(), now);
        }
        self.addresses.count(address.clone(), now);
        self.pairs.count((name, address), now);
    }

    /// The right password.
    pub(super) fn succeeded(&mut self, name: &str, address: &str) {
        let (name, address) = (name.to_lowercase(), address.to_owned());
        self.pairs.forget(&(name.clone(), address.clone()));
        self.known.add(name, address);
    }
}

/// Wrong passwords by what they count for: how many, and when the last one was.
#[derive(Debug)]
struct Counts<K> {
    counts: HashMap<K, (u32, Timestamp)>,
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self { counts: HashMap::new() }
    }
}

impl<K: Hash + Eq + Clone> Counts<K> {
    fn wait(&self, key: &K, free: u32, now: Timestamp) -> Option<Duration> {
        let (count, last) = self.counts.get(key)?;
        let beyond = count.checked_sub(free)?;
        let wait = WAIT.saturating_mul(2_u32.saturating_pow(beyond)).min(LONGEST);
        let over = last.plus(wait).as_millis().saturating_sub(now.as_millis());
        // A clock that was set back makes nobody wait for longer.
        u64::try_from(over)
            .ok()
            .filter(|left| *left > 0)
            .map(Duration::from_millis)
            .map(|left| left.min(wait))
    }

    fn count(&mut self, key: K, now: Timestamp) {
        if self.counts.len() >= MOST && !self.counts.contains_key(&key) {
            self.make_room(now);
        }
        let entry = self.counts.entry(key).or_insert((0, now));
        if entry.1.plus(LONGEST) < now {
            entry.0 = 0;
        }
        *entry = (entry.0.saturating_add(1), now);
    }

    /// Forgets what has no effect any more, and if there is nothing like that, a tenth.
    fn make_room(&mut self, now: Timestamp) {
        self.counts.retain(|_, (_, last)| last.plus(LONGEST) >= now);
        if self.counts.len() < MOST {
            return;
        }
        let mut times: Vec<_> = self.counts.values().map(|(_, last)| *last).collect();
        times.sort_unstable();
        let limit = times.get(MOST / 10).copied();
        self.counts.retain(|_, (_, last)| Some(*last) > limit);
    }

    fn forget(&mut self, key: &K) {
        self.counts.remove(key);
    }
}

/// From where somebody has signed in of late.
#[derive(Debug, Default)]
struct Known {
    pairs: HashSet<(String, String)>,
    order: VecDeque<(String, String)>,
}

impl Known {
    fn has(&self, name: &str, address: &str) -> bool {
        self.pairs.contains(&(name.to_owned(), address.to_owned()))
    }

    fn add(&mut self, name: String, address: String) {
        let pair = (name, address);
        if !self.pairs.insert(pair.clone()) {
            return;
        }
        self.order.push_back(pair);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.pairs.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn seconds(wait: Option<Duration>) -> u64 {
        wait.map_or(0, |wait| wait.as_secs())
    }

    #[test]
    fn each_wrong_password_doubles_the_wait_up_to_a_limit() {
        let mut throttle = Throttle::default();
        let mut waits = Vec::new();
        for _ in 0..12 {
            throttle.failed("ann", "192.0.2.1", at(0));
            waits.push(seconds(throttle.wait("Ann", "192.0.2.1", at(0))));
        }
        assert_eq!(waits, [0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
        assert_eq!(seconds(throttle.wait("ann", "192.0.2.1", at(600))), 300);
        assert_eq!(throttle.wait("ann", "192.0.2.1", at(900)), None);
        // After a quiet quarter of an hour it begins anew.
        throttle.failed("ann", "192.0.2.1", at(1801));
        assert_eq!(throttle.wait("ann", "192.0.2.1", at(1801)), None);
    }

    #[test]
    fn nobody_is_kept_out_by_another_address() {
        let mut throttle = Throttle::default();
        throttle.succeeded("admin", "192.0.2.1");
        for last in 0..200 {
            throttle.failed("admin", &format!("198.51.100.{last}"), at(0));
        }
        assert_eq!(throttle.wait("admin", "192.0.2.1", at(0)), None);
        let new = throttle.wait("admin", "203.0.113.9", at(0));
        assert_eq!(seconds(new), 900, "guessing from many addresses is slowed down");
        assert_eq!(throttle.wait("bob", "203.0.113.9", at(0)), None);
    }

    #[test]
    fn an_address_that_tries_many_names_waits() {
        let mut throttle = Throttle::default();
        for name in 0..25 {
            throttle.failed(&format!("user{name}"), "192.0.2.1", at(0));
        }
        assert_eq!(seconds(throttle.wait("ann", "192.0.2.1", at(0))), 64);
        assert_eq!(throttle.wait("ann", "192.0.2.2", at(0)), None);
    }

    #[test]
    fn the_right_password_ends_the_wait_of_its_name_there() {
        let mut throttle = Throttle::default();
        for _ in 0..5 {
            throttle.failed("ann", "192.0.2.1", at(0));
        }
        throttle.succeeded("ann", "192.0.2.1");
        assert_eq!(throttle.wait("ann", "192.0.2.1", at(0)), None);
    }

    #[test]
    fn memory_is_limited() {
        let mut throttle = Throttle::default();
        for number in 0..25_000 {
            throttle.failed(&format!("user{number}"), &format!("host{number}"), at(number));
            throttle.succeeded(&format!("user{number}"), "192.0.2.1");
        }
        let all = (throttle.pairs.counts.len(), throttle.names.counts.len());
        assert!(all.0 <= MOST && all.1 <= MOST, "{all:?}");
        assert!(throttle.known.pairs.len() <= MOST && throttle.known.order.len() <= MOST);
    }
}
