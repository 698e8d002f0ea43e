//! The firmware files that images are made of.

use super::{
    ServiceError,
    work::{blocking, end},
};
use crate::firmware::{self, FirmwareError, FoundFirmware, ImportError, Imported};
use ipxe_orch_core::{
    auth::{ChangeHosts, SeeHosts},
    orchestrator::{Caller, Orchestrator},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Finds and imports firmware files.
#[derive(Clone)]
pub struct FirmwareService {
    orchestrator: Arc<Orchestrator>,
    folder: PathBuf,
    dirs: Vec<PathBuf>,
}

impl FirmwareService {
    /// Imports go to `folder`; files are looked for in `dirs`, in this order.
    pub const fn new(orchestrator: Arc<Orchestrator>, folder: PathBuf, dirs: Vec<PathBuf>) -> Self {
        Self { orchestrator, folder, dirs }
    }

    /// Where imports go.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether images take files from where imports go.
    pub fn uses_imports(&self) -> bool {
        self.dirs.contains(&self.folder)
    }

    /// The files that images are made of, and those that were passed over.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or files are missing.
    pub async fn list(
        &self,
        caller: &Caller,
    ) -> Result<FoundFirmware, ServiceError<FirmwareError>> {
        self.orchestrator.authorize::<SeeHosts>(caller, "firmware.list").await?;
        let dirs = self.dirs.clone();
        blocking(move || firmware::find(&dirs)).await
    }

    /// Copies the firmware files of `from`: a package, archive, disc, FAT volume or folder.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or nothing could be copied.
    pub async fn import(
        &self,
        caller: &Caller,
        from: &Path,
    ) -> Result<Imported, ServiceError<ImportError>> {
        let detail = Some(from.display().to_string());
        let task =
            self.orchestrator.begin::<ChangeHosts>(caller, "firmware.import", detail).await?;
        let (source, folder) = (from.to_owned(), self.folder.clone());
        let done = blocking(move || firmware::import(&source, &folder)).await;
        end(task, done, |imported| {
            let parts: Vec<_> =
                imported.sources.iter().map(|source| source.part.to_string()).collect();
            format!("{}: {}", from.display(), parts.join(", "))
        })
        .await
    }
}
