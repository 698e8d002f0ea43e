//! Remembers which trees are complete, so that a boot need not look at each of their files.
//!
//! Contents never change, and only `media remove` removes them, possibly in another process. It
//! notes each removal in a small file. Reading that file is enough to know whether what was seen
//! before is still true.

use super::MediaError;
use ipxe_orch_core::digest::Digest;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// What a disk failure or somebody else has removed is noticed after this time at the latest.
pub(super) const LOOK: Duration = Duration::from_mins(1);

/// The largest number of trees that are remembered.
const TREES: usize = 1024;

/// The file that notes removals. It contains `settled N` after the Nth removal, and `removing N`
/// while the next one is under way.
#[derive(Clone, Debug)]
pub(super) struct Removals {
    root: PathBuf,
}

impl Removals {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn path(&self) -> PathBuf {
        self.root.join(".removals")
    }

    /// The number of removals; `None` while one is under way or if the number cannot be read.
    fn settled(&self) -> Option<u64> {
        self.read().ok()?.strip_prefix("settled ")?.trim_end().parse().ok()
    }

    fn read(&self) -> io::Result<String> {
        match fs::read_to_string(self.path()) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok("settled 0".to_owned()),
            text => text,
        }
    }

    /// Removes contents by calling `remove`. The caller must hold the lock.
    pub(super) fn during<T>(&self, remove: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let before = self.count()?;
        self.write(&format!("removing {before}"))?;
        let removed = remove();
        self.write(&format!("settled {}", before.wrapping_add(1)))?;
        removed
    }

    /// Ends a removal that was interrupted. The caller holds the lock, so no other removal is under
    /// way.
    pub(super) fn settle(&self) -> io::Result<()> {
        if self.settled().is_some() {
            return Ok(());
        }
        let next = self.count()?.wrapping_add(1);
        self.write(&format!("settled {next}"))
    }

    /// The number in the file, or 0 if the file does not contain one: then nobody relies on it.
    fn count(&self) -> io::Result<u64> {
        let text = self.read()?;
        Ok(text.rsplit(' ').next().and_then(|count| count.trim_end().parse().ok()).unwrap_or(0))
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.root)?;
        writeln!(file, "{text}")?;
        file.as_file().sync_all()?;
        file.persist(self.path()).map_err(|error| error.error)?;
        File::open(&self.root)?.sync_all()
    }
}

/// Trees that were seen complete: the number of removals at that time, and the time.
#[derive(Debug)]
pub(super) struct Wholes {
    removals: Removals,
    seen: Mutex<BTreeMap<Digest, (u64, Instant)>>,
}

impl Wholes {
    pub(super) fn new(root: &Path) -> Self {
        Self { removals: Removals::new(root), seen: Mutex::default() }
    }

    /// Checks that `tree` is complete. `look` looks at all of its files; it is called only if that
    /// is necessary.
    pub(super) fn check(
        &self,
        tree: Digest,
        now: Instant,
        look: impl FnOnce() -> Result<(), MediaError>,
    ) -> Result<(), MediaError> {
        // Read before the look, so that a removal during the look counts as one after it.
        let removals = self.removals.settled();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&tree).copied();
        let holds = |(then, at): &(u64, Instant)| {
            Some(*then) == removals && now.saturating_duration_since(*at) < LOOK
        };
        if seen.as_ref().is_some_and(holds) {
            return Ok(());
        }
        look()?;
        if let Some(removals) = removals {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.len() >= TREES {
                seen.clear();
            }
            seen.insert(tree, (removals, now));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(wholes: &Wholes, now: Instant) -> bool {
        let mut looked = false;
        let look = || {
            looked = true;
            Ok(())
        };
        wholes.check(Digest::of("tree"), now, look).unwrap();
        looked
    }

    #[test]
    fn each_removal_and_time_make_it_look_again() {
        let temp = tempfile::tempdir().unwrap();
        let (wholes, removals) = (Wholes::new(temp.path()), Removals::new(temp.path()));
        let mut now = Instant::now();
        assert!(looks(&wholes, now));
        assert!(!looks(&wholes, now));
        removals.during(|| Ok(())).unwrap();
        assert!(looks(&wholes, now));
        assert!(!looks(&wholes, now));
        now += LOOK;
        assert!(looks(&wholes, now));
        let failed = removals.during(|| Err::<(), _>(io::Error::other("read-only")));
        assert!(failed.is_err());
        assert!(looks(&wholes, now), "some of it may be gone");
    }

    #[test]
    fn what_is_seen_during_a_removal_does_not_count_after_it() {
        let temp = tempfile::tempdir().unwrap();
        let (wholes, removals) = (Wholes::new(temp.path()), Removals::new(temp.path()));
        let now = Instant::now();
        removals
            .during(|| {
                assert!(looks(&wholes, now));
                assert!(looks(&wholes, now), "it may just go");
                Ok(())
            })
            .unwrap();
        assert!(looks(&wholes, now));
        // The removal begins while files are being looked at.
        let look = || {
            removals.during(|| Ok(())).unwrap();
            Ok(())
        };
        wholes.check(Digest::of("other"), now, look).unwrap();
        let mut looked = false;
        let look = || {
            looked = true;
            Ok(())
        };
        wholes.check(Digest::of("other"), now, look).unwrap();
        assert!(looked);
    }

    #[test]
    fn a_removal_that_was_cut_off_is_settled() {
        let temp = tempfile::tempdir().unwrap();
        let (wholes, removals) = (Wholes::new(temp.path()), Removals::new(temp.path()));
        let now = Instant::now();
        for text in ["removing 7\n", "nonsense", "", "settled -1\n"] {
            fs::write(removals.path(), text).unwrap();
            assert!(looks(&wholes, now));
            assert!(looks(&wholes, now), "{text:?}");
            removals.settle().unwrap();
            looks(&wholes, now);
            assert!(!looks(&wholes, now), "{text:?}");
        }
    }
}
