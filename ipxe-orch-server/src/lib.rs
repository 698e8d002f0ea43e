//! The reference server of ipxe-orch.
//!
//! A program that serves machines beside its own routes needs [`http`], and perhaps [`serve`],
//! [`events`], [`sweep`], [`media`], [`metrics`],
//! [`profiles`] and [`view`]. These need no feature, so that
//! `default-features = false` brings neither a command line nor a database:
//!
//! ```toml
//! ipxe-orch-server = { version = "0.1", default-features = false }
//! ```
//!
//! | feature | adds | needs |
//! |---|---|---|
//! | `services` | `service`, `firmware`, `heads`, media from other servers | archives, an HTTP client with TLS, keys in files |
//! | `sqlite` | `config`, `runtime`: the server of one machine | `services`, SQLite (compiled in), Handlebars |
//! | `mssql`, `mysql`, `postgres` | databases on servers | `sqlite`, the drivers and TLS |
//! | `syslog` | `forward`: the audit goes to receivers of syslog | `sqlite`, TLS |
//! | `cli` (default) | `cli` and the program `ipxe-orch` | all of these, clap |

pub mod api;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "sqlite")]
pub mod config;
mod disc_file;
pub mod events;
#[cfg(feature = "services")]
pub mod firmware;
#[cfg(feature = "syslog")]
pub mod forward;
#[cfg(feature = "services")]
pub mod heads;
pub mod http;
pub mod media;
pub mod metrics;
pub mod profiles;
pub mod prune;
mod repeats;
mod request_id;
#[cfg(feature = "sqlite")]
pub mod runtime;
pub mod serve;
#[cfg(feature = "services")]
pub mod service;
pub mod sweep;
pub mod view;
