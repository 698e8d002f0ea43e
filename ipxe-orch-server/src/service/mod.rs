//! Work around the orchestrator: media, boot loaders, keys, images, profiles, edits, imports, exports,
//! verification of the audit,
//! copies of databases.
//!
//! The command line calls these services. An API or a console calls the same methods. Each method
//! takes the caller first, asks the authorizer, and returns a typed result or error. It prints
//! nothing: [`crate::view`] has the types that are shown.
//!
//! | service | reads | changes |
//! |---|---|---|
//! | [`media`], [`firmware`] | `SeeHosts` | `ChangeHosts` for all hosts |
//! | [`profiles`] | | `ChangeHosts` for all hosts |
//! | [`images`] | | `BuildImages` for the hosts of the images |
//! | [`audit`] | `ReadAudit` | `ManageKeys` for all hosts |
//! | `databases` | | `ManageKeys` for all hosts |
//! | [`keys`] | `ManageKeys` for all hosts | `ManageKeys` for all hosts |
//! | [`hosts`] | | `ChangeHosts` for the host |
//! | [`imports`] | | `ChangeHosts` for these hosts, and `MarkHosts` for an install at the first boot |
//! | [`exports`] | `SeeHosts` for the hosts that are exported | |
//!
//! Work that no store can undo is in the audit before it is done, with the outcome `begun`. A second
//! entry has the outcome `done` or `failed`. If the caller stops waiting, the work goes on, and the
//! second entry is missing.

pub mod audit;
#[cfg(feature = "sqlite")]
pub mod databases;
mod error;
pub mod exports;
pub mod firmware;
pub mod hosts;
pub mod images;
pub mod imports;
pub mod keys;
pub mod media;
pub mod profiles;
mod work;

pub use error::{ServiceError, with_causes};
