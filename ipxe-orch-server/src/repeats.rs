//! Log lines that may come a thousand times a second: told once, and then counted.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::sleep;

/// How often a line of one kind is told.
const PERIOD: Duration = Duration::from_mins(1);
/// Kinds that are told apart at a moment.
const KINDS: usize = 256;
/// The kind of all lines beyond them.
const OTHERS: &str = "others";

/// Counts lines by their kind. A kind that did not come for a minute is forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repeats(Arc<Mutex<HashMap<String, u64>>>);

impl Repeats {
    /// Tells a line of this kind at once: `line(0)`. Further lines of the kind are counted, and
    /// told together once a minute: `line(count)`, of the first one.
    ///
    /// Returns whether the line was told now. It must be called within a Tokio runtime.
    pub(crate) fn tell(&self, kind: &str, line: impl Fn(u64) + Send + 'static) -> bool {
        let Some(kind) = self.count(kind) else { return false };
        line(0);
        let repeats = self.clone();
        tokio::spawn(async move {
            loop {
                sleep(PERIOD).await;
                match repeats.take(&kind) {
                    0 => break,
                    more => line(more),
                }
            }
        });
        true
    }

    /// Counts a line. The kind to tell, if it is new.
    fn count(&self, kind: &str) -> Option<String> {
        let mut kinds = self.kinds();
        let known = kinds.len() < KINDS || kinds.contains_key(kind);
        let kind = if known { kind } else { OTHERS };
        if let Some(more) = kinds.get_mut(kind) {
            *more += 1;
            return None;
        }
        kinds.insert(kind.to_owned(), 0);
        Some(kind.to_owned())
    }

    /// The lines since the last time. If there was none, the kind is forgotten.
    fn take(&self, kind: &str) -> u64 {
        let mut kinds = self.kinds();
        let more = kinds.get_mut(kind).map_or(0, std::mem::take);
        if more == 0 {
            kinds.remove(kind);
        }
        more
    }

    fn kinds(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was told, with its counts.
    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<(String, u64)>>>);

    impl Told {
        fn by(&self, repeats: &Repeats, kind: &str) {
            let (told, name) = (self.0.clone(), kind.to_owned());
            repeats.tell(kind, move |more| told.lock().unwrap().push((name.clone(), more)));
        }

        fn take(&self) -> Vec<(String, u64)> {
            std::mem::take(&mut self.0.lock().unwrap())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_is_told_at_once_and_then_once_a_minute() {
        let (repeats, told) = (Repeats::default(), Told::default());
        (0..1000).for_each(|_| told.by(&repeats, "a"));
        told.by(&repeats, "b");
        assert_eq!(told.take(), [("a".to_owned(), 0), ("b".to_owned(), 0)]);
        sleep(Duration::from_secs(61)).await;
        assert_eq!(told.take(), [("a".to_owned(), 999)], "the end of it is told, too");
        told.by(&repeats, "a");
        told.by(&repeats, "b");
        assert_eq!(told.take(), [("b".to_owned(), 0)]);
        sleep(Duration::from_mins(1)).await;
        assert_eq!(told.take(), [("a".to_owned(), 1)]);
        sleep(Duration::from_mins(2)).await;
        assert!(repeats.kinds().is_empty(), "all is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn many_kinds_are_one_in_the_end() {
        let (repeats, told) = (Repeats::default(), Told::default());
        (0..1000).for_each(|number| told.by(&repeats, &number.to_string()));
        assert_eq!(told.take().len(), KINDS + 1);
        assert_eq!(repeats.kinds().len(), KINDS + 1);
    }
}
