//! Services around a store in memory, for callers who may do little.

use async_trait::async_trait;
use ipxe_orch_backends::{
    local::{DataDir, FileKeys, SystemClock, SystemRandom, Threads},
    sql::{CopyEnd, SqliteOptions},
};
use ipxe_orch_core::{
    audit::AuditEntry,
    auth::{
        AccessRequest, Action, Actor, Authorizer, Decision, OperatorAuthorizer, Origin, ReadAudit,
        Scope, Subject, authorize,
    },
    ids::{ChainId, Epoch},
    lease::Limits,
    memory::{AllMedia, EventLog, MemoryStore, PlainRenderer},
    orchestrator::{Caller, Orchestrator, Parts},
    stores::{AuditStore as _, StoreError},
    time::Timestamp,
};
use ipxe_orch_server::{
    media::MediaDir,
    service::{
        audit::AuditService, databases::DatabaseService, exports::ExportService,
        firmware::FirmwareService, hosts::HostService, images::ImageService,
        imports::ImportService, keys::KeyService, media::MediaService, profiles::ProfileService,
    },
};
use std::{path::PathBuf, sync::Arc};
use tempfile::TempDir;

/// Allows one action in one scope.
pub(crate) struct Allows(pub(crate) Action, pub(crate) Scope);

#[async_trait]
impl Authorizer for Allows {
    async fn decide(&self, request: &AccessRequest<'_>) -> Result<Decision, StoreError> {
        let Self(action, scope) = self;
        let is_it = *action == request.action;
        Ok(if is_it { Decision::Allow(scope.clone()) } else { Decision::Deny })
    }
}

pub(crate) struct Site {
    pub(crate) caller: Caller,
    pub(crate) audits: AuditService,
    pub(crate) databases: DatabaseService,
    pub(crate) exports: ExportService,
    pub(crate) hosts: HostService,
    pub(crate) imports: ImportService,
    pub(crate) media: MediaService,
    pub(crate) firmware: FirmwareService,
    pub(crate) images: ImageService,
    pub(crate) keys: KeyService,
    pub(crate) profiles: ProfileService,
    store: Arc<MemoryStore>,
    folder: TempDir,
}

impl Site {
    pub(crate) fn new(authorizer: impl Authorizer + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(&folder.path().join("data")).unwrap();
        let keys = FileKeys::create(&data.keys(), Arc::new(SystemClock), &SystemRandom).unwrap();
        let keys = Arc::new(keys);
        let media = MediaDir::new(folder.path().join("media"));
        let chain = ChainId::from_bytes([1; 16]);
        let store = Arc::new(MemoryStore::new(Epoch::from_bytes([0; 16]), chain));
        let parts = Parts {
            store: store.clone(),
            keys: keys.clone(),
            renderer: Arc::new(PlainRenderer),
            media: Arc::new(AllMedia),
            authorizer: Arc::new(authorizer),
            events: Arc::new(EventLog::default()),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            workers: Arc::new(Threads::default()),
        };
        let orchestrator = Arc::new(Orchestrator::new(parts, Limits::default()));
        let database = SqliteOptions::new(
            folder.path().join("data/orch.db"),
            chain,
            Epoch::from_bytes([0; 16]),
            Timestamp::from_millis(0),
        );
        let end = CopyEnd::sqlite(database);
        let firmware = folder.path().join("data/firmware");
        let actor = Actor::User { id: "local/eve".parse().unwrap(), name: "eve".to_owned() };
        Self {
            caller: Caller::new(actor, Origin("test".to_owned())),
            audits: AuditService::new(orchestrator.clone()),
            databases: DatabaseService::new(orchestrator.clone(), end, chain),
            exports: ExportService::new(orchestrator.clone()),
            hosts: HostService::new(orchestrator.clone()),
            imports: ImportService::new(orchestrator.clone()),
            media: MediaService::new(orchestrator.clone(), media.clone()),
            profiles: ProfileService::new(orchestrator.clone(), media),
            firmware: FirmwareService::new(orchestrator.clone(), firmware, Vec::new()),
            images: ImageService::new(orchestrator.clone()),
            keys: KeyService::new(orchestrator, keys),
            store,
            folder,
        }
    }

    /// A path of the site's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// All below the folder, with each file's content.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut folders = vec![self.folder.path().to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push((path.clone(), std::fs::read(path).unwrap()));
                }
            }
        }
        files.sort();
        files
    }

    /// What the audit has.
    pub(crate) async fn audit(&self) -> Vec<AuditEntry> {
        let operator = Actor::Local { user: "test".to_owned() };
        let operator = Subject::from(operator);
        let grant = authorize::<ReadAudit>(&OperatorAuthorizer, &operator, None).await.unwrap();
        let entries = self.store.read_audit(&grant, None, 1000).await.unwrap();
        entries.iter().map(|entry| serde_json::from_str(&entry.text).unwrap()).collect()
    }
}
