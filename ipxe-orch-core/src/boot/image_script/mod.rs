//! The script in a boot image: find the NIC, set its address, ask the servers, and boot the
//! local disk at the end of every path.

mod ask;
mod local;
mod nic;
#[cfg(test)]
mod tests;
mod timing;
mod warning;

pub use local::KNOWN_LOADERS;
pub use timing::Timing;
pub use warning::Warning;

use super::{ImageIdentity, ServerUrl};
use crate::{
    host::{HostSpec, LoaderPath},
    image::Medium,
};
use std::fmt::{self, Write as _};

/// Most servers of one image.
pub const MAX_SERVERS: usize = 3;

/// What an image is made of, beside firmware.
#[derive(Clone, Debug)]
pub struct ImageScript<'a> {
    /// Who it says that it is.
    pub identity: &'a ImageIdentity,
    /// NICs, local boot.
    pub host: &'a HostSpec,
    /// Servers in the order in which they are asked; 1 to 3.
    pub servers: &'a [ServerUrl],
    /// Loaders of the profiles that this installation has; the host's own first.
    pub loaders: &'a [LoaderPath],
    /// What the image is attached as: BIOS counts a disk with it among the drives.
    pub medium: Medium,
}

/// A script, and what is to be told to whoever makes the image.
#[derive(Clone, PartialEq, Eq)]
pub struct BuiltScript {
    /// The script; it holds the host's boot secret.
    pub text: String,
    /// What may keep the host from its servers; the image is right all the same.
    pub warnings: Vec<Warning>,
}

/// Leaves out the text, which holds the host's boot secret.
impl fmt::Debug for BuiltScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuiltScript").field("warnings", &self.warnings).finish_non_exhaustive()
    }
}

/// Why there is no script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageScriptError {
    /// Too few or too many servers.
    #[error("{0} servers: an image asks 1 to {MAX_SERVERS}")]
    Servers(usize),
    /// No NIC to ask through.
    #[error("the host has no NIC")]
    NoNic,
}

/// The script. It is the same bytes for the same input.
///
/// # Errors
/// [`ImageScriptError`] for a host without NICs, or too few or too many servers.
pub fn image_script(image: &ImageScript<'_>) -> Result<BuiltScript, ImageScriptError> {
    if image.servers.is_empty() || image.servers.len() > MAX_SERVERS {
        return Err(ImageScriptError::Servers(image.servers.len()));
    }
    if image.host.nics.is_empty() {
        return Err(ImageScriptError::NoNic);
    }
    let mut text = Script(String::with_capacity(4096));
    head(&mut text, image);
    nic::nics(&mut text, &image.host.nics);
    ask::ask(&mut text, Timing::new(image.servers.len(), image.host.nics.len()));
    local::local(&mut text, image);
    Ok(BuiltScript { text: text.0, warnings: warning::warnings(image.host, image.servers) })
}

struct Script(String);

impl Script {
    fn line(&mut self, line: impl fmt::Display) {
        // Writing to a string cannot fail.
        writeln!(self.0, "{line}").ok();
    }

    fn lines(&mut self, lines: &str) {
        lines.lines().for_each(|line| self.line(line.trim_start()));
    }
}

fn head(text: &mut Script, image: &ImageScript<'_>) {
    let ImageIdentity { host, generation, key, secret } = image.identity;
    text.line("#!ipxe");
    text.line(format_args!("# ipxe-orch boot image v1 of {}; generated", image.host.name));
    text.line(format_args!("set orch-query h={host}&g={generation}&k={key}&t={}&u=${{uuid}}&s=${{serial:uristring}}&f=${{platform}}&a=${{buildarch}}", *secret.reveal()));
    for (index, server) in image.servers.iter().enumerate() {
        text.line(format_args!("set orch-server{index} {server}"));
    }
    text.line("clear orch-answer ||");
    text.line("set orch-nic:int32 0");
    text.line("goto nic0");
}
