//! The file with the last head of each audit chain of a database. All programs on the database
//! write into it, each after its commits. So a program notices as well if the database loses what
//! another program has written.
//!
//! One line for each chain, in a place of its own that is overwritten: neither the length of the
//! file nor its name changes, so that the cheapest write makes a head durable.

use super::{
    driver::Beside,
    seen::{REMEDY, Seen},
};
use ipxe_orch_core::{audit::ChainHead, digest::Digest, ids::Epoch, stores::StoreError};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs::{self, File},
    io,
    marker::PhantomData,
    os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The length of a line with its end. It divides a sector, so that a power failure leaves the old
/// or the new line.
const LINE: usize = 512;
/// The largest number of chains.
const CHAINS: usize = 256;

/// What else a line keeps of the database: of one in a file, which file it was.
pub(super) trait Place: Copy + Serialize + DeserializeOwned {}

impl<T: Copy + Serialize + DeserializeOwned> Place for T {}

/// A line: a head, its epoch, a check of both, and where it was seen.
#[derive(Serialize, Deserialize)]
#[serde(bound = "P: Place")]
struct Line<P> {
    #[serde(flatten)]
    head: ChainHead,
    epoch: Epoch,
    check: String,
    #[serde(default)]
    file: Option<P>,
}

impl<P: Place> Line<P> {
    fn of(seen: &Seen, file: Option<P>) -> Self {
        let Seen { epoch, head } = *seen;
        Self { head, epoch, check: check(seen), file }
    }

    fn seen(&self) -> Option<Seen> {
        let seen = Seen { epoch: self.epoch, head: self.head };
        (check(&seen) == self.check).then_some(seen)
    }
}

fn check(seen: &Seen) -> String {
    let Seen { epoch, head } = seen;
    let text = format!("{epoch:?} {} {} {}", head.chain, head.sequence, head.hash);
    Digest::of(text).to_string().chars().take(16).collect()
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}", .path.display())]
pub(super) struct HeadFileError {
    path: PathBuf,
    what: String,
    #[source]
    source: Option<io::Error>,
}

