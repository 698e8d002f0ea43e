//! Why media do not come from another server.

use crate::media::{MediaError, SetError};
use ipxe_orch_core::{
    boot::ServerUrl, ids::KeyId, media::UnfitSet, names::SetName, stores::StoreError,
};
use std::{error::Error, io, path::PathBuf};

/// Why nothing, or not all, came from another server. What came whole stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// What was given as certificates of a CA is none.
    #[error("the file with the CA has no certificate in PEM that can be used")]
    Authority(#[source] reqwest::Error),
    /// No client could be made.
    #[error("no client for {0} can be made")]
    Client(ServerUrl, #[source] reqwest::Error),
    /// There is no key with which to ask.
    #[error(
        "there is no media_sync key here: bring the key file of the other server, or make a key \
         with `ipxe-orch keys rotate --purpose media_sync` and bring it there"
    )]
    NoKey,
    /// The keys cannot be read.
    #[error("the keys cannot be read")]
    Keys(#[source] StoreError),
    /// Nobody answers there.
    #[error("{0} cannot be reached")]
    Unreachable(ServerUrl, #[source] Box<dyn Error + Send + Sync>),
    /// Its certificate is of a CA that is not known, or of another name.
    #[error(
        "{0} shows a certificate that is not trusted here: name the file of its CA with `--ca`, and \
         the server as the certificate does"
    )]
    Untrusted(ServerUrl, #[source] Box<dyn Error + Send + Sync>),
    /// Something else answers there.
    #[error(
        "{0} is no ipxe-orch server, or one from before `media sync`: give the URL that machines \
         use, with its base path, and no redirect behind it"
    )]
    NotAServer(ServerUrl),
    /// It does not believe this server.
    #[error(
        "{server} does not know this installation's media_sync key {key}, or is from before `media \
         sync`: bring a key file with it there, and run `ipxe-orch keys import FILE`"
    )]
    UnknownKey {
        /// The other server.
        server: ServerUrl,
        /// The key that was shown.
        key: KeyId,
    },
    /// The clocks differ by more than is allowed.
    #[error(
        "the clocks of {server} and of this machine are {seconds} s apart, and 300 s are allowed: \
         set them right"
    )]
    Clock {
        /// The other server.
        server: ServerUrl,
        /// By so much.
        seconds: u64,
    },
    /// It has a problem of its own.
    #[error("{server} cannot answer now (status {status}): its log says why")]
    Failing {
        /// The other server.
        server: ServerUrl,
        /// What it answered.
        status: u16,
    },
    /// Its list was changed on the way.
    #[error(
        "the list of {0} is not genuine: it was changed on the way, or comes from another \
         installation"
    )]
    Forged(ServerUrl),
    /// Its list is no list.
    #[error("the list of {server} cannot be used: {why}")]
    List {
        /// The other server.
        server: ServerUrl,
        /// Why.
        why: String,
    },
    /// It has no such set.
    #[error("{server} has no media set `{set}`: it has {}", listed(.has))]
    NoSuchSet {
        /// The other server.
        server: ServerUrl,
        /// Which one.
        set: SetName,
        /// What it has.
        has: Vec<SetName>,
    },
    /// Its set is none.
    #[error("the media set `{0}` of the other server cannot be used")]
    Unfit(SetName, #[source] UnfitSet),
    /// It offers what it does not have.
    #[error(
        "the other server lacks the content of {0}: run there `ipxe-orch media verify`, and this \
         again if the set was just replaced"
    )]
    Lost(String),
    /// What came is something else.
    #[error(
        "what came as {0} is not what it should be, and was not kept: run `ipxe-orch media verify` \
         on the other server; if that finds nothing, something on the way changes what is sent"
    )]
    Wrong(String),
    /// The connection breaks again and again.
    #[error(
        "{path} did not come: {tries} tries in a row got nowhere; what came stays for the next run"
    )]
    Broken {
        /// Which file.
        path: String,
        /// So many.
        tries: u32,
        /// How the last one ended.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The disk is full.
    #[error(
        "no space is left in {}, and {mib} MiB of {set} are to come: make room and run it again; \
         what came stays",
        .folder.display()
    )]
    Full {
        /// The media folder.
        folder: PathBuf,
        /// The set.
        set: SetName,
        /// What is missing of it, in MiB.
        mib: u64,
    },
    /// The folder cannot be written.
    #[error("the media folder {} cannot be written", .0.display())]
    Store(PathBuf, #[source] io::Error),
    /// A set that is here cannot be used.
    #[error(transparent)]
    Set(#[from] SetError),
    /// The folder cannot be read.
    #[error(transparent)]
    Media(#[from] MediaError),
}

fn listed(names: &[SetName]) -> String {
    let names: Vec<&str> = names.iter().map(SetName::as_str).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
