//! The boot stage: what a machine sends, how it proves who it is, what its image holds.

mod image_script;
mod proof;
mod query;
mod request;
mod secret;
mod server_url;
mod ticket;

pub use image_script::{
    BuiltScript, ImageScript, ImageScriptError, KNOWN_LOADERS, MAX_SERVERS, Timing, Warning,
    image_script,
};
pub use proof::{Refusal, contradiction, prove};
pub use request::{BadRequest, BootRequest, MAX_QUERY, Shown};
pub use secret::{BootSecret, ImageIdentity};
pub use server_url::{InvalidServerUrl, ServerUrl};
pub use ticket::{Ticket, Tickets};

/// The answer of a machine that has nothing to install, and of one that is not known: the same
/// bytes, so that nothing is told. The image then boots the local disk.
///
/// It names no loader of the disk, though the server may know the host's: whoever is refused would
/// see the difference. The loaders stand in the image, the host's own first.
pub const LOCAL_SCRIPT: &str = "#!ipxe\nset orch-answer local\nexit 0\n";

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
        for script in [LOCAL_SCRIPT, CLAIMED_SCRIPT, "#!ipxe\r\nexit 0\r\n", "#!ipxe "] {
            assert!(is_script(script), "{script:?}");
        }
        for other in ["", "#!ipxe", "#!ipxenot\n", " #!ipxe\n", "#!gpxe\n", "<html>"] {
            assert!(!is_script(other), "{other:?}");
        }
    }
}
