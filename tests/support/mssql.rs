//! A database on the SQL Server that `IPXE_ORCH_TEST_MSSQL` names.

#[path = "../../ipxe-orch-backends/tests/shared/ado.rs"]
mod ado;

use super::Result;
use std::thread;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// It is dropped with this.
pub(crate) struct Database {
    name: String,
    pub(crate) url: String,
    pub(crate) password: String,
}

impl Database {
    /// A new one. Without a server, there is none, and it says so.
    pub(crate) fn new() -> Result<Option<Self>> {
        if ado::is_skipped() {
            return Ok(None);
        }
        let random = TempDir::new()?;
        let random = random.path().file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name = format!("test_{}", random.replace('.', ""));
        let (url, password) = ado::url(&name)?;
        Runtime::new()?.block_on(ado::create(&name))?;
        Ok(Some(Self { name, url, password }))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = self.name.clone();
        let remove = move || Runtime::new().map(|runtime| runtime.block_on(ado::remove(&name)));
        if !matches!(thread::spawn(remove).join(), Ok(Ok(Ok(())))) {
            eprintln!("database {} is left", self.name);
        }
    }
}
