//! What somebody should know about an imported set.

use ipxe_orch_core::media::{Recognised, SetSource};
use std::fmt;

/// What somebody should know about an imported set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportNote {
    /// The disc is for several processors; the set boots one of them.
    Architectures {
        /// That one.
        taken: String,
        /// The others.
        others: Vec<String>,
    },
    /// The disc is recognised, but nothing that boots is where its system usually has it.
    NothingBoots,
    /// The set of another disc was replaced.
    Replaced(SetSource),
}

impl fmt::Display for ImportNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Architectures { taken, others } => {
                let others = others.join(", ");
                write!(f, "the disc is for {taken} and {others}: the set boots on {taken}")
            }
            Self::NothingBoots => f.write_str(
                "nothing on the disc boots over the network: add kernel and initrd to the set with \
                 `media add`",
            ),
            Self::Replaced(SetSource { file, sha256, .. }) => {
                write!(f, "it replaces the set of another disc ({file}, SHA-256 {sha256})")
            }
        }
    }
}

pub(super) fn notes(recognised: &Recognised, replaced: Option<SetSource>) -> Vec<ImportNote> {
    let Recognised { architecture, other_architectures: others, boot, .. } = recognised;
    let several = (!others.is_empty())
        .then(|| ImportNote::Architectures { taken: architecture.clone(), others: others.clone() });
    let nothing = !recognised.os.is_empty() && boot.is_empty();
    let nothing = nothing.then_some(ImportNote::NothingBoots);
    let replaced = replaced.map(ImportNote::Replaced);
    several.into_iter().chain(nothing).chain(replaced).collect()
}
