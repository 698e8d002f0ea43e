//! Hosts are written to a fleet file, which an import reads.

use super::{ServiceError, work::blocking};
use ipxe_orch_core::{
    auth::SeeHosts,
    fleet::{self, FleetHost},
    orchestrator::{Caller, Orchestrator},
    stores::{HostFilter, HostRecord},
};
use std::{
    convert::Infallible,
    error::Error,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Exports hosts.
#[derive(Clone)]
pub struct ExportService {
    orchestrator: Arc<Orchestrator>,
}

/// Exported hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportedHosts {
    /// The fleet file. It contains no secret.
    pub csv: Vec<u8>,
    /// How many hosts are in it.
    pub hosts: usize,
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written", .path.display())]
pub struct ExportError {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub source: io::Error,
}

impl ExportService {
    /// For the hosts of `orchestrator`.
    pub const fn new(orchestrator: Arc<Orchestrator>) -> Self {
        Self { orchestrator }
    }

    /// All hosts that `filter` wants, as a fleet file.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or the store cannot be read.
    pub async fn csv(
        &self,
        caller: &Caller,
        filter: HostFilter,
    ) -> Result<ExportedHosts, ServiceError<Infallible>> {
        self.export(caller, filter).await
    }

    /// Writes all hosts that `filter` wants to a fleet file: all of it, or nothing.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or the file cannot be written.
    pub async fn write(
        &self,
        caller: &Caller,
        filter: HostFilter,
        to: &Path,
    ) -> Result<ExportedHosts, ServiceError<ExportError>> {
        let exported = self.export(caller, filter).await?;
        let to = to.to_owned();
        blocking(move || match write(&to, &exported.csv) {
            Ok(()) => Ok(exported),
            Err(source) => Err(ExportError { path: to, source }),
        })
        .await
    }

    async fn export<E: Error + 'static>(
        &self,
        caller: &Caller,
        filter: HostFilter,
    ) -> Result<ExportedHosts, ServiceError<E>> {
        self.orchestrator.authorize::<SeeHosts>(caller, "hosts.export").await?;
        let hosts = self.orchestrator.all_hosts(caller, filter).await?;
        let rows: Vec<_> = hosts.iter().map(row).collect();
        // Ids and keys belong to images that were made without a database. A file of other hosts
        // does not need these columns.
        let enrolled = rows.iter().any(|row| row.key_id.is_some());
        let csv = if enrolled { fleet::write_enrolment(&rows) } else { fleet::write(&rows) };
        Ok(ExportedHosts { csv, hosts: rows.len() })
    }
}

/// The host as a row. It does not say whether the first boot installs: that was said when the host
/// was registered.
fn row(host: &HostRecord) -> FleetHost {
    let mut row = FleetHost::new(host.spec.clone());
    if let Some(key) = host.image_key {
        row.id = Some(host.id);
        row.generation = Some(host.image_generation);
        row.key_id = Some(key);
    }
    row
}

/// The whole file or nothing.
fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text)?;
    file.persist(path)?;
    Ok(())
}
