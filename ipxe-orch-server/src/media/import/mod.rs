//! Imports a disc or loose files into the folder as a set.

mod notes;
mod take;

pub use notes::ImportNote;

use super::{
    blobs::{Blobs, PutError},
    hashes,
    sets::{self, SetError},
};
use crate::disc_file::DiscFile;
use ipxe_orch_core::{
    disc::{Disc, DiscError},
    media::{MediaSet, Recognised, SetSource, recognise},
    names::{FileName, SetName},
};
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::File,
    io,
    path::{Path, PathBuf},
};
use take::Taking;

/// What is imported from a disc.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// What boots, and what its installer needs: the files, the disc itself, or both.
    #[default]
    Needed,
    /// Only what boots.
    KernelOnly,
    /// What boots, and all files.
    Tree,
}

/// How a disc is imported.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// The name of the set. Without one it is made from system and release.
    pub name: Option<SetName>,
    /// What is imported.
    pub scope: Scope,
}

/// The result of an import.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The set.
    pub set: MediaSet,
    /// Whether anything was imported. The same disc a second time changes nothing.
    pub changed: bool,
    /// How many files agree with the checksums on the disc, for each list of checksums.
    pub verified: BTreeMap<&'static str, usize>,
    /// How many files are in no list of checksums.
    pub unlisted: usize,
    /// What a network install needs and the disc does not have.
    pub lacks: Option<&'static str>,
    /// What else somebody should know about the set.
    pub notes: Vec<ImportNote>,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportMediaError {
    /// The file cannot be read.
    #[error("{} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// It is not a disc.
    #[error("{}", .0.display())]
    Disc(PathBuf, #[source] DiscError),
    /// It is not known what it installs, so there is neither a name for the set nor a list of what
    /// boots.
    #[error(
        "{} is not one of the known discs (Debian, Ubuntu, Red Hat and its relatives, SUSE, \
         Windows, ESXi): use `--tree --name NAME` to import all its files",
        .0.display()
    )]
    Unknown(PathBuf),
    /// A file does not agree with the disc's own list of checksums.
    #[error(
        "{path} does not agree with {list} on the disc: the disc is damaged, get it again; nothing \
         was changed"
    )]
    Checksum {
        /// The path of the file on the disc.
        path: String,
        /// The name of the list.
        list: &'static str,
    },
    /// The release is not known, so the name that was made for the set is that of another disc.
    #[error(
        "the release on {} cannot be read, and set {name} is of another disc: give this set a name \
         of its own with --name",
        .iso.display()
    )]
    Taken {
        /// The file.
        iso: PathBuf,
        /// The name.
        name: SetName,
    },
    /// The name of a loose file is not allowed in a set.
    #[error(
        "the name of {0} is not allowed in a set: only A-Z, a-z, 0-9, `-`, `_` and `.` are allowed"
    )]
    Name(String),
    /// A set cannot be read or written.
    #[error(transparent)]
    Set(#[from] SetError),
    /// Content cannot be written.
    #[error("the media folder {} cannot be written", .0.display())]
    Store(PathBuf, #[source] io::Error),
}

/// Imports the disc in the file `iso` into the folder at `root`. `progress` gets the number of
/// bytes that are done and the total.
///
/// The set appears only when it is complete. Importing the same disc again changes nothing. A newer
/// disc with the same name replaces the set; contents of the older one that versions of profiles
/// pin are kept.
///
/// # Errors
/// [`ImportMediaError`]. In that case no set is changed.
pub fn import(
    root: &Path,
    iso: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Imported, ImportMediaError> {
    let unreadable = |error| ImportMediaError::Unreadable(iso.to_owned(), error);
    let image = DiscFile::open(iso).map_err(unreadable)?;
    let disc = Disc::open(&image).map_err(|e| ImportMediaError::Disc(iso.to_owned(), e))?;
    let plan = plan(&disc, &image, iso, options)?;
    let source = source(iso).map_err(unreadable)?;
    let _lock = sets::lock(root)?;
    let earlier = sets::lookup(root, &plan.name).ok();
    let replaced = earlier.as_ref().and_then(|set| set.source.clone());
    let replaced = replaced.filter(|earlier| earlier.sha256 != source.sha256);
    let unnamed = options.name.is_none() && plan.recognised.version.is_empty();
    if replaced.is_some() && unnamed {
        return Err(ImportMediaError::Taken { iso: iso.to_owned(), name: plan.name });
    }
    let mut set = MediaSet::new(plan.name.clone());
    describe(&mut set, &disc, &plan, source);
    let taking = Taking { root, disc: &disc, image: &image, iso, earlier, progress };
    let mut imported = taking.run(set, &plan)?;
    imported.notes = notes::notes(&plan.recognised, replaced);
    Ok(imported)
}

/// What will be imported.
struct Plan {
    name: SetName,
    recognised: Recognised,
    tree: bool,
    disc: bool,
}

fn plan(
    disc: &Disc,
    image: &DiscFile,
    iso: &Path,
    options: &ImportOptions,
) -> Result<Plan, ImportMediaError> {
    let recognised = recognise(disc.tree(), image);
    let unknown = || ImportMediaError::Unknown(iso.to_owned());
    let tree = match (options.scope, &recognised) {
        (Scope::Tree, _) => true,
        (Scope::KernelOnly, Some(_)) => false,
        (Scope::Needed, Some(known)) => known.needs_tree,
        (_, None) => return Err(unknown()),
    };
    let recognised = recognised.unwrap_or_default();
    let disc = options.scope != Scope::KernelOnly && recognised.needs_disc;
    let name = match &options.name {
        Some(name) => name.clone(),
        None if recognised.os.is_empty() => return Err(unknown()),
        None => name_of(&recognised).ok_or_else(unknown)?,
    };
    Ok(Plan { name, recognised, tree, disc })
}

/// A name such as `debian-12.5.0-amd64`.
fn name_of(recognised: &Recognised) -> Option<SetName> {
    let Recognised { os, version, architecture, .. } = recognised;
    let text = format!("{os}-{version}-{architecture}").to_ascii_lowercase();
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-").parse().ok()
}

fn source(iso: &Path) -> io::Result<SetSource> {
    let mut file = File::open(iso)?;
    let size = file.metadata()?.len();
    let name = iso.file_name().and_then(OsStr::to_str).unwrap_or("disc");
    Ok(SetSource { file: name.to_owned(), sha256: hashes::digest(&mut file)?, size })
}

fn describe(set: &mut MediaSet, disc: &Disc, plan: &Plan, source: SetSource) {
    let known = |text: &String| (!text.is_empty()).then(|| text.clone());
    let Recognised { os, version, architecture, .. } = &plan.recognised;
    (set.os, set.version, set.architecture) = (known(os), known(version), known(architecture));
    set.label = known(&disc.label().to_owned());
    set.source = Some(source);
}

/// Adds loose files to the set `name`, each under its own name. Files of the set with these names
/// are replaced.
///
/// # Errors
/// [`ImportMediaError`]. In that case no set is changed.
pub fn add(root: &Path, files: &[PathBuf], name: &SetName) -> Result<MediaSet, ImportMediaError> {
    let _lock = sets::lock(root)?;
    let mut set = match sets::lookup(root, name) {
        Err(SetError::Missing(_)) => MediaSet::new(name.clone()),
        found => found?,
    };
    for path in files {
        let file_name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let named = file_name.parse::<FileName>();
        let named = named.map_err(|_| ImportMediaError::Name(path.display().to_string()))?;
        let file = File::open(path);
        let mut file = file.map_err(|e| ImportMediaError::Unreadable(path.clone(), e))?;
        let blob = Blobs::new(root).put(&mut file, None, &mut |_| ()).map_err(|error| {
            let PutError::Io(error) = error else {
                return ImportMediaError::Name(path.display().to_string());
            };
            ImportMediaError::Store(root.to_owned(), error)
        })?;
        set.files.insert(named.to_string(), blob);
    }
    sets::put(root, &set)?;
    Ok(set)
}
