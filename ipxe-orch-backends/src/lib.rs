//! Stores, renderers and key providers for ipxe-orch.
