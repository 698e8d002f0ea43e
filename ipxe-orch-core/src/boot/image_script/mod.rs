//! The script in a boot image. It finds the NIC, sets its address, asks the servers, and on every
//! other path starts the local disk.

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
    digest::Digest,
    host::{HostSpec, LoaderPath},
    ids::ImageTag,
    image::Medium,
};
use std::fmt::{self, Write as _};

/// The largest number of servers of one image.
pub const MAX_SERVERS: usize = 3;

/// What the script of an image is made of.
#[derive(Clone, Debug)]
pub struct ImageScript<'a> {
    /// The host, generation and secret that the image shows to the server.
    pub identity: &'a ImageIdentity,
    /// The host's specification: its NICs and how it starts its local disk.
    pub host: &'a HostSpec,
    /// Servers in the order in which they are asked; 1 to [`MAX_SERVERS`].
    pub servers: &'a [ServerUrl],
    /// Loaders that the installed system may have: those of the host's profile. With
    /// [`LocalBoot::Search`](crate::host::LocalBoot::Search), the loaders of all profiles. They are
    /// tried after the one that the host's specification names.
    pub loaders: &'a [LoaderPath],
    /// How the image is attached. A BIOS counts an image that is a disk among its drives.
    pub medium: Medium,
}

/// A script, and the warnings for the person who builds the image.
#[derive(Clone, PartialEq, Eq)]
pub struct BuiltScript {
    /// The script. It contains the host's boot secret.
    pub text: String,
    /// What the image shows of itself when it boots.
    pub tag: ImageTag,
    /// What may keep the host from reaching its servers. The image is usable nevertheless.
    pub warnings: Vec<Warning>,
}

/// Leaves out the text, because it contains the host's boot secret.
impl fmt::Debug for BuiltScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuiltScript")
            .field("tag", &self.tag)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

/// Why no script can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageScriptError {
    /// There are no servers, or more than [`MAX_SERVERS`].
    #[error("{0} servers were given: an image needs 1 to {MAX_SERVERS}")]
    Servers(usize),
    /// The host has no NIC to ask a server through.
    #[error("the host has no NIC: give it at least one")]
    NoNic,
}

/// Makes the script. The same input gives the same bytes.
///
/// # Errors
/// [`ImageScriptError::Servers`] for no servers or too many, [`ImageScriptError::NoNic`] for a host
/// without NICs.
pub fn image_script(image: &ImageScript<'_>) -> Result<BuiltScript, ImageScriptError> {
    if image.servers.is_empty() || image.servers.len() > MAX_SERVERS {
        return Err(ImageScriptError::Servers(image.servers.len()));
    }
    if image.host.nics.is_empty() {
        return Err(ImageScriptError::NoNic);
    }
    let tag = tag(&text(image, None));
    let warnings = warning::warnings(image.host, image.servers);
    Ok(BuiltScript { text: text(image, Some(tag)), tag, warnings })
}

/// The tag of the image with this script, which has none yet.
fn tag(untagged: &str) -> ImageTag {
    let [a, b, c, d, ..] = *Digest::of(untagged).as_bytes();
    ImageTag::from_bytes([a, b, c, d])
}

fn text(image: &ImageScript<'_>, tag: Option<ImageTag>) -> String {
    let mut text = Script(String::with_capacity(4096));
    head(&mut text, image, tag);
    nic::nics(&mut text, &image.host.nics);
    ask::ask(&mut text, Timing::new(image.servers.len(), image.host.nics.len()));
    local::local(&mut text, image);
    text.0
}

struct Script(String);

impl Script {
    fn line(&mut self, line: impl fmt::Display) {
        // Writing into a string does not fail.
        writeln!(self.0, "{line}").ok();
    }

    fn lines(&mut self, lines: &str) {
        lines.lines().for_each(|line| self.line(line.trim_start()));
    }
}

fn head(text: &mut Script, image: &ImageScript<'_>, tag: Option<ImageTag>) {
    let ImageIdentity { host, generation, key, secret } = image.identity;
    text.line("#!ipxe");
    text.line(format_args!("# ipxe-orch boot image v1 of {}; generated", image.host.name));
    let secret = secret.reveal();
    let tag = tag.map(|tag| format!("&b={tag}")).unwrap_or_default();
    text.line(format_args!("set orch-query h={host}&g={generation}&k={key}&t={}{tag}&u=${{uuid}}&x=${{serial:hexraw}}&f=${{platform}}&a=${{buildarch}}", *secret));
    for (index, server) in image.servers.iter().enumerate() {
        text.line(format_args!("set orch-server{index} {server}"));
    }
    text.line("clear orch-answer ||");
    text.line("set orch-nic:int32 0");
    text.line("goto nic0");
}
