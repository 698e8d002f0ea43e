//! What fuzzing runs: whatever the bytes are, reading ends, and what it gives is in bounds.

use ipxe_orch_core::disc::{Disc, Entry, File, ReadAt, Tree, limits};
use std::io::Read as _;

/// Reads an image as a disc and as a FAT volume, and the start of each file that is found.
///
/// # Panics
/// If the reader breaks a promise; that is a finding.
pub(crate) fn read_everything(image: &[u8]) {
    let image = image.to_vec();
    if let Ok(disc) = Disc::open(&image) {
        check(disc.tree(), &image);
        for entry in disc.boot_entries() {
            assert!(entry.at < image.size(), "{entry:?}");
        }
    }
    if let Ok(tree) = Disc::fat_volume(&image) {
        check(&tree, &image);
    }
}

fn check(tree: &Tree<File>, image: &dyn ReadAt) {
    for (path, entry) in tree.iter() {
        assert!(path.len() <= limits::PATH && !path.contains(char::is_control), "{path:?}");
        for part in path.split('/') {
            assert!(!part.is_empty() && part != "." && part != "..", "{path:?}");
        }
        // Following links ends.
        let found = tree.lookup(path);
        let Entry::File(file) = entry else { continue };
        assert_eq!(found, Some(file), "{path:?}");
        let spans: u64 = file.spans().iter().map(|span| span.len).sum();
        assert_eq!(spans, file.len(), "{path:?}");
        let mut start = Vec::new();
        file.reader(image).take(4096).read_to_end(&mut start).unwrap();
        assert_eq!(start.size(), file.len().min(4096), "{path:?}");
    }
}
