//! The reference server of ipxe-orch.

pub mod profiles;
