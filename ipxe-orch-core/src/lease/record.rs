//! A host as it is stored.

use super::{Attempt, Lease};
use crate::{
    host::HostSpec,
    ids::{HostId, ImageGeneration, KeyId},
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
    /// Its installs.
    pub lease: Lease,
}

impl Lease {
    /// The latest attempt, if it has not ended.
    pub fn open_attempt(&self) -> Option<&Attempt> {
        self.attempt.as_ref().filter(|attempt| attempt.is_open())
    }
}
