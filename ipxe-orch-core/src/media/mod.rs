//! Installation media: what a disc is, what of it an install needs, the checksums it carries, and
//! what servers say to each other of it.
//!
//! All of it is decided from a disc's [`Tree`](crate::disc::Tree) and some of its small files, and
//! given as values; reading and storing is the server's.

mod checksums;
mod esxi;
mod offer;
mod peer;
mod recognise;
mod set;
mod wim;

pub use checksums::{Algorithm, Expected, expected};
pub use offer::{Offers, UnfitSet};
pub use peer::{ANSWER_HEADER, Authorization, Exchange, NoAuthorization, PeerRequest, Peers, SKEW};
pub use recognise::{Recognised, recognise};
pub use set::{InvalidSet, MediaBlob, MediaSet, SetSource};
