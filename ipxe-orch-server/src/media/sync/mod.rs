//! Fetches sets from another server of the installation.
//!
//! Contents are fetched first, and each gets its final name when it is complete. Then the set is
//! stored under its name. An interruption therefore never leaves an incomplete set, and the next
//! run continues.

mod error;
mod pace;
mod peer;

pub use error::SyncError;
pub use peer::Peer;

use super::{
    MediaError,
    blobs::{Blobs, TEXT},
    part::Part,
    sets,
};
use ipxe_orch_core::{
    digest::Digest,
    media::{MediaBlob, MediaSet, Offers},
    names::SetName,
};
use peer::Ended;
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
    thread::sleep,
    time::Duration,
};

/// The number of tries in a row without progress, after which it gives up.
const TRIES: u32 = 4;
/// The number of bytes that counts as progress. A limit is needed so that it ends in any case.
const STEP: u64 = 1 << 20;
/// How often contents that somebody removed meanwhile are fetched again.
const ROUNDS: u32 = 3;
/// The pause before the second try. It doubles with each further one.
const PAUSE: Duration = Duration::from_millis(500);

/// What was done with a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SyncState {
    /// The set is here already, with all its contents.
    Same,
    /// The set was not here.
    New,
    /// The set was here, but not all of its contents.
    Completed,
    /// Another set was here under the same name.
    Replaced,
}

/// What was fetched of a set, or would be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// The name of the set.
    pub name: SetName,
    /// What was done with it.
    pub state: SyncState,
    /// The number of its files.
    pub files: usize,
    /// The number of contents that were fetched.
    pub contents: usize,
    /// Their total length in bytes.
    pub bytes: u64,
    /// The number of contents that were here already.
    pub already: usize,
    /// The digest of the set that had the name before.
    pub replaced: Option<Digest>,
}

/// Fetches the set `name`, or the parts of it that are missing. With `dry_run` it only reports what
/// it would fetch. `progress` gets the number of bytes that are done and the total.
///
/// This blocks on network and disk, so an asynchronous task must not call it directly. The folder is
/// locked at the end only, while the set is stored: a slow server keeps nobody else from changing
/// other sets.
///
/// # Errors
/// [`SyncError`]. In that case the set is as it was before.
pub fn fetch(
    root: &Path,
    peer: &Peer,
    name: &SetName,
    offered: &MediaBlob,
    dry_run: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Fetched, SyncError> {
    let fetching = Fetching { root, blobs: Blobs::new(root), peer, name };
    let (text, set) = fetching.set(offered)?;
    let known = fetching.known()?;
    let missing = fetching.missing(&set);
    let bytes = length(&missing);
    let state = match known {
        None => SyncState::New,
        Some(known) if known != offered.sha256 => SyncState::Replaced,
        Some(_) if missing.is_empty() && fetching.blobs.has(offered) => SyncState::Same,
        Some(_) => SyncState::Completed,
    };
    if !dry_run && state != SyncState::Same {
        fetching.contents(&missing, progress)?;
        fetching.store(&set, &text)?;
    }
    let all: BTreeSet<_> = set.files.values().collect();
    Ok(Fetched {
        name: name.clone(),
        state,
        files: set.files.len(),
        contents: missing.len(),
        bytes,
        already: all.len() - missing.len(),
        replaced: known.filter(|_| state == SyncState::Replaced),
    })
}

/// The length of all these contents, in bytes.
fn length(contents: &BTreeMap<MediaBlob, &str>) -> u64 {
    contents.keys().map(|blob| blob.size).fold(0, u64::saturating_add)
}

struct Fetching<'a> {
    root: &'a Path,
    blobs: Blobs,
    peer: &'a Peer,
    name: &'a SetName,
}

