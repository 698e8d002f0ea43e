//! How much each of many has at a moment.

use std::{
    collections::HashMap,
    fmt::Debug,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts, one for each key that has something now. None is above the limit.
#[derive(Debug)]
pub(crate) struct Shares<K> {
    most: u32,
    taken: Mutex<HashMap<K, u32>>,
}

/// One of a share, which is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share<K: Copy + Eq + Hash> {
    key: K,
    shares: Arc<Shares<K>>,
}

impl<K: Copy + Eq + Hash> Shares<K> {
    pub(crate) fn new(most: u32) -> Self {
        Self { most, taken: Mutex::default() }
    }

    /// One more for `key`, or `None` if it has the most already.
    pub(crate) fn take(self: &Arc<Self>, key: K) -> Option<Share<K>> {
        let mut taken = self.taken();
        let count = taken.entry(key).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share { key, shares: Arc::clone(self) })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<K, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = self.shares.taken();
        match taken.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_is_forgotten() {
        let shares = Arc::new(Shares::new(2));
        let both = (shares.take(1).unwrap(), shares.take(1).unwrap());
        assert!(shares.take(1).is_none());
        let other = shares.take(2).unwrap();
        drop(both.0);
        assert!(shares.take(1).is_some());
        drop((both.1, other));
        assert!(shares.taken().is_empty());
    }
}
