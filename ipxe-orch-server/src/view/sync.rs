//! What was fetched from another server.

use crate::media::{Fetched, SyncState};
use ipxe_orch_core::{boot::ServerUrl, digest::Digest, names::SetName};
use serde::Serialize;

/// Sets were fetched from another server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MediaSyncView {
    /// The server from which they come.
    pub from: ServerUrl,
    /// Nothing was fetched: this is what would be.
    pub dry_run: bool,
    /// The sets.
    pub sets: Vec<FetchedView>,
}

/// What was fetched of a set, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FetchedView {
    /// Its name.
    pub name: SetName,
    /// What became of it.
    pub state: SyncState,
    /// How many files it has.
    pub files: usize,
    /// How many contents came.
    pub contents: usize,
    /// Their length.
    pub bytes: u64,
    /// How many contents were here already.
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
