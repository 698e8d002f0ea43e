//! A host as it is stored.

use super::{Attempt, EarlierImage, Lease};
use crate::{
    auth::HostRef,
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
    /// The generation of the image that would be built now. Images of a later one are refused.
    pub image_generation: ImageGeneration,
    /// The image key of its newest image. `None` for a host of release 0.1 whose image was made
    /// with this database: its images may be made with any key that was not imported.
    pub image_key: Option<KeyId>,
    /// Its earlier images that still count, because they stay attached until somebody exchanges
    /// them. The newest comes first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_images: Vec<EarlierImage>,
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
    /// Its generation.
    #[serde(default)]
    pub generation: ImageGeneration,
    /// The key that it was made with. `None` for one of release 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
}

impl HostRecord {
    /// Whether an image that shows this tag is another one than the last that was built.
    pub fn outdates(&self, shown: Option<ImageTag>) -> bool {
        self.image.as_ref().is_some_and(|last| Some(last.tag) != shown)
    }
}

impl<'a> From<&'a HostRecord> for HostRef<'a> {
    fn from(host: &'a HostRecord) -> Self {
        Self {
            id: host.id,
            site: host.spec.site.as_ref(),
            labels: &host.spec.labels,
            attempt: host.lease.attempt.as_ref().map(|attempt| attempt.id),
        }
    }
}

impl Lease {
    /// Whether there is no mark and no open attempt.
    pub fn is_idle(&self) -> bool {
        self.mark.is_none() && self.open_attempt().is_none()
    }

    /// The latest attempt, if it has not ended.
    pub fn open_attempt(&self) -> Option<&Attempt> {
        self.attempt.as_ref().filter(|attempt| attempt.is_open())
    }
}