impl From<HeadFileError> for StoreError {
    fn from(error: HeadFileError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

/// The file, opened when it is first used.
#[derive(Debug)]
pub(super) struct HeadFile<P = ()> {
    pub(super) path: PathBuf,
    opened: Option<Arc<File>>,
    place: PhantomData<P>,
}

/// What is in the file.
#[derive(Clone, Debug)]
pub(super) struct Lines<P> {
    /// By their places; none where a line cannot be read.
    pub(super) lines: Vec<Option<(Seen, Option<P>)>>,
}

impl<P> Lines<P> {
    /// All heads that can be read.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.lines.iter().flatten().map(|(seen, _)| *seen).collect()
    }

    /// Whether a line cannot be read.
    pub(super) fn is_damaged(&self) -> bool {
        self.lines.iter().any(Option::is_none)
    }
}

impl<P: Place> HeadFile<P> {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, opened: None, place: PhantomData }
    }

    /// Reads the file, which is made if it is not there.
    pub(super) fn read(&mut self) -> Result<Lines<P>, HeadFileError> {
        let opened = self.open();
        let file = opened.map_err(|source| self.error("cannot be read", source))?;
        let length = file.metadata().map_err(|source| self.error("cannot be read", source))?.len();
        let limit = u64::try_from(LINE * CHAINS).unwrap_or(u64::MAX);
        if length > limit {
            let what = format!("is longer than {limit} bytes: it is no file of audit heads");
            return Err(HeadFileError { path: self.path.clone(), what, source: None });
        }
        let mut text = vec![0; usize::try_from(length).unwrap_or(0)];
        let read = file.read_exact_at(&mut text, 0);
        read.map_err(|source| self.error("cannot be read", source))?;
        let line = |text: &[u8]| {
            let line = serde_json::from_slice::<Line<P>>(text).ok()?;
            Some((line.seen()?, line.file))
        };
        Ok(Lines { lines: text.chunks(LINE).map(line).collect() })
    }

    /// Writes the head of a chain into its line. With `alone` it is the only line from then on.
    /// Returns the file, so that it can be made durable.
    pub(super) fn write(
        &mut self,
        seen: &Seen,
        place: Option<P>,
        alone: bool,
    ) -> Result<Arc<File>, HeadFileError> {
        let opened = self.open();
        let file = opened.map_err(|source| self.error("cannot be written", source))?;
        // Against the programs beside this one, of which some write the same chain.
        file.lock().map_err(|source| self.error("cannot be locked", source))?;
        let written = self.write_locked(&file, seen, place, alone);
        file.unlock().ok();
        written?;
        Ok(file)
    }

    fn write_locked(
        &mut self,
        file: &File,
        seen: &Seen,
        place: Option<P>,
        alone: bool,
    ) -> Result<(), HeadFileError> {
        let known = if alone { Lines { lines: Vec::new() } } else { self.read()? };
        let own = |line: &Option<(Seen, _)>| {
            line.is_some_and(|(line, _)| line.head.chain == seen.head.chain)
        };
        let line = known.lines.iter().position(own);
        let newer = |(line, _): &(Seen, _)| {
            line.epoch == seen.epoch && line.head.sequence >= seen.head.sequence
        };
        if line.and_then(|line| known.lines.get(line)?.as_ref()).is_some_and(newer) {
            return Ok(());
        }
        self.put(file, line.unwrap_or(known.lines.len()), seen, place)?;
        if alone {
            let length = u64::try_from(LINE).unwrap_or(u64::MAX);
            file.set_len(length).map_err(|source| self.error("cannot be written", source))?;
        }
        Ok(())
    }

    pub(super) fn put(
        &self,
        file: &File,
        line: usize,
        seen: &Seen,
        place: Option<P>,
    ) -> Result<(), HeadFileError> {
        let text = serde_json::to_vec(&Line::of(seen, place)).map_err(io::Error::other);
        let mut text = text.map_err(|source| self.error("cannot be written", source))?;
        text.resize(LINE - 1, b' ');
        text.push(b'\n');
        let offset = u64::try_from(line.saturating_mul(LINE)).unwrap_or(u64::MAX);
        let written = file.write_all_at(&text, offset);
        written.map_err(|source| self.error("cannot be written", source))
    }

    /// The file that is at the path now.
    pub(super) fn open(&mut self) -> io::Result<Arc<File>> {
        if let Some(file) = &self.opened {
            let here = fs::metadata(&self.path).ok().map(|here| (here.dev(), here.ino()));
            let used = file.metadata()?;
            if here == Some((used.dev(), used.ino())) {
                return Ok(file.clone());
            }
        }
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let new = !self.path.exists();
        let file = Arc::new(options.open(&self.path)?);
        if new {
            let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        self.opened = Some(file.clone());
        Ok(file)
    }

    /// Writes the head of a chain, and waits until it is on the disk if it must be `durable`.
    pub(super) async fn remember(
        &mut self,
        seen: &Seen,
        place: Option<P>,
        durable: bool,
        alone: bool,
    ) -> Result<(), StoreError> {
        let file = self.write(seen, place, alone)?;
        if durable {
            let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
            let synced = synced.unwrap_or_else(|panic| Err(io::Error::other(panic)));
            synced.map_err(|source| self.error("cannot be written to the disk", source))?;
        }
        Ok(())
    }

    /// What was seen, and why that is not all, if a line cannot be read.
    pub(super) fn beside(&mut self) -> Result<Beside, StoreError> {
        let lines = self.read()?;
        let path = self.path.display();
        let damaged = || {
            format!("{path} is damaged: nobody knows whether the database was set back; {REMEDY}")
        };
        Ok(Beside { seen: lines.seen(), damaged: lines.is_damaged().then(damaged) })
    }

    pub(super) fn error(&self, what: &str, source: io::Error) -> HeadFileError {
        HeadFileError { path: self.path.clone(), what: what.to_owned(), source: Some(source) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipxe_orch_core::ids::ChainId;
    use std::os::unix::fs::PermissionsExt as _;

    fn seen(chain: u8, epoch: u8, sequence: u64) -> Seen {
        let chain = ChainId::from_bytes([chain; 16]);
        let head = ChainHead { chain, sequence, hash: Digest::of(sequence.to_string()) };
        Seen { epoch: Epoch::from_bytes([epoch; 16]), head }
    }

    fn file() -> (tempfile::TempDir, HeadFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heads");
        (folder, HeadFile::new(path))
    }

    #[test]
    fn each_chain_has_a_line_which_only_goes_on() {
        let (_folder, mut file) = file();
        assert_eq!(file.read().unwrap().seen(), []);
        let mut other = HeadFile::<()>::new(file.path.clone());
        for sequence in [1, 5, 4, u64::MAX] {
            file.write(&seen(1, 9, sequence), None, false).unwrap();
            other.write(&seen(2, 9, 7), None, false).unwrap();
        }
        assert_eq!(other.read().unwrap().seen(), [seen(1, 9, u64::MAX), seen(2, 9, 7)]);
        let metadata = fs::metadata(&file.path).unwrap();
        assert_eq!((metadata.len(), metadata.permissions().mode() & 0o777), (1024, 0o600));
        file.write(&seen(2, 8, 1), None, false).unwrap();
        assert_eq!(file.read().unwrap().seen(), [seen(1, 9, u64::MAX), seen(2, 8, 1)], "an epoch");
        file.write(&seen(3, 10, 3), None, true).unwrap();
        assert_eq!(other.read().unwrap().seen(), [seen(3, 10, 3)]);
    }

    #[test]
    fn damage_is_noticed_and_a_file_that_is_gone_is_made_again() {
        let (_folder, mut file) = file();
        file.write(&seen(1, 9, 1), None, false).unwrap();
        let text = fs::read_to_string(&file.path).unwrap();
        fs::write(&file.path, text.replace("\"sequence\":1", "\"sequence\":0")).unwrap();
        assert!(file.read().unwrap().is_damaged());
        fs::write(&file.path, "x".repeat(LINE * CHAINS + 1)).unwrap();
        assert!(file.read().unwrap_err().to_string().contains("is no file of audit heads"));
        fs::remove_file(&file.path).unwrap();
        file.write(&seen(1, 9, 2), None, false).unwrap();
        assert_eq!(file.read().unwrap().seen(), [seen(1, 9, 2)]);
    }
}
