//! Logins at real directories: Samba as a domain controller of Active Directory, and OpenLDAP. What
//! those do not do on demand, a small server in this folder does.
//!
//! `scripts/directory COMMAND` starts both and names them in the environment.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of tests end a test as tests do"
)]

mod active_directory;
mod changes;
mod common;
mod failover;
mod fake;
mod groups;
mod openldap;
mod options;
mod passwords;
mod report;
mod tls;
mod wire;
