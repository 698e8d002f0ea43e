//! The server of the database: a process that is killed as well, or a cluster of three.

use super::{Result, fail, galera::Galera, plan::Rng};
use clap::ValueEnum;
use sqlx::{AnyConnection, Connection as _, any::install_default_drivers};
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    sync::{Mutex, RwLock, RwLockReadGuard},
    time::{Instant, sleep},
};

/// By then it must take connections, also after a crash.
const START: Duration = Duration::from_mins(1);

/// Which database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    #[default]
    Sqlite,
    Mariadb,
    Postgres,
    /// The server that `IPXE_ORCH_TEST_MSSQL` names, which is not killed
    Mssql,
    /// Three nodes of MariaDB
    Galera,
}

/// A database server, whose commits survive what this program does to it.
#[derive(Debug)]
pub(crate) struct Engine {
    kind: Kind,
    folder: TempDir,
    port: u16,
    process: Mutex<Option<Child>>,
    galera: Option<Galera>,
    /// Who cannot do without it for a while.
    users: RwLock<()>,
}

impl Engine {
    /// None for SQLite, and for a server of somebody else.
    pub(crate) fn new(kind: Kind) -> Result<Option<Self>> {
        if matches!(kind, Kind::Sqlite | Kind::Mssql) {
            return Ok(None);
        }
        install_default_drivers();
        let folder = tempfile::Builder::new().prefix("ipxe-orch-database-").tempdir()?;
        // PostgreSQL runs as another user if this program runs as root.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let (process, users) = (Mutex::default(), RwLock::default());
        let galera = (kind == Kind::Galera).then(|| Galera::new(folder.path()));
        Ok(Some(Self { kind, folder, port, process, galera, users }))
    }

    /// The database, at the node next to a server if there are several.
    pub(crate) fn url(&self, server: usize) -> String {
        let port = self.port;
        if let Some(galera) = &self.galera {
            return galera.url(server);
        }
        match self.kind {
            Kind::Postgres => format!("postgres://root@127.0.0.1:{port}/postgres?sslmode=disable"),
            _ => format!("mysql://root@127.0.0.1:{port}/ipxe?ssl-mode=disabled"),
        }
    }

    /// Makes an empty database, and starts the server.
    pub(crate) async fn set_up(&self) -> Result<()> {
        if let Some(galera) = &self.galera {
            return galera.set_up().await;
        }
        let data = self.data();
        let made = if self.kind == Kind::Postgres {
            if is_root() {
                let owned = ["-d", "-o", "postgres"];
                Command::new("install").args(owned).arg(&data).status().await?;
            }
            let mut initdb = postgres("initdb")?;
            initdb.arg("-D").arg(&data);
            initdb.args(["-U", "root", "--auth=trust", "--locale=C.UTF-8"]).output().await?
        } else {
            let sql = "CREATE DATABASE IF NOT EXISTS ipxe;\n";
            fs::write(self.folder.path().join("init.sql"), sql)?;
            let mut install = Command::new("mariadb-install-db");
            install.arg("--no-defaults").arg(named("datadir", &data)).args(as_root());
            let options = ["--skip-test-db", "--auth-root-authentication-method=normal"];
            install.args(options).output().await?
        };
        if !made.status.success() {
            return fail(format!("no database: {}", String::from_utf8_lossy(&made.stderr)));
        }
        *self.process.lock().await = Some(self.start().await?);
        Ok(())
    }

    /// Until it is given back, the server is not killed.
    pub(crate) async fn is_there(&self) -> RwLockReadGuard<'_, ()> {
        self.users.read().await
    }

    /// Looks whether all nodes of a cluster hold the same.
    pub(crate) async fn compare(&self) -> Result<()> {
        match &self.galera {
            Some(galera) => galera.compare().await,
            None => Ok(()),
        }
    }

    /// Kills the server, and starts it again after a pause. What happens to the nodes of a cluster is
    /// chosen at random.
    pub(crate) async fn kill(&self, rng: &mut Rng) -> Result<()> {
        let _users = self.users.write().await;
        let pause = rng.millis(500);
        if let Some(galera) = &self.galera {
            return galera.disturb(rng, pause).await;
        }
        let mut process = self.process.lock().await;
        if let Some(process) = process.as_mut() {
            process.kill().await?;
        }
        sleep(pause).await;
        *process = Some(self.start().await?);
        Ok(())
    }

    /// Starts the server, and waits until it has recovered from its death. What the former one has left behind
    /// may keep it from starting for a moment.
    async fn start(&self) -> Result<Child> {
        let until = Instant::now() + START;
        let mut process = self.spawn()?;
        while AnyConnection::connect(&self.url(0)).await.is_err() {
            if Instant::now() > until {
                let log = fs::read_to_string(self.log())?;
                return fail(format!("the database does not start: {log}"));
            }
            sleep(Duration::from_millis(20)).await;
            if process.try_wait()?.is_some() {
                process = self.spawn()?;
            }
        }
        Ok(process)
    }

    fn spawn(&self) -> Result<Child> {
        let port = self.port.to_string();
        let mut command = if self.kind == Kind::Postgres {
            let mut command = postgres("postgres")?;
            command.arg("-D").arg(self.data()).arg("-k").arg(self.data());
            command.args(["-h", "127.0.0.1", "-p", &port, "-c", "max_connections=200"]);
            command
        } else {
            let folder = self.folder.path();
            let mut command = Command::new("mariadbd");
            command.arg("--no-defaults").arg(named("datadir", &self.data())).args(as_root());
            command.arg(named("socket", &folder.join("socket")));
            command.arg(named("pid-file", &folder.join("pid")));
            command.arg(named("init-file", &folder.join("init.sql")));
            command.args(["--bind-address=127.0.0.1", "--skip-log-bin", "--port", &port]);
            command.args(["--innodb-flush-log-at-trx-commit=1", "--innodb-doublewrite=ON"]);
            command
        };
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log())?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        Ok(command.spawn()?)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

fn named(option: &str, path: &Path) -> String {
    format!("--{option}={}", path.display())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn as_root() -> Option<&'static str> {
    is_root().then_some("--user=root")
}

/// A program of the newest PostgreSQL; it does not run as root.
fn postgres(program: &str) -> Result<Command> {
    let versions = fs::read_dir("/usr/lib/postgresql")?;
    let mut versions: Vec<PathBuf> = versions.flatten().map(|entry| entry.path()).collect();
    versions.sort();
    let program = versions.pop().ok_or("no PostgreSQL")?.join("bin").join(program);
    if !is_root() {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    Ok(command)
}
