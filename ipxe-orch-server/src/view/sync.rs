//! What was fetched from another server.

use crate::media::{Fetched, SyncState};
use ipxe_orch_core::{boot::ServerUrl, digest::Digest, names::SetName};
use serde::Serialize;

/// Sets were fetched from another server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MediaSyncView {
    /// The server from which they come.
    pub from: ServerUrl,
    /// Whether this is only what would be fetched.
    pub dry_run: bool,
    /// The sets.
    pub sets: Vec<FetchedView>,
}

/// What was fetched of a set, or would be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FetchedView {
    /// The name of the set.
    pub name: SetName,
    /// The result for the set.
    pub state: SyncState,
    /// The number of its files.
    pub files: usize,
    /// The number of contents that were fetched.
    pub contents: usize,
    /// Their total length in bytes.
    pub bytes: u64,
    /// The number of contents that were here already.
    pub already: usize,
    /// The digest of the set that had its name before.
    pub replaced: Option<Digest>,
}

impl From<&Fetched> for FetchedView {
    fn from(fetched: &Fetched) -> Self {
        Self {
            name: fetched.name.clone(),
            state: fetched.state,
            files: fetched.files,
            contents: fetched.contents,
            bytes: fetched.bytes,
            already: fetched.already,
            replaced: fetched.replaced,
        }
    }
}
