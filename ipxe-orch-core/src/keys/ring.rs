//! A set of keys of all purposes, and the TOML text in which a file keeps it.

use super::{Key, KeyProvider, KeyState, Purpose};
use crate::{
    error::StoreError,
    ids::KeyId,
    time::{Random, Timestamp},
};
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::Zeroizing;

/// A set of keys in memory. It is also the reference implementation of [`KeyProvider`].
///
/// # Example
///
/// After a rotation, new things are made with the new key, and the old key still counts:
///
/// ```
/// use ipxe_orch_core::{
///     keys::{KeyProvider, KeyRing, Purpose},
///     memory::CountingRandom, // for tests only: its bytes can be predicted
///     time::Timestamp,
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (now, random) = (Timestamp::from_millis(0), CountingRandom::default());
/// let mut ring = KeyRing::generate(now, &random);
/// let old = ring.active(Purpose::Ticket).await?.id;
///
/// let new = ring.rotate(Purpose::Ticket, now, &random);
/// assert_eq!(ring.active(Purpose::Ticket).await?.id, new);
/// assert!(ring.lookup(Purpose::Ticket, old).await?.is_some());
///
/// let again = KeyRing::from_toml(&ring.to_toml())?;
/// assert_eq!(again.keys().len(), ring.keys().len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    keys: Vec<Key>,
}

/// Why a key file is refused. No message shows what is in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKeyFile {
    /// The text is not a key file.
    #[error("not a key file: {0}")]
    Format(&'static str),
    /// Two keys have the same id.
    #[error("key {0} is listed twice")]
    Twice(KeyId),
    /// Two keys of one purpose are active.
    #[error("two {0} keys are active: only one may be")]
    TwoActive(Purpose),
    /// A different key with this id is known already.
    #[error("a different key with the id {0} is known already")]
    Taken(KeyId),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    keys: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: KeyId,
    purpose: Purpose,
    state: KeyState,
    created_at: Timestamp,
    secret: Zeroizing<String>,
}

impl KeyRing {
    /// Makes a ring with one new key of each purpose.
    pub fn generate(now: Timestamp, random: &dyn Random) -> Self {
        Self { keys: Purpose::ALL.map(|purpose| Key::generate(purpose, now, random)).into() }
    }

    /// Makes a ring with one new image key only, to build images without a database.
    pub fn generate_image_key(now: Timestamp, random: &dyn Random) -> Self {
        Self { keys: vec![Key::generate(Purpose::Image, now, random)] }
    }

    /// A ring with those of its keys that have one of these purposes.
    #[must_use]
    pub fn only(&self, purposes: &[Purpose]) -> Self {
        let keys = self.keys.iter().filter(|key| purposes.contains(&key.purpose));
        Self { keys: keys.cloned().collect() }
    }

    /// The purposes of its keys, each once.
    pub fn purposes(&self) -> Vec<Purpose> {
        let has = |purpose: &Purpose| self.keys.iter().any(|key| key.purpose == *purpose);
        Purpose::ALL.into_iter().filter(has).collect()
    }

    /// Its keys. After a rotation the new key comes before the older ones.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The active key of a purpose: the same as [`KeyProvider::active`], without a runtime.
    pub fn lookup_active(&self, purpose: Purpose) -> Option<&Key> {
        self.keys.iter().find(|key| key.purpose == purpose && key.state == KeyState::Active)
    }

    /// Makes a new active key of this purpose and returns its id. The key that was active stays
    /// accepted.
    pub fn rotate(&mut self, purpose: Purpose, now: Timestamp, random: &dyn Random) -> KeyId {
        for key in self.keys.iter_mut().filter(|key| key.purpose == purpose) {
            key.state = KeyState::Accepted;
        }
        let mut key = Key::generate(purpose, now, random);
        // An id has 32 bits only, and a second key with the same id could never be found.
        while self.find(key.id).is_some() {
            key = Key::generate(purpose, now, random);
        }
        let id = key.id;
        self.keys.insert(0, key);
        id
    }

