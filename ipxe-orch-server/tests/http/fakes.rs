//! Parts that fail, named by how; core has more of them.

use async_trait::async_trait;
pub(crate) use ipxe_orch_core::fakes::{BrokenStore, FailingRenderer, LostKeys};
use ipxe_orch_core::{
    audit::AuditEntry,
    auth::WriteGrant,
    forward_store,
    ids::Epoch,
    lease::Change,
    media::{MediaFault, MediaFile, MediaLibrary},
    profile::{PinnedMedia, RenderError, Rendered, ScriptRenderer, Syntax},
    stores::{Store, StoreError},
};
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

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

/// A store whose changes of leases are written at once, but take this long.
pub(crate) struct SlowStore {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) takes: Duration,
}

forward_store!(HostStore for SlowStore => [inner]);
forward_store!(LeaseStore for SlowStore => [inner] {
    async fn apply(
        &self,
        grant: &WriteGrant,
        epoch: Epoch,
        change: &Change,
        audit: Option<&AuditEntry>,
    ) -> Result<(), StoreError> {
        let applied = self.inner.apply(grant, epoch, change, audit).await;
        tokio::time::sleep(self.takes).await;
        applied
    }
} forward lookup_boot lookup_attempt lookup_mark list_overdue list_sealed_pins put_sealed_pins);
forward_store!(ProfileStore for SlowStore => [inner]);
forward_store!(DefaultsStore for SlowStore => [inner]);
forward_store!(EventStore for SlowStore => [inner]);
forward_store!(AuditStore for SlowStore => [inner]);

/// A media library that is not well, and counts who looks after it.
#[derive(Debug, Default)]
pub(crate) struct FailingChecks {
    checks: AtomicU32,
    mended: AtomicBool,
}

impl FailingChecks {
    pub(crate) fn checks(&self) -> u32 {
        self.checks.load(Ordering::Relaxed)
    }

    pub(crate) fn mend(&self) {
        self.mended.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl MediaLibrary for FailingChecks {
    async fn contains(&self, _: &PinnedMedia) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn open(
        &self,
        _: &PinnedMedia,
        _: Option<&str>,
    ) -> Result<Option<MediaFile>, MediaFault> {
        Err(MediaFault::new(std::io::Error::other("the disk is gone")))
    }

    async fn check(&self) -> Result<(), MediaFault> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        // Long enough for others to ask meanwhile.
        tokio::time::sleep(Duration::from_millis(1)).await;
        if self.mended.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(MediaFault::new(std::io::Error::other("the disk is gone")))
    }
}
