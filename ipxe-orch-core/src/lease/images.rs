//! Which images of a host are believed.
//!
//! An image stays attached for years. So a new image key or a new generation must not make the
//! images before it worthless: a host remembers with which key its images of each generation were
//! made, until the generation is revoked or the key is retired. A key that a host was never enrolled
//! with proves nothing for it. One key for each host would be too little, because the old and the
//! new image are both in use until somebody has exchanged them.

use super::{HostRecord, ImageBuild};
use crate::ids::{ImageGeneration, KeyId};
use serde::{Deserialize, Serialize};

/// Earlier images of a host that still count: those of one generation, made with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EarlierImage {
    /// Their generation.
    pub generation: ImageGeneration,
    /// Their key. `None` for images of release 0.1: any key that was not imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
}

/// See [`HostRecord::accepts_image`].
pub(super) fn accepts(
    newest: EarlierImage,
    earlier: &[EarlierImage],
    generation: ImageGeneration,
    key: KeyId,
    imported: bool,
) -> bool {
    let known = || earlier.iter().chain([&newest]);
    let next = known().map(|image| image.generation).filter(|of| *of >= generation).min();
    let fits = |image: &EarlierImage| match image.key {
        Some(own) => own == key,
        None => !imported,
    };
    known().any(|image| Some(image.generation) == next && fits(image))
}

impl HostRecord {
    /// The largest number of [`Self::earlier_images`]. Beyond it, earlier ones must be revoked
    /// before a new generation or key is used: none is dropped in silence.
    pub const MAX_EARLIER_IMAGES: usize = 8;

    /// Whether the host was enrolled with images of this generation and key. `imported` says
    /// whether the key was made elsewhere. An image of a generation of which nothing is known has
    /// the key of the next one: generations were counted without a database.
    pub fn accepts_image(&self, generation: ImageGeneration, key: KeyId, imported: bool) -> bool {
        let newest = EarlierImage { generation: self.image_generation, key: self.image_key };
        accepts(newest, &self.earlier_images, generation, key, imported)
    }

    /// Whether one of its images that count may have been made with this key.
    pub fn uses_image_key(&self, key: KeyId, imported: bool) -> bool {
        let earlier = self.earlier_images.iter().map(|image| image.key);
        let mut keys = earlier.chain([self.image_key]);
        keys.any(|own| own.map_or(!imported, |own| own == key))
    }

    /// Whether images of another generation or key would be one too many.
    pub fn has_too_many_images(&self) -> bool {
        self.earlier_images.len() >= Self::MAX_EARLIER_IMAGES
    }

    /// Records a build. Earlier images with another key still count. A build of an earlier
    /// generation is none: its host got another one meanwhile, and the image is outdated.
    pub fn record_image(&mut self, build: &ImageBuild) {
        if build.generation != self.image_generation {
            return;
        }
        if build.key.is_some() {
            self.enrol_image(build.generation, build.key);
        }
        self.image = Some(build.clone());
    }

    /// From now on, the newest images have this generation and key.
    pub fn enrol_image(&mut self, generation: ImageGeneration, key: Option<KeyId>) {
        let before = EarlierImage { generation: self.image_generation, key: self.image_key };
        let next = EarlierImage { generation, key };
        if before == next {
            return;
        }
        self.earlier_images.retain(|image| *image != next && *image != before);
        self.earlier_images.insert(0, before);
        self.earlier_images.truncate(Self::MAX_EARLIER_IMAGES);
        (self.image_generation, self.image_key) = (generation, key);
    }

    /// Only images of the newest generation and key count from now on.
    pub fn revoke_images(&mut self) {
        self.lease.min_image_generation = self.image_generation;
        self.earlier_images.clear();
    }

    /// Whether there is nothing that [`Self::revoke_images`] would end.
    pub fn has_no_earlier_images(&self) -> bool {
        self.earlier_images.is_empty() && self.lease.min_image_generation >= self.image_generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        host::{HostSpec, Nic},
        ids::HostId,
        lease::Lease,
    };

    const fn key(number: u8) -> KeyId {
        KeyId::from_bytes([number; 4])
    }

    fn host(image_key: Option<KeyId>) -> HostRecord {
        let nic = Nic::new("52:54:00:00:00:01".parse().unwrap());
        HostRecord {
            id: HostId::from_bytes([1; 16]),
            spec: HostSpec::new("web1".parse().unwrap(), vec![nic]),
            image_generation: ImageGeneration(0),
            image_key,
            earlier_images: Vec::new(),
            image: None,
            lease: Lease::default(),
        }
    }

    #[test]
    fn a_host_accepts_the_keys_that_it_was_enrolled_with() {
        let host = host(Some(key(1)));
        for (of, imported) in [(1, true), (1, false), (2, true), (2, false)] {
            let accepted = host.accepts_image(ImageGeneration(0), key(of), imported);
            assert_eq!(accepted, of == 1, "{of} {imported}");
        }
    }

    #[test]
    fn a_host_of_release_0_1_accepts_any_key_of_its_own_installation() {
        let mut host = host(None);
        assert!(host.accepts_image(ImageGeneration(0), key(1), false));
        assert!(!host.accepts_image(ImageGeneration(0), key(1), true));
        host.enrol_image(ImageGeneration(0), Some(key(2)));
        assert!(host.accepts_image(ImageGeneration(0), key(2), false));
        assert!(host.accepts_image(ImageGeneration(0), key(1), false), "still attached");
        assert!(!host.accepts_image(ImageGeneration(0), key(3), true));
        host.revoke_images();
        assert!(!host.accepts_image(ImageGeneration(0), key(1), false));
    }

    /// The key of a generation says nothing of another one.
    #[test]
    fn each_generation_has_its_own_keys() {
        let mut host = host(Some(key(1)));
        host.enrol_image(ImageGeneration(1), Some(key(2)));
        let accepted = |host: &HostRecord| {
            let all = (0..3).flat_map(|generation| (1..3).map(move |of| (generation, of)));
            let is = |(generation, of): &(u32, u8)| {
                host.accepts_image(ImageGeneration(*generation), key(*of), false)
            };
            all.filter(is).collect::<Vec<_>>()
        };
        assert_eq!(accepted(&host), [(0, 1), (1, 2)]);
        host.revoke_images();
        assert_eq!(host.lease.min_image_generation, ImageGeneration(1));
        assert!(host.has_no_earlier_images());
    }

    #[test]
    fn generations_that_were_counted_without_a_database_have_the_key_of_the_next() {
        let mut host = host(Some(key(1)));
        host.image_generation = ImageGeneration(3);
        assert!(host.accepts_image(ImageGeneration(1), key(1), true));
        assert!(!host.accepts_image(ImageGeneration(1), key(2), true));
        assert!(!host.accepts_image(ImageGeneration(4), key(1), true));
    }

    #[test]
    fn the_list_is_short_and_has_nothing_twice() {
        let mut host = host(Some(key(1)));
        for round in 0..40 {
            host.enrol_image(
                ImageGeneration(0),
                Some(key(1 + u8::try_from(round % 3).unwrap_or(0))),
            );
        }
        assert_eq!(host.earlier_images.len(), 2);
        for round in 0..40 {
            host.enrol_image(ImageGeneration(round), Some(key(9)));
        }
        assert_eq!(host.earlier_images.len(), HostRecord::MAX_EARLIER_IMAGES);
        assert!(host.has_too_many_images());
    }
}
