//! Why an image cannot be read as a disc.

use std::io;

/// Why an image cannot be read as a disc.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiscError {
    /// Neither of the formats.
    #[error("it is no disc image: it has no volume of ISO 9660 or UDF")]
    NoDisc,
    /// It could not be read.
    #[error("byte {at} of the image cannot be read")]
    Unreadable {
        /// Where.
        at: u64,
        /// What the reader said.
        source: io::Error,
    },
    /// Something points behind the end of the image.
    #[error(
        "{what} ends at byte {end}, and the image at {len}: it is damaged, or a download that was \
         cut short"
    )]
    CutShort {
        /// What.
        what: &'static str,
        /// Where it would end.
        end: u64,
        /// The length of the image.
        len: u64,
    },
    /// Not as the standard wants.
    #[error("{what} at byte {at} is damaged: {why}")]
    Damaged {
        /// What.
        what: &'static str,
        /// Where it starts.
        at: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// As the standard wants, but not read here.
    #[error("{what} is not supported")]
    Unsupported {
        /// What.
        what: &'static str,
    },
    /// A name that could lead out of a folder, or break a path or a terminal.
    #[error("`{}` is no name for a file: {why}", .name.escape_debug())]
    Name {
        /// The name, as far as it is text.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// More than an installation disc has.
    #[error("it has more than {limit} {what}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How many are read.
        limit: u64,
    },
}
