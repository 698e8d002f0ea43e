//! The real server and its command line, with a database of their own.

use super::{Result, cache, mssql::Database, poll, secs};
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The address of this computer in the network of a virtual machine.
const SEEN_BY_MACHINES: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

/// Where Debian's packages install boot firmware; searched after what `scripts/setup` fetches.
const FIRMWARE_DIRS: [&str; 3] =
    ["/usr/lib/ipxe", "/usr/lib/ISOLINUX", "/usr/lib/syslinux/modules/bios"];

/// An installation of ipxe-orch: folder, database, keys and port. Its server may be running.
#[derive(Debug)]
pub(crate) struct Site {
    dir: tempfile::TempDir,
    address: SocketAddr,
    /// Further settings as environment variables.
    environment: Vec<(&'static str, PathBuf)>,
    process: Option<Child>,
}

impl Site {
    /// A new site whose server does not run yet.
    pub(crate) fn new() -> Result<Self> {
        Self::at(Ipv4Addr::LOCALHOST.into())
    }

    /// A new site whose server will listen on a free port of `address`.
    pub(crate) fn at(address: IpAddr) -> Result<Self> {
        cache("media/tiny/disk.img")?;
        Self::with_media(address, cache("media")?)
    }

    /// A new site with other media.
    pub(crate) fn with_media(address: IpAddr, media: PathBuf) -> Result<Self> {
        let site = Self::without_database(address, media)?;
        site.cli(&["database", "init"])?;
        Ok(site)
    }

    /// A new site whose database is on a server.
    pub(crate) fn on(database: &Database) -> Result<Self> {
        cache("media/tiny/disk.img")?;
        let mut site = Self::without_database(Ipv4Addr::LOCALHOST.into(), cache("media")?)?;
        let file = site.dir().join("database-password");
        let mut options = fs::File::options();
        let mut password = options.write(true).create_new(true).mode(0o600).open(&file)?;
        writeln!(password, "{}", database.password)?;
        site.set("IPXE_ORCH_DATABASE", Path::new(&database.url));
        site.set("IPXE_ORCH_DATABASE_PASSWORD_FILE", &file);
        // The keys of such a database are not beside it, and those of this machine are not ours.
        let data = site.dir().join("data");
        site.set("IPXE_ORCH_DATA_DIR", &data);
        site.cli(&["database", "init"])?;
        Ok(site)
    }

    fn without_database(address: IpAddr, media: PathBuf) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        // The port is free now, and no other test gets it.
        let address = TcpListener::bind((address, 0))?.local_addr()?;
        let environment = vec![("IPXE_ORCH_MEDIA_DIR", media)];
        Ok(Self { dir, address, environment, process: None })
    }

