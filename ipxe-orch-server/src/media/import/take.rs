//! Imports the files of a disc.

use super::{ImportMediaError, Imported, Plan};
use crate::{
    disc_file::DiscFile,
    media::{
        blobs::{Blobs, PutError},
        sets,
    },
};
use ipxe_orch_core::{
    disc::{Disc, Entry, File as DiscEntry},
    media::{Expected, MediaBlob, MediaSet, expected},
};
use std::{collections::BTreeMap, fs::File, io, path::Path};

/// The name of the disc itself in a set.
const DISC: &str = "disc.iso";

/// The longest list of checksums that is read, in bytes, enough for 500,000 files.
const CHECKSUMS: u64 = 64 << 20;

/// A file of the disc and its path in the set.
struct Wanted {
    path: String,
    on_disc: String,
    file: DiscEntry,
}

pub(super) struct Taking<'a> {
    pub(super) root: &'a Path,
    pub(super) disc: &'a Disc,
    pub(super) image: &'a DiscFile,
    pub(super) iso: &'a Path,
    /// The set that has the name now.
    pub(super) earlier: Option<MediaSet>,
    pub(super) progress: &'a mut dyn FnMut(u64, u64),
}

impl Taking<'_> {
    pub(super) fn run(mut self, set: MediaSet, plan: &Plan) -> Result<Imported, ImportMediaError> {
        let files = self.wanted(plan);
        let mut imported = Imported {
            set,
            changed: true,
            verified: BTreeMap::new(),
            unlisted: 0,
            lacks: plan.recognised.lacks,
            notes: Vec::new(),
        };
        if let Some(known) = self.known(&imported.set, &files, plan) {
            return Ok(Imported { set: known, changed: false, ..imported });
        }
        if plan.tree {
            let links = self.disc.tree().iter().filter_map(|(path, entry)| match entry {
                Entry::Link(target) => Some((path.to_owned(), target.clone())),
                Entry::File(_) => None,
            });
            imported.set.links.extend(links);
        }
        self.files(&files, plan, &mut imported)?;
        sets::put(self.root, &imported.set)?;
        Ok(imported)
    }

    /// All files, then what boots, which may be one of them under another name.
    fn wanted(&self, plan: &Plan) -> Vec<Wanted> {
        let tree = self.disc.tree();
        let all = tree.files().filter(|_| plan.tree).map(|(path, file)| Wanted {
            path: path.to_owned(),
            on_disc: path.to_owned(),
            file: file.clone(),
        });
        let boot = plan.recognised.boot.iter().filter_map(|(name, path)| {
            let file = tree.lookup(path)?.clone();
            Some(Wanted { path: (*name).to_owned(), on_disc: path.clone(), file })
        });
        all.chain(boot).collect()
    }

    /// The set of an earlier import of the same disc, if it has everything that is wanted.
    fn known(&self, set: &MediaSet, files: &[Wanted], plan: &Plan) -> Option<MediaSet> {
        let blobs = Blobs::new(self.root);
        let known = self.earlier.as_ref()?;
        let disc = plan.disc.then_some(DISC);
        let made = plan.recognised.made.iter().map(|(name, _)| *name);
        let mut paths = files.iter().map(|file| file.path.as_str()).chain(disc).chain(made);
        let same = known.source == set.source
            && paths.all(|path| known.files.contains_key(path))
            && known.files.values().all(|blob| blobs.has(blob));
        same.then(|| known.clone())
    }

    fn files(
        &mut self,
        files: &[Wanted],
        plan: &Plan,
        imported: &mut Imported,
    ) -> Result<(), ImportMediaError> {
        let checksums = self.checksums();
        let size = imported.set.source.as_ref().map_or(0, |source| source.size);
        let of_files: u64 = files.iter().map(|wanted| wanted.file.len()).sum();
        let of_made: usize = plan.recognised.made.iter().map(|(_, text)| text.len()).sum();
        let of_files = of_files + u64::try_from(of_made).unwrap_or(0);
        let total = of_files + if plan.disc { size } else { 0 };
        let mut done = 0;
        for Wanted { path, on_disc, file } in files {
            if let Some(blob) = imported.set.files.get(on_disc).copied() {
                imported.set.files.entry(path.clone()).or_insert(blob);
                continue;
            }
            let expected = checksums.get(on_disc);
            let mut reader = file.reader(self.image);
            let blob = self.put(&mut reader, on_disc, expected, &mut done, total)?;
            match expected {
                Some(Expected { list, .. }) => *imported.verified.entry(list).or_default() += 1,
                None => imported.unlisted += 1,
            }
            imported.set.files.insert(path.clone(), blob);
        }
        for (name, text) in &plan.recognised.made {
            let blob = self.put(&mut text.as_bytes(), name, None, &mut done, total)?;
            imported.set.files.insert((*name).to_owned(), blob);
        }
        if plan.disc {
            let file = File::open(self.iso);
            let mut file =
                file.map_err(|e| ImportMediaError::Unreadable(self.iso.to_owned(), e))?;
            let blob = self.put(&mut file, DISC, None, &mut done, total)?;
            imported.set.files.insert(DISC.to_owned(), blob);
        }
        Ok(())
    }

    fn checksums(&self) -> BTreeMap<String, Expected> {
        expected(&|list| {
            let bytes = self.disc.tree().lookup(list)?.read(self.image, CHECKSUMS).ok()?;
            String::from_utf8(bytes).ok()
        })
    }

    fn put(
        &mut self,
        content: &mut dyn io::Read,
        path: &str,
        expected: Option<&Expected>,
        done: &mut u64,
        total: u64,
    ) -> Result<MediaBlob, ImportMediaError> {
        let progress = &mut self.progress;
        let mut told = |len| {
            *done += len;
            progress(*done, total);
        };
        let put = Blobs::new(self.root).put(content, expected, &mut told);
        put.map_err(|error| match (error, expected) {
            (PutError::Wrong, Some(Expected { list, .. })) => {
                ImportMediaError::Checksum { path: path.to_owned(), list }
            }
            (PutError::Io(error), _) => ImportMediaError::Store(self.root.to_owned(), error),
            (PutError::Wrong, None) => {
                ImportMediaError::Store(self.root.to_owned(), io::Error::other("no content"))
            }
        })
    }
}
