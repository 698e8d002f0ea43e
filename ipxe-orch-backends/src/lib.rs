//! Stores, renderers and key providers for ipxe-orch.

#[cfg(feature = "handlebars")]
pub mod handlebars;

#[cfg(feature = "local")]
pub mod local;

#[cfg(feature = "sqlite")]
pub mod sql;
