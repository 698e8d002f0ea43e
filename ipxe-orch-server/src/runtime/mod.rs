//! The parts of this machine put together: keys, database, profiles, media.

mod profiles;

pub use profiles::{AtHand, at_hand};

use crate::{
    config::{Config, Database},
    heads::compare,
    media::{MediaDir, MediaError},
    service::{
        exports::ExportService, firmware::FirmwareService, images::ImageService,
        imports::ImportService, keys::KeyService, media::MediaService, profiles::ProfileService,
    },
};
use ipxe_orch_backends::{
    handlebars::HandlebarsRenderer,
    local::{DataDir, FileError, FileKeys, HighWaterMark, SystemClock, SystemRandom},
    sql::{EventRetention, OpenError, SqliteOptions, SqliteStore},
};
use ipxe_orch_core::{
    auth::{Authorizer, Granted, Record},
    ids::{ChainId, Epoch},
    lease::Limits,
    orchestrator::{EventSink, Orchestrator, OrchestratorError, Parts},
    stores::{BootEvent, Store},
    time::Clock as _,
};
use std::{path::Path, sync::Arc, time::Duration};

/// Keys and database are open.
pub struct Runtime {
    config: Config,
    orchestrator: Arc<Orchestrator>,
    keys: Arc<FileKeys>,
    media: MediaDir,
    folder: DataDir,
    notices: Vec<String>,
    new_database: bool,
}

/// Why it cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// A file of the data directory, or of a profile.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database.
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
    /// Opens the data directory, the keys and the database; makes what is not there yet. Installs
    /// are suspended where the database lacks what a server saw in it.
    ///
    /// `authorizer` decides who may do what; `events` makes the sink for what happens at boot.
    ///
    /// # Errors
    /// [`RuntimeError`] names the file or the database.
    pub async fn open(
        config: Config,
        authorizer: Arc<dyn Authorizer>,
        events: impl FnOnce(Arc<dyn Store>) -> Arc<dyn EventSink>,
    ) -> Result<Self, RuntimeError> {
        let mut notices = Vec::new();
        let clock = Arc::new(SystemClock);
        let folder = DataDir::open(&config.data_dir.value)?;
        // The database first: one that cannot be opened leaves no keys behind.
        let (store, new_database) = open_database(&config, &folder).await?;
        if new_database {
            notices.push(format!("made a new database: {}", config.database.value));
        }
        let new_keys = !folder.keys().exists();
        let keys = FileKeys::open_or_create(&folder.keys(), clock.clone(), &SystemRandom)?;
        let keys = Arc::new(keys);
        if new_keys {
            let path = folder.keys().display().to_string();
            notices.push(format!("made new keys: back up {path}, apart from the database"));
        }
        let media = MediaDir::new(&config.media_dir.value);
        let parts = Parts {
            store: store.clone(),
            keys: keys.clone(),
            renderer: Arc::new(HandlebarsRenderer::new()),
            media: Arc::new(media.clone()),
            authorizer,
            events: events(store),
            clock,
            random: Arc::new(SystemRandom),
        };
        let orchestrator = Arc::new(Orchestrator::new(parts, Limits::default()));
        let mark = HighWaterMark::new(folder.audit_head());
        let compared = compare(&orchestrator, &mark, None).await;
        compared.map_err(OrchestratorError::from)?;
        Ok(Self { config, orchestrator, keys, media, folder, notices, new_database })
    }

    /// The settings.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// What does the work.
    pub const fn orchestrator(&self) -> &Arc<Orchestrator> {
        &self.orchestrator
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

    /// Whether the database was made just now. It has no profiles then: see
    /// [`ProfileService::apply`].
    pub const fn is_new(&self) -> bool {
        self.new_database
    }

    /// What was made because it was not there, for the operator.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }
}

async fn open_database(
    config: &Config,
    folder: &DataDir,
) -> Result<(Arc<dyn Store>, bool), RuntimeError> {
    let Database::Sqlite(path) = &config.database.value;
    let new = !path.exists();
    let chain = folder.chain_id(&SystemClock, &SystemRandom)?;
    let keep = EventRetention {
        age: Duration::from_hours(u64::from(config.events_keep_days.value) * 24),
        rows: u64::from(config.events_keep_rows.value),
    };
    let store = open_sqlite(path, chain, keep).await.map_err(|source| RuntimeError::Database {
        url: config.database.value.to_string(),
        source,
    })?;
    Ok((Arc::new(store), new))
}

async fn open_sqlite(
    path: &Path,
    chain: ChainId,
    keep: EventRetention,
) -> Result<SqliteStore, OpenError> {
    let epoch = Epoch::generate(&SystemRandom);
    let mut options = SqliteOptions::new(path.to_owned(), chain, epoch, SystemClock.now());
    options.keep_events = keep;
    SqliteStore::open(options).await
}
