//! Finds media by their place and content.

use super::{MediaError, blobs::Blobs, digests::Digests, loose, sets, whole::Wholes};
use ipxe_orch_core::{
    digest::Digest,
    disc::Tree,
    media::{MediaBlob, MediaSet},
    names::SetName,
    profile::{MediaPath, MediaSource, PinnedMedia},
};
use std::{
    collections::BTreeMap,
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::time::Instant;

/// The number of lists of trees that are kept in memory. A list takes about 100 bytes for each
/// file.
const TREES: usize = 8;

#[derive(Debug)]
pub(super) struct Folder {
    pub(super) root: PathBuf,
    blobs: Blobs,
    digests: Digests,
    /// The trees by the digests of their lists. An entry never has to change.
    trees: Mutex<BTreeMap<Digest, Arc<Tree<MediaBlob>>>>,
    wholes: Wholes,
}

/// An open file, its metadata, and the digest of its content if that is known.
pub(super) type Opened = (fs::File, fs::Metadata, Option<Digest>);

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        let (blobs, digests, wholes) = (Blobs::new(&root), Digests::new(&root), Wholes::new(&root));
        Self { root, blobs, digests, trees: Mutex::default(), wholes }
    }

    pub(super) fn open(
        &self,
        media: &PinnedMedia,
        inside: Option<&str>,
    ) -> Result<Opened, MediaError> {
        match (&media.source, inside) {
            (MediaSource::File(path), None) => self.file(path, media.content),
            (MediaSource::Tree(set), Some(inside)) => {
                let (_, tree) = self.tree(set, media.content)?;
                let blob = tree.lookup(inside);
                let blob = blob.ok_or_else(|| MediaError::NotInside(inside.to_owned()))?;
                self.blob(&format!("{set}/{inside}"), blob)
            }
            (MediaSource::File(_), Some(inside)) => Err(MediaError::NotInside(inside.to_owned())),
            (MediaSource::Tree(_), None) => Err(MediaError::NotInside("file".to_owned())),
        }
    }

    /// A file with its pinned content, or without one, as it is now.
    fn file(&self, path: &MediaPath, content: Option<Digest>) -> Result<Opened, MediaError> {
        let name = path.as_str();
        let known = content.map_or_else(|| self.in_set(path), |content| Ok(Some(content)))?;
        if let Some(content) = known
            && let Some((file, about)) = self.blobs.open(&content, name)?
        {
            return Ok((file, about, Some(content)));
        }
        let (file, about) = loose::open(&self.root, name)?;
        let Some(content) = content else { return Ok((file, about, None)) };
        if self.digests.of(name, &file, &about)? == content {
            Ok((file, about, Some(content)))
        } else {
            Err(MediaError::Other { path: name.to_owned(), content })
        }
    }

    /// Content by its digest.
    pub(super) fn content(&self, digest: &Digest) -> Result<Option<Opened>, MediaError> {
        let opened = self.blobs.open(digest, &digest.to_string())?;
        Ok(opened.map(|(file, about)| (file, about, Some(*digest))))
    }

    fn blob(&self, name: &str, blob: &MediaBlob) -> Result<Opened, MediaError> {
        match self.blobs.open(&blob.sha256, name)? {
            Some((file, about)) if about.len() == blob.size => Ok((file, about, Some(blob.sha256))),
            _ => Err(MediaError::Missing(name.to_owned())),
        }
    }

    /// The digest of what is there now.
    pub(super) fn current(&self, source: &MediaSource) -> Result<Digest, MediaError> {
        match source {
            MediaSource::Tree(set) => Ok(Digest::of(sets::text(&self.root, set)?)),
            MediaSource::File(path) => {
                if let Some(content) = self.in_set(path)? {
                    return Ok(content);
                }
                let (file, about) = loose::open(&self.root, path.as_str())?;
                self.digests.of(path.as_str(), &file, &about)
            }
        }
    }

    /// The content of `SET/file`, if there is such a set and it has such a file.
    fn in_set(&self, path: &MediaPath) -> Result<Option<Digest>, MediaError> {
        let Some((set, inside)) = path.as_str().split_once('/') else { return Ok(None) };
        let Ok(set) = set.parse::<SetName>() else { return Ok(None) };
        match self.tree(&set, None) {
            Ok((_, tree)) => Ok(tree.lookup(inside).map(|blob| blob.sha256)),
            Err(MediaError::Missing(_) | MediaError::Folder(..)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The files of a set, with its pinned content or as it is now, and the digest of that content.
    fn tree(
        &self,
        set: &SetName,
        content: Option<Digest>,
    ) -> Result<(Digest, Arc<Tree<MediaBlob>>), MediaError> {
        let known = |digest: &Digest| {
            self.trees.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
        };
        if let Some(digest) = content
            && let Some(tree) = known(&digest)
        {
            return Ok((digest, tree));
        }
        let text = match &content {
            Some(digest) => self.blobs.read(digest, set.as_str())?,
            None => sets::text(&self.root, set)?,
        };
        let digest = Digest::of(&text);
        if let Some(tree) = known(&digest) {
            return Ok((digest, tree));
        }
        let parsed = text.parse::<MediaSet>();
        let parsed = parsed
            .map_err(|error| MediaError::Unreadable(set.to_string(), io::Error::other(error)))?;
        let tree = Arc::new(parsed.tree());
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        if trees.len() >= TREES {
            trees.pop_first();
        }
        trees.insert(digest, tree.clone());
        Ok((digest, tree))
    }

    /// Checks that all of the media are here. An install that misses a file halfway leaves a
    /// machine without a system.
    pub(super) fn has(&self, media: &PinnedMedia, now: Instant) -> Result<(), MediaError> {
        let MediaSource::Tree(set) = &media.source else {
            return self.open(media, None).map(|_| ());
        };
        let (digest, tree) = self.tree(set, media.content)?;
        self.wholes.check(digest, now, || {
            let lost = tree.files().find(|(_, blob)| !self.blobs.has(blob));
            lost.map_or(Ok(()), |(path, _)| Err(MediaError::Missing(format!("{set}/{path}"))))
        })
    }
}
