//! What a store of accounts, bindings, sessions and tokens must do. These cases call its traits and
//! those of the audit, and nothing else.

pub mod accounts;
pub mod audited;
pub mod bindings;
pub mod handles;
pub mod races;
pub mod reopened;
pub mod sessions;
pub mod tokens;
mod view;

use super::{
    AccessBench,
    expect::{conflict, holds, invalid, must, not_found, same, taken},
};