impl Fetching<'_> {
    /// The digest of the set that has the name here.
    fn known(&self) -> Result<Option<Digest>, SyncError> {
        match sets::text(self.root, self.name) {
            Ok(text) => Ok(Some(Digest::of(text))),
            Err(MediaError::Missing(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The offered set. Its text may be here from an earlier run.
    fn set(&self, offered: &MediaBlob) -> Result<(String, MediaSet), SyncError> {
        let path = format!("the set {}", self.name);
        let here = self.blobs.read(&offered.sha256, &path).ok();
        let text = match here.filter(|text| MediaBlob::of(text.as_bytes()) == *offered) {
            Some(text) => text,
            None => self.text(&path, offered)?,
        };
        let set = Offers::read(self.name, &text);
        let set = set.map_err(|error| SyncError::Unfit(self.name.clone(), error))?;
        Ok((text, set))
    }

    fn text(&self, path: &str, offered: &MediaBlob) -> Result<String, SyncError> {
        if offered.size > TEXT {
            let why = format!("the set {} has a text of more than 128 MiB", self.name);
            return Err(SyncError::List { server: self.peer.server().clone(), why });
        }
        let mut text = Vec::new();
        self.receive(path, offered, 0, &mut |bytes| {
            text.extend_from_slice(bytes);
            Ok(())
        })?;
        let right = MediaBlob::of(&text) == *offered;
        let text = String::from_utf8(text).ok().filter(|_| right);
        text.ok_or_else(|| SyncError::Wrong(path.to_owned()))
    }

    /// The contents of a set that are not here, each with one of its paths.
    fn missing<'s>(&self, set: &'s MediaSet) -> BTreeMap<MediaBlob, &'s str> {
        let all = set.files.iter().map(|(path, blob)| (*blob, path.as_str()));
        let all: BTreeMap<_, _> = all.collect();
        all.into_iter().filter(|(blob, _)| !self.blobs.has(blob)).collect()
    }

    fn contents(
        &self,
        missing: &BTreeMap<MediaBlob, &str>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), SyncError> {
        let (mut done, total) = (0, length(missing));
        for (blob, path) in missing {
            let mut told = |len: u64| {
                done += len;
                progress(done, total);
            };
            let came = self.content(path, blob, &mut told);
            came.map_err(|error| self.stored(error, total.saturating_sub(done)))?;
        }
        Ok(())
    }

    /// Stores the set. Nothing refers to its contents before, so a removal of another set may have
    /// removed them.
    fn store(&self, set: &MediaSet, text: &str) -> Result<(), SyncError> {
        for _ in 0..ROUNDS {
            let lock = sets::lock(self.root)?;
            let missing = self.missing(set);
            if missing.is_empty() {
                return Ok(sets::put_text(self.root, self.name, text)?);
            }
            drop(lock);
            self.contents(&missing, &mut |_, _| ())?;
        }
        Err(SyncError::Removed(self.name.clone()))
    }

    /// Turns the error of a full disk into one that says how much is still missing.
    fn stored(&self, error: SyncError, missing: u64) -> SyncError {
        match error {
            SyncError::Store(folder, error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
                ) =>
            {
                SyncError::Full { folder, set: self.name.clone(), mib: missing.div_ceil(1 << 20) }
            }
            other => other,
        }
    }

    /// Fetches one content. A part that an earlier run has left may be damaged; then the content is
    /// fetched once more from its beginning.
    fn content(
        &self,
        path: &str,
        wanted: &MediaBlob,
        told: &mut dyn FnMut(u64),
    ) -> Result<(), SyncError> {
        let store = |error| SyncError::Store(self.root.to_owned(), error);
        let path = format!("{}/{path}", self.name);
        let mut first = true;
        loop {
            let mut part =
                Part::open(&self.blobs, *wanted).map_err(|error| match error.kind() {
                    io::ErrorKind::WouldBlock => SyncError::Busy(path.clone()),
                    _ => store(error),
                })?;
            let from = part.len();
            if first {
                told(from);
            }
            self.receive(&path, wanted, from, &mut |bytes| {
                part.write(bytes).map_err(store)?;
                if first {
                    told(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                }
                Ok(())
            })?;
            if part.finish(&self.blobs).map_err(store)? {
                return Ok(());
            }
            if from == 0 || !first {
                return Err(SyncError::Wrong(path));
            }
            first = false;
        }
    }

    /// Receives everything from byte `from` on, in several tries if necessary.
    fn receive(
        &self,
        path: &str,
        wanted: &MediaBlob,
        from: u64,
        each: &mut dyn FnMut(&[u8]) -> Result<(), SyncError>,
    ) -> Result<(), SyncError> {
        let (mut at, mut tries) = (from, 0);
        while at < wanted.size {
            let before = at;
            let ended = self.peer.content(path, wanted, at, &mut |bytes| {
                at = at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                each(bytes)
            });
            let source = match ended {
                Ok(()) => continue,
                Err(Ended::For(error)) => return Err(error),
                Err(Ended::Broken(source)) => source,
            };
            tries = if at.saturating_sub(before) >= STEP { 1 } else { tries + 1 };
            if tries >= TRIES {
                return Err(SyncError::Broken { path: path.to_owned(), tries, source });
            }
            sleep(PAUSE * 2_u32.pow(tries - 1));
        }
        Ok(())
    }
}
