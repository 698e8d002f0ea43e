//! The `ipxe-orch` program.

fn main() {}
