//! Writes the generated part of `docs/METRICS.md`:
//! `cargo run -p ipxe-orch-server --example metrics-doc`.

mod page;

use std::{error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(page::FILE)?;
    let (before, _, after) = page::split(&text).ok_or("the page has lost its markers")?;
    fs::write(page::FILE, format!("{before}{}{after}", ipxe_orch_server::metrics::reference()))?;
    Ok(())
}
