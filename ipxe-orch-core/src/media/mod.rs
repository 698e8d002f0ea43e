//! Installation media: what a disc is, what of it an install needs, and the checksums it carries.
//!
//! All of it is decided from a disc's [`Tree`](crate::disc::Tree) and some of its small files, and
//! given as values; reading and storing is the server's.

mod checksums;
mod esxi;
mod recognise;
mod set;
mod wim;

pub use checksums::{Algorithm, Expected, expected};
pub use recognise::{Recognised, recognise};
pub use set::{InvalidSet, MediaBlob, MediaSet, SetSource};
