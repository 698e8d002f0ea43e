//! The parts of this machine put together: keys, database, profiles, media.

use crate::{
    config::{Config, Database, SetBy},
    heads::compare,
    media::{MediaDir, MediaError},
    profiles::built_in,
    service::{
        firmware::FirmwareService, images::ImageService, keys::KeyService, media::MediaService,
    },
};
use ipxe_orch_backends::{
    handlebars::HandlebarsRenderer,
    local::{
        DataDir, FileError, FileKeys, HighWaterMark, SystemClock, SystemRandom, read_profiles,
    },
    sql::{EventRetention, OpenError, SqliteOptions, SqliteStore},
};
use ipxe_orch_core::{
    auth::{Granted, OperatorAuthorizer, Record},
    ids::{ChainId, Epoch},
    lease::Limits,
    orchestrator::{Caller, EventSink, Orchestrator, OrchestratorError, Parts},
    profile::ProfileVersion,
    stores::{BootEvent, Store},
    time::{Clock as _, Random as _},
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
        /// Which.
        url: String,
        /// Why.
        source: OpenError,
    },
    /// The media of a profile.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// A profile could not be stored.
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
    /// `events` makes the sink for what happens at boot.
    ///
    /// # Errors
    /// [`RuntimeError`] names the file or the database.
    pub async fn open(
        config: Config,
        events: impl FnOnce(Arc<dyn Store>) -> Arc<dyn EventSink>,
    ) -> Result<Self, RuntimeError> {
        let mut notices = Vec::new();
        let clock = Arc::new(SystemClock);
        let folder = DataDir::open(&config.data_dir.value)?;
        // The database first: one that cannot be opened leaves no keys behind.
        let store = open_database(&config, &folder, &mut notices).await?;
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
            authorizer: Arc::new(OperatorAuthorizer),
            events: events(store),
            clock,
            random: Arc::new(SystemRandom),
        };
        let orchestrator = Arc::new(Orchestrator::new(parts, Limits::default()));
        let mark = HighWaterMark::new(folder.audit_head());
        let compared = compare(&orchestrator, &mark, None).await;
        compared.map_err(OrchestratorError::from)?;
        Ok(Self { config, orchestrator, keys, media, folder, notices })
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

    /// The work on firmware.
    pub fn firmware_service(&self) -> FirmwareService {
        let (folder, dirs) = (self.folder.path().join("firmware"), &self.config.firmware_dirs);
        FirmwareService::new(self.orchestrator.clone(), folder, dirs.value.clone())
    }

    /// The work on boot images.
    pub fn image_service(&self) -> ImageService {
        ImageService::new(self.orchestrator.clone())
    }

    /// The work on keys.
    pub fn key_service(&self) -> KeyService {
        KeyService::new(self.orchestrator.clone(), self.keys.clone())
    }

    /// What was made because it was not there, for the operator.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Stores the profiles that this program has at hand, where the stored ones differ. Says what
    /// it stored.
    ///
    /// # Errors
    /// [`RuntimeError`] for a profile that is wrong, or cannot be stored.
    pub async fn sync_profiles(&self, caller: &Caller) -> Result<Vec<String>, RuntimeError> {
        let mut stored = Vec::new();
        for version in profiles(&self.config)? {
            let version = self.pinned(caller, version).await?;
            if self.orchestrator.put_profile(caller, &version).await? {
                let name = &version.profile().name;
                let digest = version.digest().to_string();
                let digest = digest.get(..12).unwrap_or_default().to_owned();
                stored.push(format!("stored profile {name}, version {digest}"));
            }
        }
        Ok(stored)
    }

    /// With the contents of the media that are here. Of those that are not, the stored version's
    /// stay if it is the same otherwise: another server may have them.
    async fn pinned(
        &self,
        caller: &Caller,
        version: ProfileVersion,
    ) -> Result<ProfileVersion, RuntimeError> {
        let mut lock = self.media.lock(&version).await?;
        let stored = self.orchestrator.profile(caller, &version.profile().name).await?;
        if let Some(stored) = stored.filter(|stored| stored.is_like(&version)) {
            for (name, content) in &stored.lock().0 {
                lock.0.entry(name.clone()).or_insert(*content);
            }
        }
        Ok(version.with_lock(lock))
    }
}

/// The profiles that this program has at hand: the built-in ones, then those of `profile_dirs`, of
/// which the last of a name counts.
///
/// # Errors
/// [`FileError`] for a folder that is not there, unless it is the default one, and for a profile
/// that is wrong.
pub fn profiles(config: &Config) -> Result<Vec<ProfileVersion>, FileError> {
    let mut all = built_in();
    for folder in &config.profile_dirs.value {
        if config.profile_dirs.set_by == SetBy::Default && !folder.exists() {
            continue;
        }
        for version in read_profiles(folder)? {
            all.retain(|other| other.profile().name != version.profile().name);
            all.push(version);
        }
    }
    Ok(all)
}

async fn open_database(
    config: &Config,
    folder: &DataDir,
    notices: &mut Vec<String>,
) -> Result<Arc<dyn Store>, RuntimeError> {
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
    if new {
        notices.push(format!("made a new database: {}", config.database.value));
    }
    Ok(Arc::new(store))
}

async fn open_sqlite(
    path: &Path,
    chain: ChainId,
    keep: EventRetention,
) -> Result<SqliteStore, OpenError> {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    let epoch = Epoch(uuid::Builder::from_random_bytes(bytes).into_uuid());
    let mut options = SqliteOptions::new(path.to_owned(), chain, epoch, SystemClock.now());
    options.keep_events = keep;
    SqliteStore::open(options).await
}
