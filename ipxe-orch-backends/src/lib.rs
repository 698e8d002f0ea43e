//! Stores, renderers and key providers for ipxe-orch.

#[cfg(feature = "sqlite")]
pub mod sql;
