//! The database of the settings.

use super::RuntimeError;
use crate::config::Config;
use ipxe_orch_backends::{
    local::{DataDir, FileError, SystemClock, SystemRandom, read_credential, read_password},
    sql::{self, CopyEnd, EventRetention, OpenError, OpenStore, Schema, StoreOptions},
};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    time::Clock as _,
};
use std::{path::Path, time::Duration};

/// Opens it. The tables of a file are brought up to date. Those of a server are not: servers of
/// another version may use them, and the login of this one need not have the right.
pub(super) async fn open(config: &Config, folder: &DataDir) -> Result<OpenStore, RuntimeError> {
    let mut options = options(config, folder.chain_id(&SystemClock, &SystemRandom)?)?;
    options.migrate = options.url().path().is_some();
    sql::open_whole(&options).await.map_err(|source| error(config, source))
}

/// Looks at the tables of the database, and changes nothing.
///
/// # Errors
/// [`RuntimeError::NoDatabase`] if there is no such file; otherwise [`RuntimeError`] names the file
/// or the database.
pub async fn schema(config: &Config) -> Result<Schema, RuntimeError> {
    if config.database.value.is_missing() {
        return Err(RuntimeError::NoDatabase { url: config.database.value.to_string() });
    }
    // Whatever chain it is: nothing is written.
    let options = options(config, ChainId::generate(SystemClock.now(), &SystemRandom))?;
    sql::schema(&options).await.map_err(|source| error(config, source))
}

/// Brings the tables of the database up to date, and gives what there was before.
///
/// # Errors
/// [`RuntimeError`] names the file or the database.
pub async fn migrate(config: &Config) -> Result<Schema, RuntimeError> {
    let folder = DataDir::open(&config.data_dir.value)?;
    let options = options(config, folder.chain_id(&SystemClock, &SystemRandom)?)?;
    sql::migrate(&options).await.map_err(|source| error(config, source))
}

/// The database of the settings as one end of a copy. Nothing is opened or made, except the data
/// directory.
///
/// # Errors
/// [`RuntimeError`] names a file that cannot be used, or what is wrong with the URL.
pub fn copy_end(config: &Config) -> Result<CopyEnd, RuntimeError> {
    let folder = DataDir::open(&config.data_dir.value)?;
    let options = options(config, folder.chain_id(&SystemClock, &SystemRandom)?)?;
    CopyEnd::new(&options).map_err(|source| error(config, source))
}

fn options(config: &Config, chain: ChainId) -> Result<StoreOptions, FileError> {
    let (url, folder) = (config.database.value.url().clone(), config.data_dir.value.clone());
    let (epoch, now) = (Epoch::generate(&SystemRandom), SystemClock.now());
    let mut options = StoreOptions::new(url, folder, chain, epoch, now);
    let password = config.database_password_file.value.as_deref();
    let read = |path: &Path| {
        if config.is_credential(path) { read_credential(path) } else { read_password(path) }
    };
    options.password = password.map(read).transpose()?;
    options.keep_events = EventRetention {
        age: Duration::from_hours(u64::from(config.events_keep_days.value) * 24),
        rows: u64::from(config.events_keep_rows.value),
    };
    Ok(options)
}

fn error(config: &Config, source: OpenError) -> RuntimeError {
    RuntimeError::Database { url: config.database.value.to_string(), source }
}
