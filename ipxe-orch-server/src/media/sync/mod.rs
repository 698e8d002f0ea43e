//! Fetches sets from another server of the installation.
//!
//! Contents first, each under its digest once it is whole; then the set under its name. Whatever
//! cuts this off, nothing half is seen, and the next run goes on.

mod error;
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

/// Tries in a row that get nowhere, before it is given up.
const TRIES: u32 = 4;
/// What must have come so that a try got somewhere, in bytes: an end is certain.
const STEP: u64 = 1 << 20;
/// The wait before the second try; it doubles.
const PAUSE: Duration = Duration::from_millis(500);

/// What became of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SyncState {
    /// It is here already, with all its contents.
    Same,
    /// It was not here.
    New,
    /// It was here, but not all its contents.
    Completed,
    /// Another one was here under its name.
    Replaced,
}

/// What was fetched of a set, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// Its name.
    pub name: SetName,
    /// What became of it.
    pub state: SyncState,
    /// How many files it has.
    pub files: usize,
    /// How many contents came.
    pub contents: usize,
    /// Their length in bytes.
    pub bytes: u64,
    /// How many contents were here already.
    pub already: usize,
    /// The digest of the set that had its name before.
    pub replaced: Option<Digest>,
}

/// Fetches the set `name`, or what is missing of it; with `dry_run`, only says what it would.
/// `progress` is told how many bytes are done, and of how many.
///
/// It waits for the network and the disk, and so is not for an asynchronous task.
///
/// # Errors
/// [`SyncError`]; then the set is as it was before.
pub fn fetch(
    root: &Path,
    peer: &Peer,
    name: &SetName,
    offered: &MediaBlob,
    dry_run: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Fetched, SyncError> {
    let _lock = if dry_run { None } else { Some(sets::lock(root)?) };
    let fetching = Fetching { root, blobs: Blobs::new(root), peer, name };
    let (text, set) = fetching.set(offered)?;
    let known = fetching.known()?;
    let missing = fetching.missing(&set);
    let bytes = missing.keys().map(|blob| blob.size).fold(0, u64::saturating_add);
    let state = match known {
        None => SyncState::New,
        Some(known) if known != offered.sha256 => SyncState::Replaced,
        Some(_) if missing.is_empty() && fetching.blobs.has(offered) => SyncState::Same,
        Some(_) => SyncState::Completed,
    };
    if !dry_run && state != SyncState::Same {
        fetching.contents(&missing, bytes, progress)?;
        sets::put_text(root, name, &text)?;
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

struct Fetching<'a> {
    root: &'a Path,
    blobs: Blobs,
    peer: &'a Peer,
    name: &'a SetName,
}

impl Fetching<'_> {
    /// The digest of the set that is here under the name.
    fn known(&self) -> Result<Option<Digest>, SyncError> {
        match sets::text(self.root, self.name) {
            Ok(text) => Ok(Some(Digest::of(text))),
            Err(MediaError::Missing(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The set that is offered: its text may be here from an earlier run.
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

    /// The contents of a set that are not here, with a path of each.
    fn missing<'s>(&self, set: &'s MediaSet) -> BTreeMap<MediaBlob, &'s str> {
        let all = set.files.iter().map(|(path, blob)| (*blob, path.as_str()));
        let all: BTreeMap<_, _> = all.collect();
        all.into_iter().filter(|(blob, _)| !self.blobs.has(blob)).collect()
    }

    fn contents(
        &self,
        missing: &BTreeMap<MediaBlob, &str>,
        total: u64,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), SyncError> {
        let mut done = 0;
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

    /// A full disk is told with what is to come.
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

    /// What an earlier run has of it may be damaged: then it is fetched anew, once.
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
            let mut part = Part::open(&self.blobs, *wanted).map_err(store)?;
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

    /// Receives all from byte `from` on, in several tries if need be.
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
