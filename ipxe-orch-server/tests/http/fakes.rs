//! Parts that fail, named by how; core has more of them.

use async_trait::async_trait;
pub(crate) use ipxe_orch_core::fakes::{BrokenStore, FailingRenderer, LostKeys};
use ipxe_orch_core::{
    media::{MediaFault, MediaFile, MediaLibrary},
    profile::{PinnedMedia, RenderError, Rendered, ScriptRenderer, Syntax},
    stores::StoreError,
};
use serde_json::Value;
use std::time::Duration;

/// A renderer that makes web pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HtmlRenderer;

impl ScriptRenderer for HtmlRenderer {
    fn expand(&self, _: &str, _: &str, _: Syntax, _: &Value) -> Result<Rendered, RenderError> {
        Ok(Rendered { text: "<!doctype html>".to_owned(), places: Vec::new() })
    }
}

/// A media folder that takes its time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlowMedia(pub(crate) Duration);

#[async_trait]
impl MediaLibrary for SlowMedia {
    async fn contains(&self, _: &PinnedMedia) -> Result<bool, StoreError> {
        tokio::time::sleep(self.0).await;
        Ok(true)
    }

    async fn open(
        &self,
        _: &PinnedMedia,
        _: Option<&str>,
    ) -> Result<Option<MediaFile>, MediaFault> {
        tokio::time::sleep(self.0).await;
        Ok(None)
    }
}
