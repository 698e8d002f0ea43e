//! Secrets at rest: encrypted with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under a key
//! derived from the master key.

use super::{Key, KeyProvider, Purpose};
use crate::{
    error::StoreError,
    ids::{HostId, KeyId},
    names::{ProfileName, SiteName, VariableName},
    time::Random,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use hkdf::Hkdf;
use sha2::Sha256;
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

const PREFIX: &str = "sealed:v1:";
const NONCE: usize = 24;
/// The longest secret that can be sealed, in bytes.
pub const MAX_SECRET: usize = 4096;

/// Where a sealed value belongs. The value opens in this place only: it cannot be copied to another
/// host or variable.
#[derive(Clone, Copy, Debug)]
pub struct SealedPlace<'a> {
    /// The host or the defaults that the value belongs to.
    pub owner: SealedFor<'a>,
    /// The variable that the value is for.
    pub variable: &'a VariableName,
}

/// The owner of a sealed value.
#[derive(Clone, Copy, Debug)]
pub enum SealedFor<'a> {
    /// A host.
    Host(HostId),
    /// The defaults of a profile, or of a profile at a site, which many hosts share.
    Defaults(&'a ProfileName, Option<&'a SiteName>),
}

/// A secret that only the master key opens. Its text is `sealed:v1:KEYID:BASE64URL`; the bytes are
/// the nonce (24 bytes), then the ciphertext and its tag.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    key: KeyId,
    bytes: Vec<u8>,
}

/// Why a secret could not be sealed or opened. No message shows the secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The secret is longer than [`MAX_SECRET`].
    #[error("the secret has more than {MAX_SECRET} bytes")]
    TooLong,
    /// The key that it was sealed with is not in this key ring.
    #[error(
        "the secret is sealed with the master key {0}, which is not known here: import that key"
    )]
    UnknownKey(KeyId),
    /// It was changed, or it was sealed for another host or variable.
    #[error("the secret was changed or was sealed for another host or variable: set it again")]
    Foreign,
    /// The keys could not be read.
    #[error(transparent)]
    Keys(#[from] StoreError),
}

impl Sealed {
    /// Seals `secret` for `place` with the active master key and a new random nonce.
    ///
    /// # Errors
    /// [`SealError::TooLong`] if the secret has more than [`MAX_SECRET`] bytes, [`SealError::Keys`]
    /// if there is no active master key or it cannot be read.
    pub async fn seal(
        secret: &str,
        place: SealedPlace<'_>,
        keys: &dyn KeyProvider,
        random: &dyn Random,
    ) -> Result<Self, SealError> {
        if secret.len() > MAX_SECRET {
            return Err(SealError::TooLong);
        }
        let key = keys.active(Purpose::Master).await?;
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce);
        let payload = Payload { msg: secret.as_bytes(), aad: &place.bytes() };
        let sealed = cipher(&key).encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| SealError::TooLong)?;
        Ok(Self { key: key.id, bytes: [nonce.as_slice(), &sealed].concat() })
    }

    /// Decrypts the secret.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`] if its key is not known, [`SealError::Foreign`] if it was changed
    /// or does not belong to `place`, [`SealError::Keys`] if the keys cannot be read.
    pub async fn open(
        &self,
        place: SealedPlace<'_>,
        keys: &dyn KeyProvider,
    ) -> Result<Zeroizing<String>, SealError> {
        let key = keys.lookup(Purpose::Master, self.key).await?;
        let key = key.ok_or(SealError::UnknownKey(self.key))?;
        let (nonce, sealed) = self.bytes.split_first_chunk::<NONCE>().ok_or(SealError::Foreign)?;
        let payload = Payload { msg: sealed, aad: &place.bytes() };
        let opened = cipher(&key).decrypt(&XNonce::from(*nonce), payload);
        let opened = Zeroizing::new(opened.map_err(|_| SealError::Foreign)?);
        let text = std::str::from_utf8(&opened).map_err(|_| SealError::Foreign)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// What takes the place of a secret that was erased. Nothing opens it.
    pub fn erased() -> Self {
        Self { key: KeyId::from_bytes([0; 4]), bytes: vec![0; NONCE + 16] }
    }

    /// Whether the secret was erased.
    pub fn is_erased(&self) -> bool {
        *self == Self::erased()
    }

    /// The id of the key that opens it.
    pub const fn key(&self) -> KeyId {
        self.key
    }
}

impl SealedPlace<'_> {
    /// The place as bytes, which the encryption authenticates (AEAD associated data). No two places
    /// have the same bytes: an id has a fixed length, no host has the id of zeros, and no name
    /// contains a zero byte.
    fn bytes(&self) -> Vec<u8> {
        let variable = self.variable.as_str().as_bytes();
        match self.owner {
            SealedFor::Host(host) => [host.as_bytes().as_slice(), variable].concat(),
            SealedFor::Defaults(profile, site) => {
                let site = site.map_or("", SiteName::as_str);
                let (profile, site) = (profile.as_str().as_bytes(), site.as_bytes());
                [&[0; 16], profile, &[0], site, &[0], variable].concat()
            }
        }
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    let mut bytes = Zeroizing::new([0; 32]);
    let hkdf = Hkdf::<Sha256>::new(Some(b"ipxe-orch sealed value v1"), key.secret());
    // HKDF fails only for more than 8,160 bytes (RFC 5869 section 2.3), and 32 are asked for.
    if hkdf.expand(&[], bytes.as_mut()).is_err() {
        bytes.copy_from_slice(key.secret());
    }
    XChaCha20Poly1305::new((&*bytes).into())
}

