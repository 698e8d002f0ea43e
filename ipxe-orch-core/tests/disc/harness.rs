//! The harness for fuzzing: whatever the bytes are, reading must end, and its results must be
//! within bounds.

use ipxe_orch_core::disc::{Disc, DiscError, Entry, File, ReadAt, Tree, limits};
use std::io::Read as _;

/// The result for one image.
#[derive(Hash)]
pub(crate) enum Outcome {
    Files(usize),
    /// The error, without numbers and names.
    Refused(String),
}

/// Reads an image as a disc and as a FAT volume, and reads the start of each file.
///
/// # Panics
/// If the reader breaks a promise, which is a finding.
pub(crate) fn read_everything(image: &dyn ReadAt) -> [Outcome; 2] {
    let disc = Disc::open(image);
    if let Ok(disc) = &disc {
        check(disc.tree(), image);
        for entry in disc.boot_entries() {
            assert!(entry.at < image.size(), "{entry:?}");
        }
    }
    let volume = Disc::fat_volume(image);
    if let Ok(tree) = &volume {
        check(tree, image);
    }
    [outcome(disc.as_ref().map(Disc::tree)), outcome(volume.as_ref())]
}

fn outcome(read: Result<&Tree<File>, &DiscError>) -> Outcome {
    match read {
        Ok(tree) => Outcome::Files(tree.len()),
        Err(error) => {
            let told = error.to_string();
            let why = told.rsplit_once('`').map_or(told.as_str(), |(_, why)| why);
            Outcome::Refused(why.replace(char::is_numeric, ""))
        }
    }
}

fn check(tree: &Tree<File>, image: &dyn ReadAt) {
    for (path, entry) in tree.iter() {
        assert!(path.len() <= limits::PATH && !path.contains(char::is_control), "{path:?}");
        for part in path.split('/') {
            assert!(!part.is_empty() && part != "." && part != "..", "{path:?}");
        }
        // Following links must end.
        let found = tree.lookup(path);
        let Entry::File(file) = entry else { continue };
        assert_eq!(found, Some(file), "{path:?}");
        let spans: u64 = file.spans().iter().map(|span| span.len).sum();
        assert_eq!(spans, file.len(), "{path:?}");
        let mut start = Vec::new();
        file.reader(image).take(4096).read_to_end(&mut start).expect("its spans are in the image");
        assert_eq!(start.size(), file.len().min(4096), "{path:?}");
    }
}
