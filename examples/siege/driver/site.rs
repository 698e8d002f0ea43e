//! The installation under test: folder, keys, hosts.

use super::{Options, Result, install};
use ipxe_orch_backends::local::{DataDir, FileKeys, SystemClock};
use ipxe_orch_core::{
    boot::ImageIdentity,
    ids::{HostId, ImageGeneration},
    keys::{KeyProvider as _, Purpose},
};
use serde_json::Value;
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::process::Command;

/// The first boots its disk, the second installs, the third is the attackers'.
const FLEET: &str = "name,mac,address,profile\n\
    disk,52:54:00:00:00:01,10.0.0.1/24,tiny\n\
    installs,52:54:00:00:00:02,10.0.0.2/24,tiny\n\
    stolen,52:54:00:00:00:03,10.0.0.3/24,tiny\n";

pub(crate) struct Site {
    program: PathBuf,
    folder: PathBuf,
    pub(crate) boot_request: String,
}

impl Site {
    pub(crate) async fn new(options: &Options) -> Result<Self> {
        let program = match &options.program {
            Some(program) => fs::canonicalize(program)?,
            None => built_program()?,
        };
        let folder = tempfile::Builder::new().prefix("ipxe-orch-siege-").tempdir()?.keep();
        let mut site = Self { program, folder, boot_request: String::new() };
        let media = site.folder.join("media/tiny");
        fs::create_dir_all(&media)?;
        fs::write(media.join("vmlinuz"), "vmlinuz")?;
        fs::write(media.join("initrd.img"), "initrd")?;
        fs::write(media.join("disk.img"), vec![b'd'; 64 * 1024])?;
        site.cli(&["database", "init"]).await?;
        let file = site.folder.join("fleet.csv");
        fs::write(&file, FLEET)?;
        site.cli(&["hosts", "import", path_str(&file)?, "--yes"]).await?;
        site.boot_request = site.request("disk").await?;
        Ok(site)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Nothing but what is said here counts.
    pub(crate) fn prepare(&self, command: &mut Command) {
        let database = self.folder.join("orch.db");
        command.current_dir(&self.folder).env_clear();
        command.env("PATH", "/usr/bin:/bin");
        command.env("IPXE_ORCH_DATABASE", format!("sqlite://{}", database.display()));
        command.env("IPXE_ORCH_DATA_DIR", self.folder.join("data"));
        command.env("IPXE_ORCH_MEDIA_DIR", self.folder.join("media"));
    }

    /// What a command of the command line printed.
    async fn cli(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        self.prepare(&mut command);
        let output = command.args(arguments).kill_on_drop(true).output().await?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("ipxe-orch {}: {}: {errors}", arguments.join(" "), output.status).into())
    }

    /// The boot request of a host's image.
    async fn request(&self, name: &str) -> Result<String> {
        let shown: Value =
            serde_json::from_str(&self.cli(&["hosts", "show", name, "--json"]).await?)?;
        let text = |key: &str| shown.get(key).and_then(Value::as_str).unwrap_or_default();
        let host: HostId = text("id").parse().map_err(|_| "a host without an id")?;
        let mac = shown.pointer("/spec/nics/0/mac").and_then(Value::as_str).ok_or("no MAC")?;
        let folder = DataDir::open(&self.folder.join("data"))?;
        let keys = FileKeys::open(&folder.keys(), Arc::new(SystemClock))?;
        let key = keys.active(Purpose::Image).await?;
        let image = ImageIdentity::derive(&key, host, ImageGeneration(0));
        let secret = image.secret.reveal();
        let query = format!("h={host}&g=0&k={}&t={}&m={mac}", key.id, *secret);
        Ok(format!("/boot/v1/script?{query}&u=&s=&f=pcbios&a=i386"))
    }

    /// Marks the host that installs, and boots it up to its ticket.
    pub(crate) async fn begin_install(&self, server: SocketAddr) -> Result<String> {
        self.mark("installs", server).await
    }

    /// A ticket of an install that runs, in the wrong hands.
    pub(crate) async fn attackers_ticket(&self, server: SocketAddr) -> Result<String> {
        let ticket = self.mark("stolen", server).await?;
        install::claim(server, &ticket).await?;
        Ok(ticket)
    }

    async fn mark(&self, name: &str, server: SocketAddr) -> Result<String> {
        // Of the attack before, if there was one.
        self.cli(&["hosts", "abandon", name]).await.ok();
        self.cli(&["hosts", "mark", name]).await?;
        install::offer(server, &self.request(name).await?).await
    }

    pub(crate) fn remove(&self) -> Result<()> {
        Ok(fs::remove_dir_all(&self.folder)?)
    }
}

/// An address of this machine on which nobody listens.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// The program that cargo built beside this one, which is in `examples`.
fn built_program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let profile = own.parent().and_then(Path::parent).ok_or("a program outside of target/")?;
    let program = profile.join("ipxe-orch");
    if program.exists() {
        return Ok(program);
    }
    let shown = program.display();
    Err(format!("{shown} is missing: run `cargo build --workspace` first").into())
}

fn path_str(path: &Path) -> Result<&str> {
    Ok(path.to_str().ok_or("the folder's path is not UTF-8")?)
}
