//! Logins at a directory: Active Directory, OpenLDAP and others of their kind.
//!
//! [`Directory`] implements core's [`Authenticator`](ipxe_orch_core::auth::Authenticator).
//! docs/DIRECTORY.md tells administrators how to set one up.
//!
//! ```text
//! directory.rs   one login: search with the bind account, then try the password, then read the groups
//! controllers.rs which controller is asked first         connection.rs  the seam to the crate `ldap3`
//! person.rs      who has this name, this id              account.rs     who is disabled, expired, locked
//! groups/        the strategies                          probe.rs       whether a strategy works here
//! answer.rs      what a refused bind means               report.rs      `directory test`
//! ```
//! No DN is ever put together from what somebody typed: DNs come from the directory. Values go into
//! filters, where `filter.rs` escapes them. Groups and persons are told apart by their ids, not by
//! their names or DNs.
//!
//! # Example
//! ```
//! use ipxe_orch_backends::ldap::DirectoryOptions;
//!
//! let options: DirectoryOptions = toml::from_str(
//!     r#"
//!     name = "corp"
//!     kind = "active_directory"
//!     urls = ["ldaps://dc1.corp.example", "ldaps://dc2.corp.example"]
//!     base_dn = "DC=corp,DC=example"
//!     bind_name = "svc-ipxe@corp.example"
//!     bind_password_file = "/etc/ipxe-orch/corp-password"
//!     "#,
//! )?;
//! assert_eq!(options.urls.len(), 2);
//! # Ok::<(), toml::de::Error>(())
//! ```

mod account;
mod answer;
mod connection;
mod controllers;
mod directory;
mod dn;
mod entry;
mod error;
mod filter;
mod groups;
mod ids;
mod options;
mod person;
mod probe;
mod report;
mod root;
mod secret;
mod settings;
mod show;
mod tls;

pub use directory::Directory;
pub use error::InvalidDirectory;
pub use options::{DirectoryKind, DirectoryOptions, GroupStrategy};
pub use report::{ControllerTest, DirectoryTest, GroupTest, PersonTest};
pub use tls::Certificate;
