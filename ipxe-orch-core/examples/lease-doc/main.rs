//! Writes the generated part of `docs/LEASE.md`: `cargo run -p ipxe-orch-core --example lease-doc`.

mod section;

use std::{error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(section::FILE)?;
    let (before, _, after) = section::split(&text).ok_or("the page has lost its markers")?;
    fs::write(section::FILE, format!("{before}{}{after}", section::generate()?))?;
    Ok(())
}
