//! What of a host a boot request is compared with.

use super::{EarlierImage, HostRecord, images::accepts};
use crate::{
    host::{Mac, Serial},
    ids::{HostId, ImageGeneration, ImageTag, KeyId},
    names::HostName,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The little of a host that decides nearly all boot requests: those of machines that boot their own
/// disk. A store may keep it in one narrow row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootRecord {
    /// The host.
    pub id: HostId,
    /// Its name.
    pub name: HostName,
    /// The MAC addresses of its NICs.
    pub macs: BTreeSet<Mac>,
    /// Its UUID, if it is registered.
    pub uuid: Option<Uuid>,
    /// Its serial number, if it is registered.
    pub serial: Option<Serial>,
    /// As in [`HostRecord`].
    pub image_generation: ImageGeneration,
    /// As in [`HostRecord`].
    pub image_key: Option<KeyId>,
    /// As in [`HostRecord`].
    pub earlier_images: Vec<EarlierImage>,
    /// The tag of the last image that was built.
    pub image_tag: Option<ImageTag>,
    /// Images of an older generation are revoked.
    pub min_image_generation: ImageGeneration,
    /// Whether it has no mark and no open attempt. Then it boots its own disk, held or not.
    pub is_idle: bool,
}

impl BootRecord {
    /// Of a whole host.
    pub fn of(host: &HostRecord) -> Self {
        let (spec, lease) = (&host.spec, &host.lease);
        Self {
            id: host.id,
            name: spec.name.clone(),
            macs: spec.nics.iter().map(|nic| nic.mac).collect(),
            uuid: spec.uuid,
            serial: spec.serial.clone(),
            image_generation: host.image_generation,
            image_key: host.image_key,
            earlier_images: host.earlier_images.clone(),
            image_tag: host.image.as_ref().map(|image| image.tag),
            min_image_generation: lease.min_image_generation,
            is_idle: lease.is_idle(),
        }
    }

    /// As [`HostRecord::accepts_image`].
    pub fn accepts_image(&self, generation: ImageGeneration, key: KeyId, imported: bool) -> bool {
        let newest = EarlierImage { generation: self.image_generation, key: self.image_key };
        accepts(newest, &self.earlier_images, generation, key, imported)
    }

    /// Whether an image that shows this tag is another one than the last that was built.
    pub fn outdates(&self, shown: Option<ImageTag>) -> bool {
        self.image_tag.is_some() && self.image_tag != shown
    }
}