    /// Adds the keys of another ring as accepted keys. Returns the ids of those that were not known
    /// yet.
    ///
    /// # Errors
    /// [`InvalidKeyFile::Taken`] if a different key has one of the ids. In that case nothing is
    /// added.
    pub fn import(&mut self, other: &Self) -> Result<Vec<KeyId>, InvalidKeyFile> {
        let mut new = Vec::new();
        for key in &other.keys {
            match self.find(key.id) {
                None => new.push(Key { state: KeyState::Accepted, ..key.clone() }),
                Some(same) if same.secret == key.secret && same.purpose == key.purpose => {}
                Some(_) => return Err(InvalidKeyFile::Taken(key.id)),
            }
        }
        let ids = new.iter().map(|key| key.id).collect();
        self.keys.extend(new);
        Ok(ids)
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// [`InvalidKeyFile::Format`] if the text is not a key file of version 1,
    /// [`InvalidKeyFile::Twice`] and [`InvalidKeyFile::TwoActive`] if its keys contradict each
    /// other.
    pub fn from_toml(text: &str) -> Result<Self, InvalidKeyFile> {
        let format = InvalidKeyFile::Format;
        // The parser's own message quotes the text around the mistake, which may be a secret.
        let file: File = toml::from_str(text)
            .map_err(|_| format("expected TOML with `version` and `[[keys]]`"))?;
        if file.version != 1 {
            return Err(format("it was written by a newer version of ipxe-orch: update ipxe-orch"));
        }
        let mut ring = Self::default();
        for line in file.keys {
            let key = line.key().ok_or(format("a secret must be 32 bytes in base64"))?;
            if ring.find(key.id).is_some() {
                return Err(InvalidKeyFile::Twice(key.id));
            }
            let active = |k: &Key| k.purpose == key.purpose && k.state == KeyState::Active;
            if key.state == KeyState::Active && ring.keys.iter().any(active) {
                return Err(InvalidKeyFile::TwoActive(key.purpose));
            }
            ring.keys.push(key);
        }
        Ok(ring)
    }

    /// The text of the key file. It contains the secret keys: store it where nobody else can read
    /// it.
    pub fn to_toml(&self) -> Zeroizing<String> {
        let keys = self.keys.iter().map(Line::of).collect();
        Zeroizing::new(toml::to_string(&File { version: 1, keys }).unwrap_or_default())
    }

    fn find(&self, id: KeyId) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }
}

impl Line {
    fn of(key: &Key) -> Self {
        let secret = Zeroizing::new(STANDARD_NO_PAD.encode(key.secret()));
        let Key { id, purpose, state, created_at, .. } = *key;
        Self { id, purpose, state, created_at, secret }
    }

    fn key(self) -> Option<Key> {
        let mut secret = Zeroizing::new([0; 32]);
        let length = STANDARD_NO_PAD.decode_slice(self.secret.as_bytes(), secret.as_mut()).ok()?;
        let Self { id, purpose, state, created_at, .. } = self;
        let boot_prk = Arc::default();
        (length == 32).then_some(Key { id, purpose, state, created_at, secret, boot_prk })
    }
}

#[async_trait]
impl KeyProvider for KeyRing {
    async fn active(&self, purpose: Purpose) -> Result<Key, StoreError> {
        self.lookup_active(purpose).cloned().ok_or(StoreError::NotFound)
    }

    async fn lookup(&self, purpose: Purpose, id: KeyId) -> Result<Option<Key>, StoreError> {
        Ok(self.find(id).filter(|key| key.purpose == purpose).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::CountingRandom;

    const NOW: Timestamp = Timestamp::from_millis(0);

    #[tokio::test]
    async fn rotation_keeps_what_was_made_before() {
        let random = CountingRandom::default();
        let mut ring = KeyRing::generate(NOW, &random);
        let old = ring.active(Purpose::Image).await.unwrap().id;
        let new = ring.rotate(Purpose::Image, NOW, &random);
        assert_eq!(ring.active(Purpose::Image).await.unwrap().id, new);
        assert_eq!(ring.lookup_active(Purpose::Image).unwrap().id, new);
        assert!(KeyRing::default().lookup_active(Purpose::Image).is_none());
        assert!(ring.lookup(Purpose::Image, old).await.unwrap().is_some());
        assert!(ring.lookup(Purpose::Ticket, old).await.unwrap().is_none(), "one purpose each");
    }

    #[test]
    fn a_file_keeps_all_and_shows_nothing_in_debug() {
        let ring = KeyRing::generate(NOW, &CountingRandom::default());
        let text = ring.to_toml();
        let again = KeyRing::from_toml(&text).unwrap();
        assert_eq!(*again.to_toml(), *text);
        let secret = STANDARD_NO_PAD.encode(ring.keys()[0].secret());
        assert!(text.contains(&secret));
        assert!(!format!("{ring:?}").contains(&secret));
    }

    #[test]
    fn bad_files_are_refused_without_showing_them() {
        let random = CountingRandom::default();
        let text = KeyRing::generate_image_key(NOW, &random).to_toml();
        for bad in ["", "version = 1", &text.replace("secret = \"", "secret = \"x"), &text[1..]] {
            let error = KeyRing::from_toml(bad).unwrap_err().to_string();
            assert!(error.len() < 80, "{error}");
        }
        let newer = text.replace("version = 1", "version = 2");
        assert!(KeyRing::from_toml(&newer).unwrap_err().to_string().contains("newer"));
    }

    #[test]
    fn an_import_never_replaces_a_key() {
        let random = CountingRandom::default();
        let mut ring = KeyRing::generate(NOW, &random);
        let other = KeyRing::generate_image_key(NOW, &random);
        assert_eq!(ring.import(&other).unwrap(), [other.keys()[0].id]);
        assert_eq!(ring.import(&other).unwrap(), []);
        let mut forged = other.clone();
        forged.keys[0].secret = Zeroizing::new([7; 32]);
        assert_eq!(ring.import(&forged), Err(InvalidKeyFile::Taken(other.keys()[0].id)));
    }
}
