//! The sets of the folder: list, look up, verify, remove.

use super::{
    MediaError,
    blobs::{Blobs, entries},
    hashes,
    whole::Removals,
};
use ipxe_orch_core::{
    digest::Digest,
    media::{InvalidSet, MediaBlob, MediaSet, Offers},
    names::SetName,
};
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File, Permissions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// Why a set cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// There is no set with this name.
    #[error("there is no media set `{0}`")]
    Missing(SetName),
    /// The file of the set is damaged.
    #[error("{}", .0.display())]
    Invalid(PathBuf, #[source] InvalidSet),
    /// A file cannot be read or written.
    #[error("{} cannot be read or written", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// Versions of profiles pin content that only this set has.
    #[error("the media set `{set}` is needed by {}: nothing was changed", .by.join(", "))]
    InUse {
        /// The set.
        set: SetName,
        /// What needs it.
        by: Vec<String>,
    },
}

/// The result of a removal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// The number of removed contents, to which nothing refers any more.
    pub blobs: usize,
    /// Their total length in bytes.
    pub bytes: u64,
}

/// A file of a set that is not as it was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// The path of the file.
    pub path: String,
    /// What is wrong with it.
    pub why: String,
}

fn file(root: &Path, set: &SetName) -> PathBuf {
    root.join("sets").join(format!("{set}.toml"))
}

/// The text of a set.
pub(super) fn text(root: &Path, set: &SetName) -> Result<String, MediaError> {
    fs::read_to_string(file(root, set)).map_err(|error| match error.kind() {
        ErrorKind::NotFound => MediaError::Missing(format!("sets/{set}.toml")),
        _ => MediaError::Unreadable(format!("sets/{set}.toml"), error),
    })
}

/// Locks the folder until the result is dropped, and waits for others that change sets. Then
/// removes what an interrupted change has left.
pub(super) fn lock(root: &Path) -> Result<File, SetError> {
    let path = root.join(".lock");
    let take = || {
        fs::create_dir_all(root)?;
        let file = File::options().write(true).create(true).truncate(false).open(&path)?;
        file.lock()?;
        Blobs::new(root).sweep()?;
        Removals::new(root).settle()?;
        Ok(file)
    };
    take().map_err(|error| SetError::Io(path.clone(), error))
}

/// Stores a set. The caller must hold the lock.
pub(super) fn put(root: &Path, set: &MediaSet) -> Result<(), SetError> {
    put_text(root, &set.name, &set.to_text())
}

/// Stores a set's text, byte for byte: first as content, then under its name. The caller must hold
/// the lock.
pub(super) fn put_text(root: &Path, name: &SetName, text: &str) -> Result<(), SetError> {
    let path = file(root, name);
    let write = || {
        let folder = root.join("sets");
        fs::create_dir_all(&folder)?;
        let content = Blobs::new(root).put(&mut text.as_bytes(), None, &mut |_| ());
        content.map_err(|_| io::Error::other("the text of the set cannot be stored"))?;
        let mode = Permissions::from_mode(0o644);
        let mut file =
            tempfile::Builder::new().prefix(".new-").permissions(mode).tempfile_in(&folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| SetError::Io(path.clone(), error))
}

/// The set with this name.
///
/// # Errors
/// [`SetError::Missing`] if there is none, other errors if it cannot be read.
pub fn lookup(root: &Path, name: &SetName) -> Result<MediaSet, SetError> {
    read(root, name).map(|(set, _)| set)
}

/// A set and the digest of its text.
fn read(root: &Path, name: &SetName) -> Result<(MediaSet, Digest), SetError> {
    let path = file(root, name);
    let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => SetError::Missing(name.clone()),
        _ => SetError::Io(path.clone(), error),
    })?;
    let set = text.parse().map_err(|error| SetError::Invalid(path, error))?;
    Ok((set, Digest::of(text)))
}

/// All sets, sorted by name.
///
/// # Errors
/// The [`SetError`] of the first set that cannot be read.
pub fn list(root: &Path) -> Result<Vec<MediaSet>, SetError> {
    let names = names(root).map_err(|error| SetError::Io(root.join("sets"), error))?;
    names.iter().map(|name| lookup(root, name)).collect()
}

