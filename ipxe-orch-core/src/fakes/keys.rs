//! Keys that fail.

use crate::{
    error::StoreError,
    ids::KeyId,
    keys::{Key, KeyProvider, Purpose},
};
use async_trait::async_trait;

/// There is no active key, and no key can be looked up.
#[derive(Clone, Copy, Debug, Default)]
pub struct LostKeys;

#[async_trait]
impl KeyProvider for LostKeys {
    async fn active(&self, _: Purpose) -> Result<Key, StoreError> {
        Err(StoreError::NotFound)
    }

    async fn lookup(&self, _: Purpose, _: KeyId) -> Result<Option<Key>, StoreError> {
        Err(StoreError::Unavailable("the key file is gone".into()))
    }
}
