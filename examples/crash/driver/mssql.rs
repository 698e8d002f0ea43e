//! A SQL Server of somebody else, which is not killed: `IPXE_ORCH_TEST_MSSQL` names it.

#[expect(dead_code, reason = "the tests of the stores use all of it")]
#[path = "../../../ipxe-orch-backends/tests/shared/ado.rs"]
mod ado;

use super::Result;
use ipxe_orch_backends::local::SystemRandom;
use ipxe_orch_core::time::Random as _;
use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// A database of its own on that server.
#[derive(Debug)]
pub(crate) struct Mssql {
    name: String,
    url: String,
    password: String,
    password_file: PathBuf,
}

impl Mssql {
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let mut random = [0; 4];
        SystemRandom.fill(&mut random);
        let name = format!("crash_{:08x}", u32::from_be_bytes(random));
        let (url, password) = ado::url(&name)?;
        Ok(Self { name, url, password, password_file: folder.join("database-password") })
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    pub(crate) fn password(&self) -> String {
        self.password.clone()
    }

    pub(crate) fn password_file(&self) -> &Path {
        &self.password_file
    }

    pub(crate) async fn set_up(&self) -> Result<()> {
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).mode(0o600).open(&self.password_file)?;
        writeln!(file, "{}", self.password)?;
        ado::create(&self.name).await
    }

    pub(crate) async fn remove(&self) -> Result<()> {
        ado::remove(&self.name).await
    }

    /// Counts rows.
    pub(crate) async fn number(&self, sql: &'static str) -> Result<i64> {
        let mut client = ado::connected(&self.name).await?;
        let row = client.simple_query(sql).await?.into_row().await?;
        let count: Option<i32> = row.map_or(Ok(None), |row| row.try_get(0))?;
        Ok(count.ok_or("no count")?.into())
    }
}
