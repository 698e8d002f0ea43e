//! Why images were not made or written.

use ipxe_orch_backends::local::FileError;
use ipxe_orch_core::{
    boot::ImageScriptError, ids::KeyId, image::ImageError, names::HostName, stores::StoreError,
};
use std::{io, path::PathBuf};

/// Why images were not made or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImagesError {
    /// No host is registered, or none is wanted.
    #[error("no host is registered")]
    NoHosts,
    /// A host's image cannot be made.
    #[error("host {host}: no image can be made: {source}{remedy}")]
    Image {
        /// The host.
        host: HostName,
        /// The error behind it.
        source: ImageError,
        /// What would help.
        remedy: &'static str,
    },
    /// A host's script cannot be made.
    #[error("{host}")]
    Script {
        /// The host.
        host: HostName,
        /// The error behind it.
        source: ImageScriptError,
    },
    /// A file that would be replaced is no boot image.
    #[error("{} is there and is no boot image", .0.display())]
    NoImage(PathBuf),
    /// Something else than a file stands where an image would be written.
    #[error("{} is no regular file", .0.display())]
    NotRegular(PathBuf),
    /// A file cannot be read, written or made.
    #[error("{} cannot be {verb}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried, as `written`.
        verb: &'static str,
        /// The error behind it.
        source: io::Error,
    },
    /// A file that would be replaced is no enrolment file.
    #[error("{} is there and is no enrolment file", .0.display())]
    NoEnrolment(PathBuf),
    /// The id of an image of an earlier run would be lost.
    #[error("{} holds the id of host {host}, which this run would lose", .path.display())]
    LostId {
        /// The enrolment file.
        path: PathBuf,
        /// Whose id.
        host: HostName,
    },
    /// The key file has no key for new images.
    #[error("{} holds no active image key", .0.display())]
    NoActiveKey(PathBuf),
    /// The key of a host's earlier image is not in the key file.
    #[error(
        "host {host} needs the image key {key}, which is not in {}: give the key file of its \
         earlier image, or empty its cells id, generation and key_id",
        .path.display()
    )]
    NoKey {
        /// The host.
        host: HostName,
        /// The key.
        key: KeyId,
        /// The key file.
        path: PathBuf,
    },
    /// The key file cannot be read or written.
    #[error(transparent)]
    KeyFile(#[from] FileError),
    /// The keys cannot be read.
    #[error(transparent)]
    Keys(#[from] StoreError),
}
