//! The parts of this machine put together: keys, database, profiles, media.

mod access;
mod database;
mod profiles;

pub use access::AccessStartError;
pub use database::{copy_end, migrate, schema};
pub use profiles::{AtHand, at_hand};

use crate::{
    config::Config,
    heads::compare,
    media::{MediaDir, MediaError},
    metrics::{DatabaseFigures, Metrics, Monitor},
    service::{
        audit::AuditService, databases::DatabaseService, exports::ExportService,
        firmware::FirmwareService, hosts::HostService, images::ImageService,
        imports::ImportService, keys::KeyService, media::MediaService, profiles::ProfileService,
    },
};
use access::Accounts;
use ipxe_orch_backends::{
    handlebars::HandlebarsRenderer,
    local::{
        DataDir, FileError, FileKeys, HighWaterMark, SystemCalendar, SystemClock, SystemRandom,
        Threads,
    },
    sql::{Counters, OpenError, OpenStore},
};
use ipxe_orch_core::{
    access_control::RoleAuthorizer,
    auth::{Authorizer, Granted, Record},
    lease::Limits,
    orchestrator::{EventSink, Orchestrator, OrchestratorError, Parts},
    stores::{BootEvent, Store},
};
use std::{path::PathBuf, sync::Arc};

/// Keys and database are open.
pub struct Runtime {
    config: Config,
    orchestrator: Arc<Orchestrator>,
    access: Accounts,
    counters: Arc<dyn Fn() -> Counters + Send + Sync>,
    keys: Arc<FileKeys>,
    media: MediaDir,
    folder: DataDir,
    notices: Vec<String>,
}

/// Why it cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// A file of the data directory, or of a profile.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database does not exist, and this call makes none.
    #[error("there is no database at {url}")]
    NoDatabase {
        /// Its URL, as configured.
        url: String,
    },
    /// The database exists, but the data directory has no keys for it.
    #[error("there is a database at {url}, but no key file {}", .keys.display())]
    NoKeys {
        /// The URL of the database.
        url: String,
        /// Where the key file should be.
        keys: PathBuf,
    },
    /// The database cannot be opened.
    #[error("the database {url}")]
    Database {
        /// The URL of the database.
        url: String,
        /// The error behind it.
        source: OpenError,
    },
    /// The media of a profile.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// A profile could not be stored, or the store does not answer.
    #[error(transparent)]
    Store(#[from] OrchestratorError),
}

/// Takes no events: for work that makes none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

impl EventSink for NoEvents {
    fn record(&self, _: &Granted<Record>, _: BootEvent) {}
}

impl Runtime {
    /// Opens the database, the data directory and the keys. Makes none of them. Installs are
    /// suspended where the database lacks what a server saw in it.
    ///
    /// `authorizer` decides who may do what; without one, the roles in the database do. `events`
    /// makes the sink for what happens at boot.
    ///
    /// # Errors
    /// [`RuntimeError::NoDatabase`] if there is no database, and [`RuntimeError::NoKeys`] if there
    /// are no keys: no file and no folder is made then. Otherwise [`RuntimeError`] names the file
    /// or the database.
    pub async fn open(
        config: Config,
        authorizer: Option<Arc<dyn Authorizer>>,
        events: impl FnOnce(Arc<dyn Store>) -> Arc<dyn EventSink>,
    ) -> Result<Self, RuntimeError> {
        let url = || config.database.value.to_string();
        if config.database.value.is_missing() {
            return Err(RuntimeError::NoDatabase { url: url() });
        }
        let keys = DataDir::at(&config.data_dir.value).keys();
        if !keys.exists() {
            return Err(RuntimeError::NoKeys { url: url(), keys });
        }
        Self::start(config, authorizer, events, Vec::new()).await
    }

    /// The same, but makes the database, the data directory and the keys if the database is to be in
    /// a file, and there is none. A database on a server is made by [`create`](Self::create) alone.
    ///
    /// # Errors
    /// As [`open`](Self::open), but never [`RuntimeError::NoDatabase`].
    pub async fn open_or_create(
        config: Config,
        authorizer: Option<Arc<dyn Authorizer>>,
        events: impl FnOnce(Arc<dyn Store>) -> Arc<dyn EventSink>,
    ) -> Result<Self, RuntimeError> {
        if !config.database.value.is_missing() {
            return Self::open(config, authorizer, events).await;
        }
        Self::create(config, authorizer, events).await
    }

    /// The same, and makes the tables of a database that is empty.
    ///
    /// # Errors
    /// As [`open`](Self::open), but never [`RuntimeError::NoDatabase`] and
    /// [`RuntimeError::NoKeys`].
    pub async fn create(
        config: Config,
        authorizer: Option<Arc<dyn Authorizer>>,
        events: impl FnOnce(Arc<dyn Store>) -> Arc<dyn EventSink>,
    ) -> Result<Self, RuntimeError> {
        let keys = DataDir::open(&config.data_dir.value)?.keys();
        let (new, path) = (!keys.exists(), keys.display().to_string());
        // The keys first: whoever finds the database finds its keys, too.
        FileKeys::open_or_create(&keys, Arc::new(SystemClock), &SystemRandom)?;
        let made = format!("made a new database: {}", config.database.value);
        let keys = if new { "made new keys" } else { "its keys are there already" };
        let notices = vec![made, format!("{keys}: back up {path}, apart from the database")];
        // Opening a file makes its tables.
        if config.database.value.path().is_none() {
            migrate(&config).await?;
        }
        Self::start(config, authorizer, events, notices).await
    }

