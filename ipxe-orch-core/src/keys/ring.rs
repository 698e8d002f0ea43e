//! Keys of all purposes, and the text in which a file keeps them.

use super::{Key, KeyProvider, KeyState, Purpose};
use crate::{
    error::StoreError,
    ids::KeyId,
    time::{Random, Timestamp},
};
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Keys in memory; also the reference of [`KeyProvider`].
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    keys: Vec<Key>,
}

/// Why a key file is refused; never shows what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKeyFile {
    /// Not the text of a key file.
    #[error("not a key file: {0}")]
    Format(&'static str),
    /// Two keys of one id.
    #[error("key {0} stands twice")]
    Twice(KeyId),
    /// Two active keys of one purpose.
    #[error("two active {0} keys")]
    TwoActive(Purpose),
    /// Another key has this id.
    #[error("another key has the id {0}")]
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
    /// A ring with one new key of each purpose.
    pub fn generate(now: Timestamp, random: &dyn Random) -> Self {
        Self { keys: Purpose::ALL.map(|purpose| Key::generate(purpose, now, random)).into() }
    }

    /// A ring with one new image key: for making images without a database.
    pub fn generate_image_key(now: Timestamp, random: &dyn Random) -> Self {
        Self { keys: vec![Key::generate(Purpose::Image, now, random)] }
    }

    /// Its keys, the newest of each purpose first.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Makes a new active key; the one before stays accepted. Gives the new key's id.
    pub fn rotate(&mut self, purpose: Purpose, now: Timestamp, random: &dyn Random) -> KeyId {
        for key in self.keys.iter_mut().filter(|key| key.purpose == purpose) {
            key.state = KeyState::Accepted;
        }
        let mut key = Key::generate(purpose, now, random);
        while self.find(key.id).is_some() {
            key = Key::generate(purpose, now, random);
        }
        let id = key.id;
        self.keys.insert(0, key);
        id
    }

    /// Accepts the keys of another ring; gives the ids of those that were not known.
    ///
    /// # Errors
    /// [`InvalidKeyFile::Taken`] if a different key has one of the ids; nothing is added then.
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

    /// Reads a key file.
    ///
    /// # Errors
    /// [`InvalidKeyFile`] if it is none, or contradicts itself.
    pub fn from_toml(text: &str) -> Result<Self, InvalidKeyFile> {
        let format = InvalidKeyFile::Format;
        let file: File = toml::from_str(text)
            .map_err(|_| format("expected TOML with `version` and `[[keys]]`"))?;
        if file.version != 1 {
            return Err(format("it is of a newer version; update ipxe-orch"));
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

    /// The text of its key file. It holds the secrets: keep it from everybody else.
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
        (length == 32).then_some(Key { id, purpose, state, created_at, secret })
    }
}

#[async_trait]
impl KeyProvider for KeyRing {
    async fn active(&self, purpose: Purpose) -> Result<Key, StoreError> {
        let active = |key: &&Key| key.purpose == purpose && key.state == KeyState::Active;
        self.keys.iter().find(active).cloned().ok_or(StoreError::NotFound)
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