    /// A second server of the same fleet, with copies of this one's keys and database.
    pub(crate) fn twin(&self) -> Result<Self> {
        let twin = Self::without_database(self.address.ip(), cache("media")?)?;
        for entry in fs::read_dir(self.dir())? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), twin.dir().join(entry.file_name()))?;
            }
        }
        Ok(twin)
    }

    /// Overwrites the database in place, as a failing disk would. A server that has not used it
    /// yet has no write-ahead log.
    pub(crate) fn spoil_database(&self) -> Result<()> {
        for name in ["orch.db", "orch.db-wal"] {
            let mut file = match fs::File::options().write(true).open(self.dir().join(name)) {
                Err(error) if name.ends_with("-wal") && error.kind() == ErrorKind::NotFound => {
                    continue;
                }
                file => file?,
            };
            let length = usize::try_from(file.metadata()?.len())?;
            file.write_all(&vec![0xa5; length])?;
        }
        Ok(())
    }

    /// Adds a setting for everything that is run from now on.
    pub(crate) fn set(&mut self, variable: &'static str, value: &Path) {
        self.environment.push((variable, value.to_owned()));
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A base URL for images at which a machine reaches `port` of this computer.
    pub(crate) fn url(port: u16) -> String {
        format!("http://{SEEN_BY_MACHINES}:{port}")
    }

    /// The program with this site's settings. It uses every way to configure it.
    fn program(&self) -> Result<Command> {
        let mut command = Command::new(program()?);
        let database = format!("sqlite://{}", self.dir().join("orch.db").display());
        command.current_dir(self.dir());
        command.env("IPXE_ORCH_DATABASE", database);
        command.env("IPXE_ORCH_FIRMWARE_DIRS", std::env::join_paths(firmware_dirs())?);
        command.envs(self.environment.iter().map(|(variable, value)| (variable, value)));
        Ok(command)
    }

    /// Runs a command on this site's database and returns its output.
    ///
    /// # Errors
    /// If the command fails, with its error output.
    pub(crate) fn cli(&self, arguments: &[&str]) -> Result<String> {
        let output = self.program()?.args(arguments).stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("ipxe-orch {arguments:?}: {}: {errors}", output.status).into())
    }

    /// Imports hosts from the text of a CSV file.
    pub(crate) fn import(&self, csv: &str) -> Result<String> {
        let path = self.dir().join("fleet.csv");
        fs::write(&path, csv)?;
        self.cli(&["hosts", "import", path_str(&path)?, "--yes"])
    }

    /// Builds the image of `host`, which asks a server on `port` of this computer.
    pub(crate) fn image(&self, host: &str, port: u16) -> Result<PathBuf> {
        self.image_asking(host, &[&Self::url(port)])
    }

    /// Builds the image of `host`, which asks these servers in this order.
    pub(crate) fn image_asking(&self, host: &str, servers: &[&str]) -> Result<PathBuf> {
        self.image_for("cd", host, servers)
    }

    /// The same for a USB stick that asks a server on `port` of this computer.
    pub(crate) fn stick(&self, host: &str, port: u16) -> Result<PathBuf> {
        self.image_for("disk", host, &[&Self::url(port)])
    }

    fn image_for(&self, medium: &str, host: &str, servers: &[&str]) -> Result<PathBuf> {
        let path = self.dir().join(format!("{host}.{medium}"));
        let build = ["images", "build", "--host", host, "--medium", medium];
        let out = ["--out", path_str(&path)?, "--server"];
        self.cli(&[&build[..], &out, servers].concat())?;
        Ok(path)
    }

    /// Starts the server and waits until it is ready.
    pub(crate) fn start(&mut self) -> Result<()> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log_path())?;
        let mut command = self.program()?;
        command.args(["serve", "--listen", &self.address().to_string()]);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut process = command.spawn()?;
        let ready = poll(secs(20), || match process.try_wait()? {
            Some(status) => Err(format!("the server ended ({status}): {}", self.log()).into()),
            // It listens before it has opened its database, so only an answer shows that it is
            // ready.
            None => Ok(self.get("/readyz").ok().filter(|(status, _)| *status == 200)),
        });
        self.process = Some(process);
        ready?.map(drop).ok_or_else(|| format!("the server is not ready: {}", self.log()).into())
    }

    /// Sends a request as a machine would. Returns status and body.
    pub(crate) fn get(&self, target: &str) -> Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(self.address())?;
        write!(stream, "GET {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
        let body = answer.split_off(end.ok_or("an answer without an end of its head")? + 4);
        let status = String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap_or("").parse()?;
        Ok((status, body))
    }

    /// Kills the server, as a power cut would: nothing may depend on a clean end.
    pub(crate) fn stop(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.dir().join("server.log")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// The folders that are searched for boot loaders: first what `scripts/setup` has fetched.
pub(crate) fn firmware_dirs() -> Vec<PathBuf> {
    let fetched = super::project().join(".cache/ipxe/usr/lib/ipxe");
    std::iter::once(fetched).chain(FIRMWARE_DIRS.iter().map(PathBuf::from)).collect()
}

/// The program that cargo has built together with this test.
fn program() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let profile = test.parent().and_then(Path::parent).ok_or("a test outside of target/")?;
    let program = profile.join("ipxe-orch");
    if program.exists() {
        return Ok(program);
    }
    Err(format!("{} is missing: run `cargo build --workspace`", program.display()).into())
}

fn path_str(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()).into())
}
