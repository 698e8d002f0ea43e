//! The reference server of ipxe-orch.