fn names(root: &Path) -> io::Result<BTreeSet<SetName>> {
    let mut names = BTreeSet::new();
    for path in entries(&root.join("sets"))? {
        let name = path.file_name().and_then(OsStr::to_str);
        let name = name.and_then(|name| name.strip_suffix(".toml"));
        names.extend(name.and_then(|name| name.parse::<SetName>().ok()));
    }
    Ok(names)
}

/// All sets, each with the digest and length of its text.
pub(super) fn offers(root: &Path) -> Result<Offers, MediaError> {
    let unreadable = |error| MediaError::Unreadable("sets".to_owned(), error);
    let mut offers = Offers::default();
    for name in names(root).map_err(unreadable)? {
        let text = match text(root, &name) {
            // The set was removed in the meantime.
            Err(MediaError::Missing(_)) => continue,
            text => text?,
        };
        offers.sets.insert(name, MediaBlob::of(text.as_bytes()));
    }
    Ok(offers)
}

/// Reads every file of a set again and compares it with its digest.
///
/// # Errors
/// [`SetError`] if the set itself cannot be read. A file that cannot be read counts as damage.
pub fn verify(root: &Path, set: &MediaSet) -> Result<Vec<Damage>, SetError> {
    let blobs = Blobs::new(root);
    let mut damage = Vec::new();
    for (path, blob) in &set.files {
        let found = blobs.open(&blob.sha256, path).map(|opened| opened.map(|(file, _)| file));
        let why = match found {
            Ok(Some(mut file)) => match hashes::digest(&mut file) {
                Ok(digest) if digest == blob.sha256 => continue,
                Ok(_) => "its content has changed".to_owned(),
                Err(error) => error.to_string(),
            },
            Ok(None) => "it is missing".to_owned(),
            Err(error) => error.to_string(),
        };
        damage.push(Damage { path: path.clone(), why });
    }
    Ok(damage)
}

/// Content that a version of a profile pins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The profile and its use, for messages.
    pub by: String,
    /// The digest of the content.
    pub content: Digest,
    /// Whether the content is the text of a whole set.
    pub tree: bool,
}

/// Removes a set, and all contents to which neither another set nor a version in `used` refers.
///
/// # Errors
/// [`SetError::InUse`] if an entry of `used` needs content that only this set has. In that case
/// nothing is changed.
pub fn remove(root: &Path, name: &SetName, used: &[Use]) -> Result<Removed, SetError> {
    let _lock = lock(root)?;
    let io = |error| SetError::Io(root.join("blobs"), error);
    let own = contents(&read(root, name)?);
    let mut kept = BTreeSet::new();
    for other in names(root).map_err(io)?.iter().filter(|other| *other != name) {
        kept.extend(contents(&read(root, other)?));
    }
    let needs = |used: &&Use| own.contains(&used.content) && !kept.contains(&used.content);
    let by: BTreeSet<String> = used.iter().filter(needs).map(|used| used.by.clone()).collect();
    if !by.is_empty() {
        return Err(SetError::InUse { set: name.clone(), by: by.into_iter().collect() });
    }
    let blobs = Blobs::new(root);
    for Use { content, tree, .. } in used {
        kept.insert(*content);
        if *tree && let Ok(text) = blobs.read(content, "") {
            let set = text.parse().map(|set| (set, *content));
            kept.extend(set.iter().flat_map(contents));
        }
    }
    let path = file(root, name);
    fs::remove_file(&path).map_err(|error| SetError::Io(path, error))?;
    blobs.sweep_parts().map_err(io)?;
    Removals::new(root).during(|| remove_all_but(&kept, &blobs)).map_err(io)
}

fn remove_all_but(kept: &BTreeSet<Digest>, blobs: &Blobs) -> io::Result<Removed> {
    let mut removed = Removed::default();
    for digest in blobs.list()?.iter().filter(|digest| !kept.contains(digest)) {
        removed.bytes += blobs.remove(digest)?;
        removed.blobs += 1;
    }
    Ok(removed)
}

/// The contents of a set, including its own text.
fn contents((set, text): &(MediaSet, Digest)) -> BTreeSet<Digest> {
    set.files.values().map(|blob| blob.sha256).chain([*text]).collect()
}
