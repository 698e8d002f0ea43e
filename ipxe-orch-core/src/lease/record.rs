//! A host as it is stored.

use super::{Attempt, Lease};
use crate::{
    digest::Digest,
    host::HostSpec,
    ids::{HostId, ImageGeneration, ImageTag, KeyId},
    image::Medium,
    server_url::ServerUrl,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A host with its lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRecord {
    /// Never changes, and is never used for another host.
    pub id: HostId,
    /// What people say of it.
    pub spec: HostSpec,
    /// The generation of the image that would be built now.
    pub image_generation: ImageGeneration,
    /// The image key of its images, where it is not the active one: a host whose image was made
    /// without a database.
    pub image_key: Option<KeyId>,
    /// Its last image that was built with this database; none yet, or an image that was made
    /// without a database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageBuild>,
    /// Its installs.
    pub lease: Lease,
}

/// One build of a host's image: enough to find out whether a new build would differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageBuild {
    /// When it was built.
    pub at: Timestamp,
    /// Digest of its script. The audit has the same.
    pub script: Digest,
    /// What the image shows of itself when it boots.
    pub tag: ImageTag,
    /// The servers that it asks, in this order.
    pub servers: Vec<ServerUrl>,
    /// What it is attached as.
    pub medium: Medium,
}

impl HostRecord {
    /// Whether an image that shows this tag is another one than the last that was built.
    pub fn outdates(&self, shown: Option<ImageTag>) -> bool {
        self.image.as_ref().is_some_and(|last| Some(last.tag) != shown)
    }
}

impl Lease {
    /// The latest attempt, if it has not ended.
    pub fn open_attempt(&self) -> Option<&Attempt> {
        self.attempt.as_ref().filter(|attempt| attempt.is_open())
    }
}
