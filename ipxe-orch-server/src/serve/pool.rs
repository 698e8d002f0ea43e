//! Who is connected, and who must go if there is no place for another one.
//!
//! A connection on which nothing was proved is a stranger's. If all places are taken, one of the
//! address with the most strangers is closed for the new connection, so that a machine which comes
//! alone is not pushed out by others: the one that is idle for the longest time, or if none is idle,
//! the one whose request is incomplete for the longest time. The same holds for the places of one
//! address. A connection on which something was proved is kept, but at most [`EACH`] for one attempt
//! or host.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::{IpAddr, Ipv4Addr},
};

/// Connections that one subject keeps.
pub(super) const EACH: u32 = 32;

pub(super) type Id = u64;

/// Whoever shares the places of an address: an IPv4 address, or the /64 of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Group {
    V4(Ipv4Addr),
    V6([u16; 4]),
}

impl From<IpAddr> for Group {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

/// What a connection does. The first kinds are closed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Idle,
    Head,
    /// A request is worked on, or answered.
    Busy,
}

/// Its standing, and since when: a number that counts up.
type Rank = (Standing, u64);

#[derive(Debug)]
struct Entry<T> {
    /// `None` if it has no part in the places of an address.
    group: Option<Group>,
    rank: Rank,
    kept: Kept,
    /// The connection ends when this is dropped.
    _alive: T,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    /// A stranger.
    No,
    /// A proxy.
    Always,
    /// Somebody who proved something, as a number.
    For(u64),
}

#[derive(Debug, Default)]
struct Members {
    count: usize,
    /// Strangers who may be closed, the first of them first.
    closable: BTreeMap<Rank, Id>,
}

/// All connections.
#[derive(Debug)]
pub(super) struct Pool<T> {
    most: usize,
    per_group: usize,
    next: u64,
    entries: HashMap<Id, Entry<T>>,
    groups: HashMap<Group, Members>,
    /// How many of each group may be closed, if any.
    closable: BTreeSet<(usize, Group)>,
    kept: HashMap<u64, u32>,
}

impl<T> Pool<T> {
    pub(super) fn new(most: usize, per_group: usize) -> Self {
        Self {
            most,
            per_group,
            next: 0,
            entries: HashMap::new(),
            groups: HashMap::new(),
            closable: BTreeSet::new(),
            kept: HashMap::new(),
        }
    }

    /// A new connection, for which another one may be closed. `None` if there is no place. Those of
    /// proxies have no group.
    pub(super) fn enter(&mut self, group: Option<Group>, alive: T) -> Option<Id> {
        if let Some(group) = group
            && self.groups.get(&group).is_some_and(|members| members.count >= self.per_group)
        {
            self.close_one_of(group)?;
        }
        if self.entries.len() >= self.most {
            let (_, group) = self.closable.last().copied()?;
            self.close_one_of(group)?;
        }
        let (id, rank) = (self.count(), (Standing::Idle, self.count()));
        let kept = if group.is_some() { Kept::No } else { Kept::Always };
        self.entries.insert(id, Entry { group, rank, kept, _alive: alive });
        if let Some(group) = group {
            self.groups.entry(group).or_default().count += 1;
        }
        self.list(id);
        Some(id)
    }

    fn close_one_of(&mut self, group: Group) -> Option<()> {
        let first = self.groups.get(&group)?.closable.values().next().copied()?;
        self.leave(first);
        Some(())
    }

