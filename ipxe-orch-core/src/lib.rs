//! Hosts, install lease, boot images and the traits of ipxe-orch.

pub mod image;
