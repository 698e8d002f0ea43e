//! The boot stage: the request that a machine sends, the proof of its identity, and the script in
//! its image.

mod image_script;
mod proof;
mod query;
mod request;
mod secret;
mod ticket;

pub use crate::{
    script::{CLAIMED_SCRIPT, is_script},
    server_url::{InvalidServerUrl, ServerUrl},
};
pub use image_script::{
    BuiltScript, ImageScript, ImageScriptError, KNOWN_LOADERS, MAX_SERVERS, Timing, Warning,
    image_script,
};
pub use proof::{Proof, Refusal, contradiction, prove};
pub(crate) use proof::{prove_identity, same_uuid};
pub use request::{BadRequest, BootRequest, MAX_QUERY, Shown};
pub use secret::{BootSecret, ImageIdentity};
pub use ticket::{Ticket, Tickets};

/// The answer to a machine that has nothing to install, and also to a machine that is refused. Both
/// get the same bytes, so that the answer tells a stranger nothing. The image then starts the
/// system on the local disk.
///
/// It does not name a loader of the disk, although the server may know it: a refused machine would
/// see the difference. The image itself knows the loaders, the host's own first.
pub const LOCAL_SCRIPT: &str = "#!ipxe\nset orch-answer local\nexit 0\n";
