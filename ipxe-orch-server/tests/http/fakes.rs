//! Parts that fail, named by how.

use async_trait::async_trait;
use ipxe_orch_core::{
    audit::{AuditEntry, ChainHead, ChainedEntry},
    auth::{Boot, ChangeHosts, Grant, Granted, ReadAudit, SeeHosts},
    digest::Digest,
    ids::{AttemptId, Epoch, HostId, KeyId, MarkId},
    keys::{Key, KeyProvider, Purpose},
    lease::{Attempt, Change},
    names::ProfileName,
    orchestrator::MediaLibrary,
    profile::{
        Defaults, PinnedMedia, ProfileVersion, RenderError, Rendered, ScriptRenderer, Syntax,
    },
    stores::{
        AuditLog, BootEvent, Discovered, EventFilter, HostFilter, HostKey, HostPage, HostRecord,
        InventoryStore, OverdueFilter, OverdueHost, ProfileStore, PutHost, StoreError,
    },
};
use serde_json::Value;
use std::time::Duration;

/// A store that does nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BrokenStore {
    /// It says so; the text is its driver's.
    Fails,
    /// It never answers.
    Hangs,
    /// It has a bug.
    Panics,
}

impl BrokenStore {
    async fn broken<T>(self) -> Result<T, StoreError> {
        match self {
            Self::Fails => Err(StoreError::Unavailable("db.internal: password rejected".into())),
            Self::Hangs => std::future::pending().await,
            Self::Panics => panic!("a bug in the store"),
        }
    }
}

#[async_trait]
impl InventoryStore for BrokenStore {
    async fn epoch(&self) -> Result<Epoch, StoreError> {
        self.broken().await
    }

    async fn lookup_host(
        &self,
        _: &Granted<SeeHosts>,
        _: &HostKey,
    ) -> Result<Option<HostRecord>, StoreError> {
        self.broken().await
    }

    async fn list_hosts(
        &self,
        _: &Granted<SeeHosts>,
        _: &HostFilter,
    ) -> Result<HostPage, StoreError> {
        self.broken().await
    }

    async fn list_overdue(
        &self,
        _: &Granted<SeeHosts>,
        _: &OverdueFilter,
    ) -> Result<Vec<OverdueHost>, StoreError> {
        self.broken().await
    }

    async fn put_hosts(
        &self,
        _: &Granted<ChangeHosts>,
        _: Epoch,
        _: &[(PutHost, AuditEntry)],
    ) -> Result<(), StoreError> {
        self.broken().await
    }

    async fn lookup_boot(
        &self,
        _: &Granted<Boot>,
        _: HostId,
    ) -> Result<Option<HostRecord>, StoreError> {
        self.broken().await
    }

    async fn lookup_attempt(
        &self,
        _: &Granted<Boot>,
        _: AttemptId,
    ) -> Result<Option<(HostRecord, Attempt)>, StoreError> {
        self.broken().await
    }

    async fn lookup_mark(&self, _: &Grant, _: MarkId) -> Result<Option<HostId>, StoreError> {
        self.broken().await
    }

    async fn apply(
        &self,
        _: &Grant,
        _: Epoch,
        _: &Change,
        _: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.broken().await
    }

    async fn record_events(&self, _: &[BootEvent]) -> Result<(), StoreError> {
        self.broken().await
    }

    async fn list_events(
        &self,
        _: &Granted<SeeHosts>,
        _: &EventFilter,
    ) -> Result<Vec<BootEvent>, StoreError> {
        self.broken().await
    }

    async fn list_discovered(&self, _: &Granted<SeeHosts>) -> Result<Vec<Discovered>, StoreError> {
        self.broken().await
    }
}

#[async_trait]
impl ProfileStore for BrokenStore {
    async fn put_profile(
        &self,
        _: &Granted<ChangeHosts>,
        _: &ProfileVersion,
        _: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.broken().await
    }

    async fn current_profile(&self, _: &ProfileName) -> Result<Option<ProfileVersion>, StoreError> {
        self.broken().await
    }

    async fn lookup_profile(
        &self,
        _: &ProfileName,
        _: &Digest,
    ) -> Result<Option<ProfileVersion>, StoreError> {
        self.broken().await
    }

    async fn list_profiles(&self) -> Result<Vec<ProfileVersion>, StoreError> {
        self.broken().await
    }

    async fn put_defaults(
        &self,
        _: &Granted<ChangeHosts>,
        _: &Defaults,
        _: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.broken().await
    }

    async fn list_defaults(&self, _: Option<&ProfileName>) -> Result<Vec<Defaults>, StoreError> {
        self.broken().await
    }
}

#[async_trait]
impl AuditLog for BrokenStore {
    async fn append_audit(&self, _: &AuditEntry) -> Result<(), StoreError> {
        self.broken().await
    }

    async fn append_audits(&self, _: &[AuditEntry]) -> Result<(), StoreError> {
        self.broken().await
    }

    async fn head(&self) -> Result<ChainHead, StoreError> {
        self.broken().await
    }

    async fn has_head(&self, _: &ChainHead) -> Result<bool, StoreError> {
        self.broken().await
    }

    async fn read_audit(
        &self,
        _: &Granted<ReadAudit>,
        _: Option<ChainHead>,
        _: u32,
    ) -> Result<Vec<ChainedEntry>, StoreError> {
        self.broken().await
    }
}

/// Keys that cannot be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LostKeys;

#[async_trait]
impl KeyProvider for LostKeys {
    async fn active(&self, _: Purpose) -> Result<Key, StoreError> {
        Err(StoreError::NotFound)
    }

    async fn lookup(&self, _: Purpose, _: KeyId) -> Result<Option<Key>, StoreError> {
        Err(StoreError::Unavailable("the key file is gone".into()))
    }
}

/// A renderer whose every value is refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FailingRenderer;

impl ScriptRenderer for FailingRenderer {
    fn expand(&self, name: &str, _: &str, s: Syntax, _: &Value) -> Result<Rendered, RenderError> {
        Err(RenderError::Value {
            template: name.to_owned(),
            path: "vars.root".to_owned(),
            syntax: s,
            why: "it is refused",
        })
    }
}

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
}
