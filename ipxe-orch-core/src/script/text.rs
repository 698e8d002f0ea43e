//! What counts as a script at all.

/// The body of a granted claim. `imgfetch` does not run it; should something run it, it ends.
pub const CLAIMED_SCRIPT: &str = "#!ipxe\nexit 0\n";

/// Whether iPXE takes `text` for a script: `#!ipxe` and white space at its start. BIOS iPXE runs
/// any other text as machine code, and hangs.
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
