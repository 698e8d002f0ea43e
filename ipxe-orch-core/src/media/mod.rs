//! Installation media: what a disc installs, which of its files an install needs, the checksums
//! that it contains, and the protocol by which servers exchange media.
//!
//! Everything is decided from a disc's [`Tree`](crate::disc::Tree) and some of its small files. The
//! server does the reading and storing.

mod checksums;
mod esxi;
mod library;
mod offer;
mod peer;
mod recognise;
mod set;
mod wim;

pub use checksums::{Algorithm, Expected, expected};
pub use library::{MediaFault, MediaFile, MediaLibrary, MediaStream};
pub use offer::{Offers, UnfitSet};
pub use peer::{ANSWER_HEADER, Authorization, Exchange, NoAuthorization, PeerRequest, Peers, SKEW};
pub use recognise::{Recognised, recognise};
pub use set::{InvalidSet, MediaBlob, MediaSet, SetSource};
