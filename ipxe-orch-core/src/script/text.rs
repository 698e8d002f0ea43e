//! What counts as a script at all.

/// The body of a granted claim. `imgfetch` loads it without running it; if something runs it
/// nevertheless, it ends at once.
pub const CLAIMED_SCRIPT: &str = "#!ipxe\nexit 0\n";

/// Whether iPXE takes `text` for a script: it starts with `#!ipxe` and white space. iPXE for BIOS
/// runs any other text as machine code and hangs.
pub fn is_script(text: &str) -> bool {
    let rest = text.strip_prefix("#!ipxe");
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ipxe_takes_for_a_script_is_one() {
        for script in [
            CLAIMED_SCRIPT,
            "#!ipxe\nset orch-answer local\nexit 0\n",
            "#!ipxe\r\nexit 0\r\n",
            "#!ipxe ",
        ] {
            assert!(is_script(script), "{script:?}");
        }
        for other in ["", "#!ipxe", "#!ipxenot\n", " #!ipxe\n", "#!gpxe\n", "<html>"] {
            assert!(!is_script(other), "{other:?}");
        }
    }
}
