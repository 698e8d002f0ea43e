//! Work with files around the orchestrator: media, firmware, keys, images, imports, exports.
//!
//! A service is what a way in (command line, API, console) calls. Each of its methods takes the
//! caller first, asks whether that one may do it, and gives a typed result or error; it prints
//! nothing. Work that changes files has its audit entry before it, and one that says how it ended.
//! [`crate::view`] makes of a result what is shown.
//!
//! | service | changes | reads |
//! |---|---|---|
//! | [`media`], [`firmware`] | `ChangeHosts` for all hosts | `SeeHosts` |
//! | [`images`] | `BuildImages` in the scope of the caller | |
//! | [`keys`] | `ManageKeys` for all hosts | `ManageKeys` for all hosts |
//!
//! A caller that stops waiting does not stop work on files; the audit then says that it was begun.

mod error;
pub mod firmware;
pub mod images;
pub mod keys;
pub mod media;
mod work;

pub use error::{ServiceError, with_causes};