impl FromStr for Sealed {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (key, bytes) =
            text.strip_prefix(PREFIX).and_then(|rest| rest.split_once(':')).ok_or(())?;
        let bytes = URL_SAFE_NO_PAD.decode(bytes).map_err(drop)?;
        let long = bytes.len() > MAX_SECRET.saturating_add(NONCE + 16);
        if bytes.len() < NONCE + 16 || long {
            return Err(());
        }
        Ok(Self { key: key.parse().map_err(drop)?, bytes })
    }
}

impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}:{}", self.key, URL_SAFE_NO_PAD.encode(&self.bytes))
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(key {})", self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::KeyRing, memory::CountingRandom, time::Timestamp};

    #[tokio::test]
    async fn a_secret_opens_in_its_place_alone() {
        let random = CountingRandom::default();
        let now = Timestamp::from_millis(0);
        let mut ring = KeyRing::generate(now, &random);
        let (name, other): (VariableName, VariableName) =
            ("a".parse().unwrap(), "b".parse().unwrap());
        let place = |id, variable| {
            let owner = SealedFor::Host(HostId::from_bytes([id; 16]));
            SealedPlace { owner, variable }
        };
        let sealed = Sealed::seal("geheim ä", place(1, &name), &ring, &random).await.unwrap();
        let again = Sealed::seal("geheim ä", place(1, &name), &ring, &random).await.unwrap();
        assert_ne!(sealed, again, "a nonce each");
        assert_eq!(sealed.to_string().parse(), Ok(sealed.clone()));
        assert!(!format!("{sealed} {sealed:?}").contains("geheim"));
        let old = ring.keys()[0].id;
        ring.rotate(Purpose::Master, now, &random);
        assert_ne!(ring.active(Purpose::Master).await.unwrap().id, old);
        assert_eq!(*sealed.open(place(1, &name), &ring).await.unwrap(), "geheim ä", "rotated");
        for wrong in [place(2, &name), place(1, &other)] {
            assert!(matches!(sealed.open(wrong, &ring).await, Err(SealError::Foreign)));
        }
        let mut changed = sealed.clone();
        changed.bytes[30] ^= 1;
        assert!(matches!(changed.open(place(1, &name), &ring).await, Err(SealError::Foreign)));
        let strange = KeyRing::generate(now, &random);
        let error = sealed.open(place(1, &name), &strange).await.unwrap_err();
        assert!(error.to_string().contains("which is not known here"), "{error}");
        let long = "x".repeat(MAX_SECRET + 1);
        let error = Sealed::seal(&long, place(1, &name), &ring, &random).await;
        assert!(matches!(error, Err(SealError::TooLong)));
    }

    #[tokio::test]
    async fn an_erased_secret_opens_nowhere() {
        let ring = KeyRing::generate(Timestamp::from_millis(0), &CountingRandom::default());
        let erased: Sealed = Sealed::erased().to_string().parse().unwrap();
        assert!(erased.is_erased());
        let variable = &"a".parse().unwrap();
        let owner = SealedFor::Host(HostId::from_bytes([7; 16]));
        let opened = erased.open(SealedPlace { owner, variable }, &ring).await;
        assert!(matches!(opened, Err(SealError::UnknownKey(_))));
    }

    /// This text was sealed before defaults could have secrets. What a database contains must open
    /// for ever, so the bytes of a host's place must not change.
    #[tokio::test]
    async fn a_secret_that_is_stored_already_opens() {
        const KEYS: &str = "version = 1\n[[keys]]\nid = 'cd266215'\npurpose = 'master'\n\
            state = 'active'\ncreated_at = 0\n\
            secret = 'r1Vw9aGBC3r3jK9LxwpmDw31HkK6+R1N5bIyjeDoPfw'\n";
        const STORED: &str = "sealed:v1:cd266215:\
            zQSkdUSY4G21oTxfNx8fBP9tJHDySqm9qkdcVVdd05avOBl1nexlTx7ObLSAkpOFmg";
        let ring = KeyRing::from_toml(KEYS).unwrap();
        let variable = &"root_password".parse().unwrap();
        let owner = SealedFor::Host(HostId::from_bytes([7; 16]));
        let stored: Sealed = STORED.parse().unwrap();
        let opened = stored.open(SealedPlace { owner, variable }, &ring).await.unwrap();
        assert_eq!(*opened, "geheim ä");
    }

    #[tokio::test]
    async fn a_shared_secret_opens_in_its_place_alone() {
        let random = CountingRandom::default();
        let ring = KeyRing::generate(Timestamp::from_millis(0), &random);
        let of = |profile: &str, site: Option<&str>| -> (ProfileName, Option<SiteName>) {
            (profile.parse().unwrap(), site.map(|site| site.parse().unwrap()))
        };
        let defaults = [of("p", None), of("p", Some("n")), of("q", None), of("p", Some("p"))];
        let nobody = HostId::from_bytes([0; 16]);
        let owners =
            defaults.iter().map(|(profile, site)| SealedFor::Defaults(profile, site.as_ref()));
        let owners = owners.chain([SealedFor::Host(nobody)]);
        let names: [VariableName; 2] = ["a".parse().unwrap(), "n".parse().unwrap()];
        let places: Vec<_> = owners
            .flat_map(|owner| names.each_ref().map(|variable| SealedPlace { owner, variable }))
            .collect();
        for (sealed_at, place) in places.iter().enumerate() {
            let sealed = Sealed::seal("geheim", *place, &ring, &random).await.unwrap();
            for (opened_at, other) in places.iter().enumerate() {
                let opens = sealed.open(*other, &ring).await.is_ok();
                assert_eq!(opens, sealed_at == opened_at, "{place:?} at {other:?}");
            }
        }
    }
}
