//! Why an image cannot be read as a disc.

use std::io;

/// Why an image cannot be read as a disc.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiscError {
    /// It has neither an ISO 9660 nor a UDF volume.
    #[error("this is not a disc image: it has neither an ISO 9660 nor a UDF volume")]
    NoDisc,
    /// Reading from the image failed.
    #[error("byte {at} of the image cannot be read")]
    Unreadable {
        /// The offset in the image, in bytes.
        at: u64,
        /// The error of the reader.
        source: io::Error,
    },
    /// A structure or file would extend beyond the end of the image.
    #[error(
        "{what} ends at byte {end}, but the image has {len} bytes: it is damaged or its download is \
         incomplete"
    )]
    CutShort {
        /// The structure or file.
        what: &'static str,
        /// The offset of its end, in bytes.
        end: u64,
        /// The length of the image, in bytes.
        len: u64,
    },
    /// A structure does not follow its standard.
    #[error("{what} at byte {at} is damaged: {why}")]
    Damaged {
        /// The structure.
        what: &'static str,
        /// Its offset in the image, in bytes; 0 if it has no single place.
        at: u64,
        /// The mistake in it.
        why: &'static str,
    },
    /// It follows the standard, but this reader does not support it.
    #[error("{what} is not supported")]
    Unsupported {
        /// The feature that is not supported.
        what: &'static str,
    },
    /// A file name that could lead out of a folder, or that could break a path or a terminal.
    #[error("`{}` cannot be the name of a file: {why}", crate::text::shown(.name))]
    Name {
        /// The name. Bytes that are not UTF-8 are replaced.
        name: String,
        /// The rule that the name breaks.
        why: &'static str,
    },
    /// The disc has more of something than installation discs have. See [`limits`](super::limits).
    #[error("the disc has more than {limit} {what}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The largest number that is read.
        limit: u64,
    },
}
