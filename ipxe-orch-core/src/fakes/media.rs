//! Media that are not there.

use crate::{
    error::StoreError,
    media::{MediaFault, MediaFile, MediaLibrary},
    profile::PinnedMedia,
};
use async_trait::async_trait;

/// A media library without any file: no profile that needs one is offered.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyMedia;

#[async_trait]
impl MediaLibrary for EmptyMedia {
    async fn contains(&self, _: &PinnedMedia) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn open(
        &self,
        _: &PinnedMedia,
        _: Option<&str>,
    ) -> Result<Option<MediaFile>, MediaFault> {
        Err(MediaFault::new("there are no media"))
    }
}
