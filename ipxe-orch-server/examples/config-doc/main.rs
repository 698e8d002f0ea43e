//! Writes the generated part of `docs/CONFIGURATION.md`:
//! `cargo run -p ipxe-orch-server --example config-doc`.

mod page;

use std::{error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(page::FILE)?;
    let (before, _, after) = page::split(&text).ok_or("the page has lost its markers")?;
    fs::write(page::FILE, format!("{before}{}{after}", ipxe_orch_server::config::reference()))?;
    Ok(())
}