    /// It does something else now.
    pub(super) fn stands(&mut self, id: Id, standing: Standing) {
        let since = self.count();
        self.unlist(id);
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.rank = (standing, since);
        }
        self.list(id);
    }

    /// Something was proved on it. Whether it is kept.
    pub(super) fn prove(&mut self, id: Id, subject: u64) -> bool {
        let Some(entry) = self.entries.get(&id) else { return false };
        if entry.kept != Kept::No {
            return true;
        }
        let kept = self.kept.entry(subject).or_default();
        if *kept >= EACH {
            return false;
        }
        *kept += 1;
        self.unlist(id);
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.kept = Kept::For(subject);
        }
        true
    }

    /// It is closed, or is to be closed.
    pub(super) fn leave(&mut self, id: Id) {
        self.unlist(id);
        let Some(Entry { group, kept, .. }) = self.entries.remove(&id) else { return };
        if let Kept::For(subject) = kept
            && let Some(count) = self.kept.get_mut(&subject)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.kept.remove(&subject);
            }
        }
        if let Some(group) = group
            && let Some(members) = self.groups.get_mut(&group)
        {
            members.count = members.count.saturating_sub(1);
            if members.count == 0 {
                self.groups.remove(&group);
            }
        }
    }

    fn count(&mut self) -> u64 {
        self.next = self.next.wrapping_add(1);
        self.next
    }

    /// Puts it among those that may be closed, if it is one.
    fn list(&mut self, id: Id) {
        let Some(Entry { group: Some(group), rank, kept: Kept::No, .. }) = self.entries.get(&id)
        else {
            return;
        };
        if rank.0 == Standing::Busy {
            return;
        }
        if let Some(members) = self.groups.get_mut(group) {
            self.closable.remove(&(members.closable.len(), *group));
            members.closable.insert(*rank, id);
            self.closable.insert((members.closable.len(), *group));
        }
    }

    fn unlist(&mut self, id: Id) {
        let Some(Entry { group: Some(group), rank, .. }) = self.entries.get(&id) else { return };
        let Some(members) = self.groups.get_mut(group) else { return };
        self.closable.remove(&(members.closable.len(), *group));
        members.closable.remove(rank);
        if !members.closable.is_empty() {
            self.closable.insert((members.closable.len(), *group));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Weak};

    /// A pool, and who is still in it.
    struct Test(Pool<Arc<()>>);

    impl Test {
        fn enter(&mut self, address: &str) -> Option<(Id, Weak<()>)> {
            let alive = Arc::new(());
            let weak = Arc::downgrade(&alive);
            let group = Group::from(address.parse::<IpAddr>().unwrap());
            self.0.enter(Some(group), alive).map(|id| (id, weak))
        }

        fn is_empty(&self) -> bool {
            let Pool { entries, closable, groups, kept, .. } = &self.0;
            entries.is_empty() && closable.is_empty() && groups.is_empty() && kept.is_empty()
        }
    }

    fn is_open(connection: &Weak<()>) -> bool {
        connection.strong_count() > 0
    }

    #[test]
    fn the_stranger_that_is_idle_for_the_longest_goes_first() {
        let mut pool = Test(Pool::new(4, 4));
        let all = [1, 1, 1, 1].map(|n| pool.enter(&format!("192.0.2.{n}")).unwrap());
        let [a, b, c, d] = &all;
        pool.0.stands(a.0, Standing::Head);
        pool.0.stands(b.0, Standing::Busy);
        pool.0.stands(b.0, Standing::Idle);
        assert!(pool.0.prove(c.0, 7), "and is the oldest that is idle");
        for gone in [d, b, a] {
            assert!(is_open(&gone.1));
            let (id, _) = pool.enter("198.51.100.1").unwrap();
            pool.0.stands(id, Standing::Busy);
            assert!(!is_open(&gone.1));
        }
        assert!(pool.enter("198.51.100.2").is_none(), "all others are kept or at work");
        assert!(is_open(&c.1));
    }

    #[test]
    fn a_machine_that_comes_alone_is_not_pushed_out() {
        let mut pool = Test(Pool::new(10, 10));
        let machine = pool.enter("192.0.2.1").unwrap();
        for number in 0..1000 {
            let (id, _) = pool.enter(&format!("198.51.100.{}", number % 3)).unwrap();
            pool.0.stands(id, Standing::Head);
        }
        assert!(is_open(&machine.1), "though it is idle for the longest time");
        assert_eq!(pool.0.entries.len(), 10);
    }

    #[test]
    fn one_address_has_its_own_places() {
        let mut pool = Test(Pool::new(100, 2));
        let (other, a) = (pool.enter("2001:db8::1").unwrap(), pool.enter("192.0.2.1").unwrap());
        let b = pool.enter("::ffff:192.0.2.1").unwrap();
        let c = pool.enter("192.0.2.1").unwrap();
        assert!(!is_open(&a.1) && is_open(&b.1) && is_open(&c.1) && is_open(&other.1));
        assert!(pool.0.prove(b.0, 1) && pool.0.prove(c.0, 1));
        assert!(pool.enter("192.0.2.1").is_none());
        assert!(pool.enter("2001:db8::2").is_some());
        assert!(pool.enter("2001:db8:0:0:ffff::").is_some());
        assert!(!is_open(&other.1), "one /64");
    }

    #[test]
    fn a_subject_keeps_some_only() {
        let mut pool = Test(Pool::new(1000, 1000));
        let all: Vec<_> = (0..=EACH).map(|_| pool.enter("192.0.2.1").unwrap()).collect();
        let kept: Vec<_> = all.iter().map(|(id, _)| pool.0.prove(*id, 1)).collect();
        assert_eq!(kept.iter().filter(|kept| !**kept).count(), 1);
        assert!(pool.0.prove(all[0].0, 1), "it is kept already");
        pool.0.leave(all[0].0);
        let last = all.last().unwrap().0;
        assert!(pool.0.prove(last, 1));
        for (id, _) in &all {
            pool.0.leave(*id);
        }
        assert!(pool.is_empty());
    }

    #[test]
    fn a_proxy_has_no_limit_of_its_own_and_is_kept() {
        let mut pool = Test(Pool::new(3, 1));
        for _ in 0..3 {
            assert!(pool.0.enter(None, Arc::new(())).is_some());
        }
        assert!(pool.enter("192.0.2.1").is_none());
    }
}
