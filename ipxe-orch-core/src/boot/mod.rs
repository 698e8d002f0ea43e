//! The boot stage: what a machine sends, how it proves who it is, what its image holds.

mod image_script;
mod proof;
mod query;
mod request;
mod secret;
mod server_url;
mod ticket;

pub use crate::script::{CLAIMED_SCRIPT, is_script};
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
