//! The reference server of ipxe-orch.

pub mod cli;
pub mod config;
mod disc_file;
pub mod events;
pub mod firmware;
pub mod heads;
pub mod http;
pub mod media;
pub mod profiles;
pub mod runtime;
pub mod serve;
pub mod service;
pub mod sweep;
pub mod view;