    /// Opens what is there. `notices` is not empty if the database is to be made.
    async fn start(
        config: Config,
        authorizer: Option<Arc<dyn Authorizer>>,
        events: impl FnOnce(Arc<dyn Store>) -> Arc<dyn EventSink>,
        notices: Vec<String>,
    ) -> Result<Self, RuntimeError> {
        let clock = Arc::new(SystemClock);
        let folder = DataDir::open(&config.data_dir.value)?;
        let opened = database::open(&config, &folder).await?;
        let OpenStore { store, access: accounts, counters, .. } = opened;
        let keys = Arc::new(FileKeys::open(&folder.keys(), clock.clone())?);
        let media = MediaDir::new(&config.media_dir.value);
        let roles = || Arc::new(RoleAuthorizer::new(accounts.clone(), clock.clone()));
        let authorizer = authorizer.unwrap_or_else(|| roles());
        let access = Accounts {
            store: accounts.clone(),
            audit: store.clone(),
            authorizer: authorizer.clone(),
        };
        let parts = Parts {
            store: store.clone(),
            keys: keys.clone(),
            renderer: Arc::new(HandlebarsRenderer::new()),
            media: Arc::new(media.clone()),
            authorizer,
            events: events(store),
            clock,
            random: Arc::new(SystemRandom),
            workers: Arc::new(Threads::default()),
        };
        let orchestrator = Orchestrator::new(parts, Limits::default());
        let orchestrator = Arc::new(orchestrator.with_calendar(Arc::new(SystemCalendar)));
        let mark = HighWaterMark::new(folder.audit_head());
        let compared = compare(&orchestrator, &mark, None).await;
        compared.map_err(OrchestratorError::from)?;
        Ok(Self { config, orchestrator, access, counters, keys, media, folder, notices })
    }

    /// The settings.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// What does the work.
    pub const fn orchestrator(&self) -> &Arc<Orchestrator> {
        &self.orchestrator
    }

    /// Reads the metrics: those that `metrics` counts, and those of the database.
    pub fn monitor(&self, metrics: Arc<Metrics>) -> Monitor {
        let counters = self.counters.clone();
        Monitor::new(metrics, self.orchestrator.clone()).database(move || {
            let counted = counters();
            DatabaseFigures {
                waiting: counted.waiting,
                commits: counted.commits,
                writes: counted.jobs,
                failed_reads: counted.failed_reads,
                failed_writes: counted.failed_jobs,
            }
        })
    }

    /// The keys of the data directory.
    pub const fn keys(&self) -> &Arc<FileKeys> {
        &self.keys
    }

    /// The data directory.
    pub const fn folder(&self) -> &DataDir {
        &self.folder
    }

    /// The media folder.
    pub const fn media(&self) -> &MediaDir {
        &self.media
    }

    /// The work on media.
    pub fn media_service(&self) -> MediaService {
        MediaService::new(self.orchestrator.clone(), self.media.clone())
    }

    /// The work on profiles.
    pub fn profile_service(&self) -> ProfileService {
        ProfileService::new(self.orchestrator.clone(), self.media.clone())
    }

    /// The work on firmware.
    pub fn firmware_service(&self) -> FirmwareService {
        let (folder, dirs) = (self.folder.path().join("firmware"), &self.config.firmware_dirs);
        FirmwareService::new(self.orchestrator.clone(), folder, dirs.value.clone())
    }

    /// The work on boot images.
    pub fn image_service(&self) -> ImageService {
        ImageService::new(self.orchestrator.clone())
    }

    /// Verification of the audit, and acceptance of a restored database.
    pub fn audit_service(&self) -> AuditService {
        let mark = HighWaterMark::new(self.folder.audit_head());
        AuditService::new(self.orchestrator.clone()).with_mark(mark)
    }

    /// Copies and backups of the database.
    ///
    /// # Errors
    /// [`RuntimeError`] if the data directory has no audit chain.
    pub fn database_service(&self) -> Result<DatabaseService, RuntimeError> {
        let end = copy_end(&self.config)?;
        let chain = self.folder.chain_id(&SystemClock, &SystemRandom)?;
        Ok(DatabaseService::new(self.orchestrator.clone(), end, chain))
    }

    /// Edits of hosts.
    pub fn host_service(&self) -> HostService {
        HostService::new(self.orchestrator.clone())
    }

    /// Imports of hosts.
    pub fn import_service(&self) -> ImportService {
        ImportService::new(self.orchestrator.clone())
    }

    /// Exports of hosts.
    pub fn export_service(&self) -> ExportService {
        ExportService::new(self.orchestrator.clone())
    }

    /// The work on keys.
    pub fn key_service(&self) -> KeyService {
        KeyService::new(self.orchestrator.clone(), self.keys.clone())
    }

    /// What [`open_or_create`](Self::open_or_create) has made, for the operator.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }
}
