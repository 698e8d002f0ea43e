//! Which controller is asked first.

use ipxe_orch_core::time::Timestamp;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How long a controller that failed is asked last. Then it is tried again in its place, so a
/// login may wait for it once in this time.
const REST: Duration = Duration::from_secs(30);

/// When each controller last failed.
#[derive(Debug)]
pub(super) struct Controllers(Mutex<Vec<Option<Timestamp>>>);

impl Controllers {
    pub(super) fn new(count: usize) -> Self {
        Self(Mutex::new(vec![None; count]))
    }

    /// All of them, in the order in which they are asked.
    pub(super) fn order(&self, now: Timestamp) -> Vec<usize> {
        let failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not keep one away for long.
        let rests = |index: &usize| {
            let at = failed.get(*index).copied().flatten();
            at.is_some_and(|at| at <= now && now < at.plus(REST))
        };
        let (last, mut first): (Vec<_>, Vec<_>) = (0..failed.len()).partition(rests);
        first.extend(last);
        first
    }

    /// Notes how the controller did.
    pub(super) fn note(&self, index: usize, failed: Option<Timestamp>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = all.get_mut(index) {
            *one = failed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn one_that_failed_is_asked_last_for_a_while() {
        let all = Controllers::new(3);
        assert_eq!(all.order(NOW), [0, 1, 2]);
        all.note(0, Some(NOW));
        assert_eq!(all.order(NOW), [1, 2, 0]);
        assert_eq!(all.order(NOW.plus(REST)), [0, 1, 2]);
        assert_eq!(all.order(NOW.minus(REST)), [0, 1, 2]);
    }

    #[test]
    fn one_that_works_again_is_asked_first_again() {
        let all = Controllers::new(2);
        all.note(0, Some(NOW));
        all.note(0, None);
        assert_eq!(all.order(NOW), [0, 1]);
        all.note(7, None);
    }

    #[test]
    fn if_all_failed_all_are_asked() {
        let all = Controllers::new(2);
        all.note(0, Some(NOW));
        all.note(1, Some(NOW));
        assert_eq!(all.order(NOW), [0, 1]);
    }
}
