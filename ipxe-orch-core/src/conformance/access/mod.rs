//! What a store of accounts, bindings, sessions and tokens must do. These cases call its traits and
//! those of the audit, and nothing else.

pub mod accounts;
pub mod audited;
mod bench;
pub mod bindings;
mod filled;
pub mod handles;
pub mod races;
pub mod reopened;
pub mod sessions;
pub mod tokens;

pub use bench::{AccessBench, AuditedAccess};

use super::expect::{conflict, holds, invalid, must, not_found, same, taken};
