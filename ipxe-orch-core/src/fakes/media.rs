//! Media that are not there.

use crate::{error::StoreError, orchestrator::MediaLibrary, profile::PinnedMedia};
use async_trait::async_trait;

/// A media library without any file: no profile that needs one is offered.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyMedia;

#[async_trait]
impl MediaLibrary for EmptyMedia {
    async fn contains(&self, _: &PinnedMedia) -> Result<bool, StoreError> {
        Ok(false)
    }
}
