//! Hosts are written to a fleet file, which an import reads.

use super::{ServiceError, work::blocking};
use ipxe_orch_core::{
    auth::SeeHosts,
    fleet::{FleetHost, FleetWriter},
    keys::Purpose,
    names::VariableName,
    orchestrator::{Caller, Orchestrator, OrchestratorError},
    stores::{HostFilter, HostRecord, StoreError},
};
use std::{
    collections::BTreeSet,
    convert::Infallible,
    error::Error,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// How often an export begins anew, if hosts are changed meanwhile.
const TRIES: u32 = 5;

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
        for _ in 0..TRIES {
            let columns = self.columns(caller, filter.clone()).await?;
            if let Some(exported) = self.rows(caller, filter.clone(), columns).await? {
                return Ok(exported);
            }
        }
        Err(OrchestratorError::Changed("one of the hosts".to_owned()).into())
    }

    /// Which columns the hosts need: whether those of images, and for which variables. The hosts
    /// are read twice, so that the memory does not grow with them.
    async fn columns(
        &self,
        caller: &Caller,
        mut filter: HostFilter,
    ) -> Result<(bool, BTreeSet<VariableName>), OrchestratorError> {
        let (mut enrolled, mut variables) = (false, BTreeSet::new());
        loop {
            let page = self.orchestrator.hosts(caller, &filter).await?;
            for host in &page.hosts {
                variables.extend(host.spec.values.keys().cloned());
                // Ids and keys belong to images that were made without a database. A file of other
                // hosts does not need these columns.
                enrolled = enrolled || self.is_enrolled(host).await?;
            }
            match page.next {
                None => return Ok((enrolled, variables)),
                next => filter.after = next,
            }
        }
    }

    /// The file; none if a host has got something meanwhile for which it has no column.
    async fn rows(
        &self,
        caller: &Caller,
        mut filter: HostFilter,
        (with_images, variables): (bool, BTreeSet<VariableName>),
    ) -> Result<Option<ExportedHosts>, OrchestratorError> {
        let mut writer = FleetWriter::new(with_images, variables);
        let mut hosts = 0_usize;
        loop {
            let page = self.orchestrator.hosts(caller, &filter).await?;
            for host in &page.hosts {
                let enrolled = self.is_enrolled(host).await?;
                if !writer.push(&row(host, enrolled)) || enrolled && !with_images {
                    return Ok(None);
                }
            }
            hosts = hosts.saturating_add(page.hosts.len());
            match page.next {
                None => return Ok(Some(ExportedHosts { csv: writer.finish(), hosts })),
                next => filter.after = next,
            }
        }
    }

    /// Whether the host's image was made without a database: with a key that was imported, or that
    /// is not known here. Images that were made with this database belong to it alone.
    async fn is_enrolled(&self, host: &HostRecord) -> Result<bool, StoreError> {
        let Some(id) = host.image_key else { return Ok(false) };
        let keys = self.orchestrator.keys();
        match keys.lookup(Purpose::Image, id).await? {
            Some(key) => Ok(key.imported),
            None => Ok(!keys.is_retired(id).await?),
        }
    }
}

/// The host as a row. It does not say whether the first boot installs: that was said when the host
/// was registered.
fn row(host: &HostRecord, enrolled: bool) -> FleetHost {
    let mut row = FleetHost::new(host.spec.clone());
    if enrolled {
        row.id = Some(host.id);
        row.generation = Some(host.image_generation);
        row.key_id = host.image_key;
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
