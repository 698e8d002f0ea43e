//! Why media could not be fetched from another server.

use crate::media::{MediaError, SetError};
use ipxe_orch_core::{
    boot::ServerUrl, ids::KeyId, media::UnfitSet, names::SetName, stores::StoreError,
};
use std::{error::Error, io, path::PathBuf};

/// Why nothing, or not everything, was fetched from another server. Contents that were fetched
/// completely are kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The file that was given as the certificates of a CA does not contain any.
    #[error("the CA file has no usable certificate in PEM format")]
    Authority(#[source] reqwest::Error),
    /// The HTTP client could not be made.
    #[error("the HTTP client for {0} cannot be made")]
    Client(ServerUrl, #[source] reqwest::Error),
    /// There is no key to authenticate the request with.
    #[error(
        "there is no media_sync key here: copy the key file of the other server to this one, or make \
         a key here and import it there"
    )]
    NoKey,
    /// The keys cannot be read.
    #[error("the keys cannot be read")]
    Keys(#[source] StoreError),
    /// The server does not answer.
    #[error("{0} cannot be reached")]
    Unreachable(ServerUrl, #[source] Box<dyn Error + Send + Sync>),
    /// The certificate of the server is from an unknown CA, or for another name.
    #[error(
        "{0} shows a certificate that is not trusted here: use the host name that the certificate \
         has, and give the file of its CA"
    )]
    Untrusted(ServerUrl, #[source] Box<dyn Error + Send + Sync>),
    /// Something other than an ipxe-orch server answers.
    #[error(
        "{0} is not an ipxe-orch server, or is too old to give its media: give the URL that \
         machines use, with its base path; redirects are not followed"
    )]
    NotAServer(ServerUrl),
    /// The server does not accept the key.
    #[error(
        "{server} does not know this installation's media_sync key {key}, or is too old to give \
         its media: copy a key file with this key there and import it"
    )]
    UnknownKey {
        /// The other server.
        server: ServerUrl,
        /// The id of the key that was used.
        key: KeyId,
    },
    /// The clocks differ by more than is allowed.
    #[error(
        "the clocks of {server} and of this machine differ by {seconds} s, but at most 300 s are \
         allowed: set them right"
    )]
    Clock {
        /// The other server.
        server: ServerUrl,
        /// The difference in seconds.
        seconds: u64,
    },
    /// The other server has an error of its own.
    #[error("{server} answers with an error (status {status}): its log has the reason")]
    Failing {
        /// The other server.
        server: ServerUrl,
        /// The HTTP status of its answer.
        status: u16,
    },
    /// The list of sets was changed on the way.
    #[error(
        "the list of {0} is not genuine: it was changed on the way, or comes from another \
         installation"
    )]
    Forged(ServerUrl),
    /// The list of sets cannot be read.
    #[error("the list of {server} cannot be used: {why}")]
    List {
        /// The other server.
        server: ServerUrl,
        /// The reason.
        why: String,
    },
    /// The other server has no such set.
    #[error("{server} has no media set `{set}`: it has {}", listed(.has))]
    NoSuchSet {
        /// The other server.
        server: ServerUrl,
        /// The set that was asked for.
        set: SetName,
        /// The sets that it has.
        has: Vec<SetName>,
    },
    /// The set of the other server cannot be used.
    #[error("the media set `{0}` of the other server cannot be used")]
    Unfit(SetName, #[source] UnfitSet),
    /// The other server offers a set but does not have all of its contents.
    #[error(
        "the other server does not have the content of {0}: if the set was just replaced, try \
         again, otherwise verify the media there"
    )]
    Lost(String),
    /// Something else than the wanted content was received.
    #[error(
        "the received content of {0} is wrong and was not kept: something on the way changes the \
         data, or the other server has it wrong: verify the media there"
    )]
    Wrong(String),
    /// The connection breaks again and again.
    #[error(
        "{path} could not be fetched: {tries} tries in a row got no further; what was received is \
         kept for the next run"
    )]
    Broken {
        /// The file.
        path: String,
        /// The number of tries.
        tries: u32,
        /// The error of the last try.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Another process receives the same content now.
    #[error("{0} is being fetched by another process: run the command again when that is done")]
    Busy(String),
    /// Contents that were fetched were removed again and again before the set was stored.
    #[error(
        "contents of the media set `{0}` were removed while it was fetched: run the command again"
    )]
    Removed(SetName),
    /// The disk is full.
    #[error(
        "no space is left in {}, and {mib} MiB of {set} are missing: make room and run the command \
         again; what was received is kept",
        .folder.display()
    )]
    Full {
        /// The media folder.
        folder: PathBuf,
        /// The set.
        set: SetName,
        /// The part of the set that is still missing, in MiB.
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
