//! The installation under test: folders, keys, hosts, server processes.

use super::{
    Options, Result,
    engine::{Engine, Kind},
    fail,
    mssql::Mssql,
};
use ipxe_orch_backends::local::DataDir;
use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

/// Not the address that clients get: none of their ports is in the way of a restart.
const SERVERS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const MEDIA: [&str; 3] = ["vmlinuz", "initrd.img", "disk.img"];

/// Servers over one database, each with a data directory of its own, and the same keys in all.
#[derive(Clone, Debug)]
pub(crate) struct Site(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    program: PathBuf,
    folder: PathBuf,
    temporary: bool,
    servers: Vec<SocketAddr>,
    hosts: u32,
    /// A server of the database that is killed.
    engine: Option<Engine>,
    /// A server of the database that is not killed.
    mssql: Option<Mssql>,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Site {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let program = options.program.clone().map_or_else(built_program, Ok)?;
        let folder = match &options.folder {
            Some(folder) => folder.clone(),
            None => tempfile::Builder::new().prefix("ipxe-orch-crash-").tempdir()?.keep(),
        };
        fs::create_dir_all(&folder)?;
        // Held until all are known, so that they differ.
        let ports: Vec<_> = (0..options.servers)
            .map(|_| TcpListener::bind((SERVERS, 0)))
            .collect::<std::io::Result<_>>()?;
        let servers = ports.iter().map(TcpListener::local_addr).collect::<std::io::Result<_>>()?;
        let (temporary, hosts) = (options.folder.is_none(), options.hosts);
        let folder = fs::canonicalize(folder)?;
        let engine = Engine::new(options.database)?;
        let is_mssql = options.database == Kind::Mssql;
        let mssql = is_mssql.then(|| Mssql::new(&folder)).transpose()?;
        Ok(Self(Arc::new(Parts { program, folder, temporary, servers, hosts, engine, mssql })))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0.folder
    }

    pub(crate) fn servers(&self) -> &[SocketAddr] {
        &self.0.servers
    }

    /// The file of a SQLite database.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder().join("orch.db")
    }

    /// Whether the database is SQLite.
    pub(crate) fn is_sqlite(&self) -> bool {
        self.engine().is_none() && self.mssql().is_none()
    }

    /// The server of the database, if it is killed.
    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.0.engine.as_ref()
    }

    /// The SQL Server of the database.
    pub(crate) fn mssql(&self) -> Option<&Mssql> {
        self.0.mssql.as_ref()
    }

    /// The database, as a server reaches it.
    pub(crate) fn database_url(&self, server: usize) -> String {
        let engine = self.engine().map(|engine| engine.url(server));
        let on_server = engine.or_else(|| self.mssql().map(Mssql::url));
        on_server.unwrap_or_else(|| format!("sqlite://{}", self.database().display()))
    }

    /// The data directory of a server, of which the first is also the command line's.
    pub(crate) fn data_dir(&self, server: usize) -> PathBuf {
        self.folder().join(format!("server-{server}"))
    }

    /// The data directory of this process.
    pub(crate) fn own_data_dir(&self) -> PathBuf {
        self.folder().join("driver")
    }

    /// Keys, files to serve, hosts.
    pub(crate) async fn set_up(&self) -> Result<()> {
        let media = self.folder().join("media/tiny");
        fs::create_dir_all(&media)?;
        MEDIA.iter().try_for_each(|name| fs::write(media.join(name), name))?;
        let mut csv = "name,mac,address,profile,first_boot\n".to_owned();
        for number in 0..self.0.hosts {
            let [a, b, c, d] = number.to_be_bytes();
            let name = host_name(number);
            writeln!(csv, "{name},52:54:{a:02x}:{b:02x}:{c:02x}:{d:02x},10.{b}.{c}.{d}/8,tiny,")?;
        }
        if let Some(engine) = self.engine() {
            engine.set_up().await?;
        }
        if let Some(mssql) = self.mssql() {
            mssql.set_up().await?;
        }
        self.cli(&["database", "init"]).await?;
        let file = self.folder().join("fleet.csv");
        fs::write(&file, csv.replace("10.0.0.0/8", "10.255.0.1/8"))?;
        self.cli(&["hosts", "import", path_str(&file)?, "--yes"]).await?;
        let keys = DataDir::open(&self.data_dir(0))?.keys();
        let others = (1..self.servers().len()).map(|server| self.data_dir(server));
        for folder in others.chain([self.own_data_dir()]) {
            fs::copy(&keys, DataDir::open(&folder)?.keys())?;
        }
        Ok(())
    }

    /// The program; nothing but what is said here counts.
    pub(crate) fn command(&self, server: usize) -> Command {
        let mut command = Command::new(&self.0.program);
        command.current_dir(self.folder()).env_clear();
        command.env("IPXE_ORCH_DATABASE", self.database_url(server));
        if let Some(mssql) = self.mssql() {
            command.env("IPXE_ORCH_DATABASE_PASSWORD_FILE", mssql.password_file());
        }
        command.env("IPXE_ORCH_DATA_DIR", self.data_dir(server));
        command.env("IPXE_ORCH_MEDIA_DIR", self.folder().join("media"));
        command.env("IPXE_ORCH_LOG", "error");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.kill_on_drop(true);
        command
    }

    /// What a command of the command line printed. The server of the database lives meanwhile.
    ///
    /// # Errors
    /// What it said if it failed.
    pub(crate) async fn cli(&self, arguments: &[&str]) -> Result<String> {
        let _there = match self.engine() {
            Some(engine) => Some(engine.is_there().await),
            None => None,
        };
        let output = self.command(0).args(arguments).output().await?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        fail(format!("ipxe-orch {}: {}: {errors}", arguments.join(" "), output.status))
    }

    /// Starts a server, and waits until it takes connections.
    pub(crate) async fn start(&self, server: usize) -> Result<Process> {
        let mut process = self.spawn(server)?;
        let address = *self.servers().get(server).ok_or("no such server")?;
        let ready = async {
            while TcpStream::connect(address).await.is_err() {
                if let Some(status) = process.ended()? {
                    return fail(self.ended(server, status));
                }
                sleep(Duration::from_millis(5)).await;
            }
            Ok(())
        };
        timeout(Duration::from_secs(30), ready).await??;
        Ok(process)
    }

    /// Starts a server, and does not wait.
    pub(crate) fn spawn(&self, server: usize) -> Result<Process> {
        let address = self.servers().get(server).ok_or("no such server")?;
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log(server))?;
        let mut command = self.command(server);
        command.args(["serve", "--listen", &address.to_string()]);
        command.stdout(log.try_clone()?).stderr(log);
        Ok(Process(command.spawn()?))
    }

    pub(crate) fn ended(&self, server: usize, status: ExitStatus) -> String {
        let log = fs::read_to_string(self.log(server)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        format!("server {server} ended by itself ({status}); its last words: {lines:?}")
    }

    pub(crate) fn log(&self, server: usize) -> PathBuf {
        self.folder().join(format!("server-{server}.log"))
    }

    /// Nothing of a run that went well is needed.
    pub(crate) fn remove(&self) -> Result<()> {
        if self.0.temporary {
            fs::remove_dir_all(self.folder())?;
        }
        Ok(())
    }
}

impl Process {
    /// As a power cut ends it, seen from the program: without a word.
    pub(crate) async fn kill(mut self) -> Result<()> {
        Ok(self.0.kill().await?)
    }

    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }
}

pub(crate) fn host_name(number: u32) -> String {
    format!("host{number}")
}

/// The program that cargo built beside this one, which is in `examples` or `deps`.
fn built_program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let profile = own.parent().and_then(Path::parent).ok_or("a program outside of target/")?;
    let program = profile.join("ipxe-orch");
    if program.exists() {
        return Ok(program);
    }
    fail(format!("{} is missing: run `cargo build --workspace` first", program.display()))
}

fn path_str(path: &Path) -> Result<&str> {
    Ok(path.to_str().ok_or("the folder's path is not UTF-8")?)
}
