//! Databases of their own on the server of the tests.

#[path = "../shared/ado.rs"]
pub(crate) mod ado;

use ipxe_orch_backends::sql::{MssqlOptions, MssqlStore};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    time::Timestamp,
};
use std::{path::Path, thread, time::Duration};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// The options for this database, with a file of heads in the folder.
pub(crate) fn options(url: &str, folder: &Path) -> MssqlOptions {
    let epoch = Epoch(Uuid::from_bytes([7; 16]));
    let now = Timestamp::from_millis(1_790_000_000_000);
    let heads = folder.join("ipxe-orch-heads");
    MssqlOptions::from_url(url, heads, ChainId::from_bytes([1; 16]), epoch, now).unwrap()
}

/// A database, and a folder for the file beside it.
pub(crate) struct Place {
    pub(crate) name: String,
    folder: TempDir,
}

impl Place {
    /// A new database, with the name of the folder.
    pub(crate) async fn new() -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let random = folder.path().file_name().unwrap().to_string_lossy().replace('.', "");
        let name = format!("test_{random}").to_lowercase();
        ado::create(&name).await.unwrap();
        Self { name, folder }
    }

    pub(crate) fn options(&self) -> MssqlOptions {
        let (url, password) = ado::url(&self.name).unwrap();
        let mut options = options(&url, self.folder.path()).with_password(&password);
        // A server of tests may be slow with its first statements.
        options.acquire_timeout = Duration::from_mins(1);
        options
    }
}

/// Nobody else deletes the databases of a server that stays.
impl Drop for Place {
    fn drop(&mut self) {
        let name = self.name.clone();
        let remove = async move {
            if let Err(error) = ado::remove(&name).await {
                eprintln!("database {name} is left: {error}");
            }
        };
        thread::spawn(move || Runtime::new().unwrap().block_on(remove)).join().ok();
    }
}

pub(crate) async fn open(place: &Place) -> MssqlStore {
    MssqlStore::open(place.options()).await.unwrap()
}
