//! The media that one server offers to another one.

use super::{InvalidSet, MediaBlob, MediaSet};
use crate::names::SetName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The sets of a server. For each name it has the digest and length of the set's own text. It is
/// sent as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    /// The sets by name.
    pub sets: BTreeMap<SetName, MediaBlob>,
}

/// Why the text from another server is not accepted as the set that it offered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnfitSet {
    /// The text is not a media set.
    #[error(transparent)]
    Invalid(#[from] InvalidSet),
    /// It is a set with another name.
    #[error("this is the media set `{0}`, not the one that was asked for")]
    Name(SetName),
    /// A path that no disc can have, or a file and a link at the same path.
    #[error("`{}` cannot be a path in a set", crate::text::shown(.0))]
    Path(String),
    /// The sum of the lengths of its files does not fit into 64 bits.
    #[error("the sum of the lengths of its files is impossibly large")]
    Size,
}

impl Offers {
    /// Reads the set `name` from its text. All its paths are inside the set.
    ///
    /// # Errors
    /// [`UnfitSet::Invalid`] if the text is not a set, [`UnfitSet::Name`] if it is another set,
    /// [`UnfitSet::Path`] and [`UnfitSet::Size`] for impossible paths and lengths.
    pub fn read(name: &SetName, text: &str) -> Result<MediaSet, UnfitSet> {
        let set: MediaSet = text.parse()?;
        if set.name != *name {
            return Err(UnfitSet::Name(set.name));
        }
        let tree = set.tree();
        let mut paths = set.files.keys().chain(set.links.keys());
        // `tree` has left out the paths that are not valid.
        if tree.len() != set.files.len() + set.links.len() {
            let known: Vec<&str> = tree.iter().map(|(path, _)| path).collect();
            let stray = paths.find(|path| known.binary_search(&path.as_str()).is_err());
            // If all paths are valid, a file and a link have the same path.
            let stray = stray.or_else(|| set.links.keys().find(|at| set.files.contains_key(*at)));
            return Err(UnfitSet::Path(stray.cloned().unwrap_or_default()));
        }
        let mut sizes = set.files.values().map(|blob| blob.size);
        sizes.try_fold(0_u64, u64::checked_add).ok_or(UnfitSet::Size)?;
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn name() -> SetName {
        "disc".parse().unwrap()
    }

    fn set(files: &[(&str, u64)], links: &[&str]) -> String {
        let mut set = MediaSet::new(name());
        for (path, size) in files {
            set.files
                .insert((*path).to_owned(), MediaBlob { sha256: Digest::of(path), size: *size });
        }
        set.links.extend(links.iter().map(|path| ((*path).to_owned(), ".".to_owned())));
        set.to_text()
    }

    #[test]
    fn a_set_is_read_as_it_was_written() {
        let text = set(&[("pool/a package.deb", 7), ("kernel", 0)], &["debian"]);
        assert_eq!(Offers::read(&name(), &text).unwrap().to_text(), text);
    }

    #[test]
    fn hostile_sets_are_refused_and_say_why() {
        let outside = "`../../etc/passwd` cannot be a path in a set";
        let big = u64::MAX / 2 + 1;
        for (text, why) in [
            (set(&[("kernel", 1), ("../../etc/passwd", 1)], &[]), outside),
            (set(&[], &["../../etc/passwd"]), outside),
            (set(&[("/etc/passwd", 1)], &[]), "`/etc/passwd` cannot be a path in a set"),
            (set(&[("a\u{1b}", 1)], &[]), "`a\\u{1b}` cannot be a path in a set"),
            (set(&[("a", 1)], &["a"]), "`a` cannot be a path in a set"),
            (set(&[("a", big), ("b", big)], &[]), "the sum of the lengths of its files"),
            (set(&[("a", 1)], &[]).replace("disc", "other"), "this is the media set `other`"),
            (set(&[("a", 1)], &[]).replace("disc", "../disc"), "not a media set"),
            ("name = 'disc'\nfiles = 1".to_owned(), "not a media set"),
            (String::new(), "not a media set"),
        ] {
            let error = Offers::read(&name(), &text).unwrap_err().to_string();
            assert!(error.starts_with(why), "{error}");
        }
    }

    #[test]
    fn names_that_are_none_are_no_offers() {
        let blob = format!("{{\"sha256\":\"{}\",\"size\":18446744073709551615}}", Digest::of("x"));
        let offers = |name: &str| {
            serde_json::from_str::<Offers>(&format!("{{\"sets\":{{\"{name}\":{blob}}},\"new\":1}}"))
        };
        let read = offers("disc").unwrap();
        assert_eq!(read.sets.values().map(|blob| blob.size).collect::<Vec<_>>(), [u64::MAX]);
        for bad in ["../disc", "", "Disc", "a/b", ".hidden", "a\\u0000"] {
            assert!(offers(bad).is_err(), "{bad}");
        }
    }
}
