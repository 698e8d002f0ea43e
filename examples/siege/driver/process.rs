//! The server process, and what it takes.

use super::{
    Result,
    site::{Site, free_address},
};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
    process: PathBuf,
    data: PathBuf,
    log: PathBuf,
}

/// What a server takes at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) memory: u64,
    pub(crate) log: u64,
    pub(crate) data: u64,
    /// Events of hosts and of strangers.
    pub(crate) events: (i64, i64),
}

impl Server {
    /// Starts it with so many files at most, and waits until it takes connections.
    pub(crate) async fn start(site: &Site, files: u64) -> Result<Self> {
        let (address, log) = (free_address()?, site.folder().join("server.log"));
        let out = fs::File::create(&log)?;
        // Without the rest of the limit, so that the server cannot raise it.
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n \"$0\" && exec \"$@\"", &files.to_string()]);
        command.arg(site.program()).args(["serve", "--listen", &address.to_string()]);
        site.prepare(&mut command);
        command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out).kill_on_drop(true);
        let child = command.spawn()?;
        let process = Path::new("/proc").join(child.id().ok_or("it has ended")?.to_string());
        let data = site.folder().to_owned();
        let mut server = Self { address, child, process, data, log };
        let ready = async {
            while TcpStream::connect(address).await.is_err() {
                server.check()?;
                sleep(Duration::from_millis(20)).await;
            }
            Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
        };
        timeout(Duration::from_mins(1), ready).await??;
        Ok(server)
    }

    /// # Errors
    /// It has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(5).collect();
            return Err(format!("the server ended ({status}); its last words: {last:?}").into());
        }
        Ok(())
    }

    pub(crate) async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// The time for which the busiest of its threads waited for a processor (proc(5), `schedstat`).
    pub(crate) fn starved(&self) -> Duration {
        let tasks = fs::read_dir(self.process.join("task")).into_iter().flatten().flatten();
        let waited = tasks.filter_map(|task| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split_whitespace().nth(1)?.parse().ok()
        });
        Duration::from_nanos(waited.max().unwrap_or(0))
    }

    pub(crate) async fn measure(&self) -> Result<Measured> {
        let status = fs::read_to_string(self.process.join("status"))?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = memory.and_then(|text| text.split_whitespace().next());
        let memory = memory.ok_or("no VmRSS")?.parse::<u64>()? * 1024;
        let log = fs::metadata(&self.log)?.len();
        let data = size(&self.data)?.saturating_sub(log);
        Ok(Measured { memory, log, data, events: self.events().await? })
    }

    async fn events(&self) -> Result<(i64, i64)> {
        let file = self.data.join("orch-events.db");
        if !file.exists() {
            return Ok((0, 0));
        }
        let mut database =
            SqliteConnectOptions::new().filename(file).read_only(true).connect().await?;
        let mut counts = [0, 0];
        for (count, sql) in counts.iter_mut().zip([
            "SELECT count(*) FROM boot_events WHERE host_id IS NOT NULL",
            "SELECT count(*) FROM boot_events WHERE host_id IS NULL",
        ]) {
            *count = sqlx::query_scalar(sql).fetch_one(&mut database).await?;
        }
        // Servers before this table had all of them in the other one.
        let unproved = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM unproved_events");
        let unproved = unproved.fetch_one(&mut database).await.unwrap_or(0);
        let [hosts, strangers] = counts;
        Ok((hosts, strangers + unproved))
    }
}

fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        // A temporary file may be gone.
        let Ok(about) = entry.as_ref().map_err(|_| ()).and_then(|e| e.metadata().map_err(|_| ()))
        else {
            continue;
        };
        bytes += if about.is_dir() { size(&entry?.path())? } else { about.len() };
    }
    Ok(bytes)
}
