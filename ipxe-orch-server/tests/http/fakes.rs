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
    memory::PlainRenderer,
    profile::{PinnedMedia, RenderError, Rendered, ScriptRenderer, Syntax, TemplateValues},
    stores::{Store, StoreError},
};
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
    fn expand(
        &self,
        _: &str,
        _: &str,
        _: Syntax,
        _: &TemplateValues,
    ) -> Result<Rendered, RenderError> {
        Ok(Rendered { text: "<!doctype html>".to_owned(), places: Vec::new() })
    }
}

/// A renderer that is not ready before it is let go.
#[derive(Debug, Default)]
pub(crate) struct SlowRenderer {
    started: AtomicU32,
    ended: AtomicU32,
    let_go: AtomicBool,
}

impl SlowRenderer {
    /// How many texts it has begun, and how many of them it has ended.
    pub(crate) fn texts(&self) -> (u32, u32) {
        (self.started.load(Ordering::Relaxed), self.ended.load(Ordering::Relaxed))
    }

    pub(crate) fn let_go(&self) {
        self.let_go.store(true, Ordering::Relaxed);
    }
}

impl ScriptRenderer for SlowRenderer {
    fn expand(
        &self,
        name: &str,
        template: &str,
        syntax: Syntax,
        values: &TemplateValues,
    ) -> Result<Rendered, RenderError> {
        self.started.fetch_add(1, Ordering::Relaxed);
        while !self.let_go.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.ended.fetch_add(1, Ordering::Relaxed);
        PlainRenderer.expand(name, template, syntax, values)
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
forward_store!(PolicyStore for SlowStore => [inner]);
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
