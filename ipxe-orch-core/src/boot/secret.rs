//! Boot secrets. They are derived from a key, so that an image can be made again and the database
//! contains no secret.

use crate::{
    ids::{HostId, ImageGeneration, KeyId},
    keys::Key,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use sha2::Sha256;
use std::{fmt, str::FromStr};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The secret of one host's image of one generation: 24 bytes, in base64url 32 characters.
#[derive(Clone)]
pub struct BootSecret(Zeroizing<[u8; 24]>);

/// The identity that an image is made with.
#[derive(Clone, Debug)]
pub struct ImageIdentity {
    /// The host.
    pub host: HostId,
    /// The generation of the image.
    pub generation: ImageGeneration,
    /// The key that the secret was made with.
    pub key: KeyId,
    /// The secret.
    pub secret: BootSecret,
}

impl BootSecret {
    /// HKDF-SHA256 (RFC 5869) of the image key, with host id and image generation as `info`.
    pub(crate) fn derive(key: &Key, host: HostId, generation: ImageGeneration) -> Self {
        let hkdf = Hkdf::<Sha256>::from_prk(key.boot_prk());
        let mut bytes = Zeroizing::new([0; 24]);
        let info = [host.as_bytes().as_slice(), &generation.0.to_be_bytes()];
        // HKDF fails only for more than 8,160 bytes (RFC 5869 section 2.3), and 24 are asked for; a
        // PRK must have at least 32 bytes. Zeros would match no secret of an image.
        if !hkdf.is_ok_and(|hkdf| hkdf.expand_multi_info(&info, bytes.as_mut()).is_ok()) {
            bytes.fill(0);
        }
        Self(bytes)
    }

    /// Compares in constant time, so that the time of a refusal does not show how many bytes were
    /// right.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&*other.0).into()
    }

    /// The secret as it is written into the image. Anybody who has it can boot as this host.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.0))
    }
}

impl ImageIdentity {
    /// The identity of `host`'s image of `generation`, made with `key`.
    pub fn derive(key: &Key, host: HostId, generation: ImageGeneration) -> Self {
        Self { host, generation, key: key.id, secret: BootSecret::derive(key, host, generation) }
    }
}

impl FromStr for BootSecret {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut bytes = Zeroizing::new([0; 24]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut()).map_err(drop)?;
        if length == 24 { Ok(Self(bytes)) } else { Err(()) }
    }
}

impl fmt::Debug for BootSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BootSecret(…)")
    }
}

impl PartialEq for BootSecret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other)
    }
}

impl Eq for BootSecret {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::KeyRing, memory::CountingRandom, time::Timestamp};

    #[test]
    fn host_generation_and_key_each_make_another_secret() {
        let random = CountingRandom::default();
        let now = Timestamp::from_millis(0);
        let ring = KeyRing::generate_image_key(now, &random);
        let other_ring = KeyRing::generate_image_key(now, &random);
        let (key, other_key) = (&ring.keys()[0], &other_ring.keys()[0]);
        let (a, b) = (HostId::from_bytes([1; 16]), HostId::from_bytes([2; 16]));
        let secret = BootSecret::derive(key, a, ImageGeneration(0));
        assert_eq!(secret, BootSecret::derive(key, a, ImageGeneration(0)));
        assert_ne!(secret, BootSecret::derive(key, b, ImageGeneration(0)));
        assert_ne!(secret, BootSecret::derive(key, a, ImageGeneration(1)));
        assert_ne!(secret, BootSecret::derive(other_key, a, ImageGeneration(0)));
        assert_eq!(secret.reveal().parse(), Ok(secret.clone()));
        assert!(!format!("{secret:?}").contains(&*secret.reveal()));
    }
}
