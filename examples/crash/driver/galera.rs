//! A Galera cluster of three nodes, which are killed, stopped and cut off from each other.

use super::{Result, fail, plan::Rng};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, MySqlConnection, Row as _, mysql::MySqlConnectOptions,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    sync::Mutex,
    time::{Instant, sleep},
};

const NODES: usize = 3;
/// By then a node must have joined, also after a crash of all.
const START: Duration = Duration::from_mins(2);

/// The nodes, each with its data in a folder of its name, 1 to 3.
#[derive(Debug)]
pub(crate) struct Galera {
    folder: PathBuf,
    /// The URLs without a database.
    urls: OnceLock<Vec<String>>,
    nodes: Mutex<Vec<Child>>,
}

impl Galera {
    pub(crate) fn new(folder: &Path) -> Self {
        let folder = folder.join("galera");
        Self { folder, urls: OnceLock::new(), nodes: Mutex::default() }
    }

    /// The database at the node next to a server.
    pub(crate) fn url(&self, server: usize) -> String {
        let urls = self.urls.get().map_or(&[][..], Vec::as_slice);
        let node = urls.iter().cycle().nth(server).map_or("", String::as_str);
        node.replace("/?", "/ipxe?")
    }

    /// Makes an empty database, and starts all nodes.
    pub(crate) async fn set_up(&self) -> Result<()> {
        let made = self.script("make", &[]).output().await?;
        if !made.status.success() {
            return fail(format!("no cluster: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let mut urls = Vec::new();
        for node in 1..=NODES {
            let url = self.script("url", &[&node.to_string()]).output().await?.stdout;
            urls.push(String::from_utf8(url)?.trim().to_owned());
        }
        self.urls.set(urls).ok();
        let mut nodes = self.nodes.lock().await;
        for node in 0..NODES {
            nodes.push(self.start(node, node == 0)?);
            self.until_ready(node, nodes.get_mut(node)).await?;
        }
        let mut first = self.connect(0).await?;
        sqlx::query("CREATE DATABASE ipxe").execute(&mut first).await?;
        Ok(())
    }

    /// One disturbance, chosen at random, up to its end: all nodes are there again.
    pub(crate) async fn disturb(&self, rng: &mut Rng, pause: Duration) -> Result<()> {
        let mut nodes = self.nodes.lock().await;
        let chosen = usize::try_from(rng.below(3))?;
        let Some(node) = nodes.get_mut(chosen) else { return fail("no such node") };
        match rng.below(100) {
            // As a power failure of the whole room.
            0..10 => {
                eprintln!("crash: all nodes are killed");
                for node in nodes.iter_mut() {
                    node.kill().await?;
                }
                sleep(pause).await;
                for (number, node) in nodes.iter_mut().enumerate() {
                    *node = self.start(number, false)?;
                }
            }
            10..50 => {
                eprintln!("crash: node {} is killed", chosen + 1);
                node.kill().await?;
                sleep(pause).await;
                *node = self.start(chosen, false)?;
            }
            // Shortly, or so long that the others go on without it.
            50..75 => {
                eprintln!("crash: node {} stands still", chosen + 1);
                let process = node.id().ok_or("the node has ended")?.to_string();
                Command::new("kill").args(["-STOP", &process]).status().await?;
                sleep(pause * 12).await;
                Command::new("kill").args(["-CONT", &process]).status().await?;
            }
            _ => {
                eprintln!("crash: node {} is cut off", chosen + 1);
                self.isolate(chosen, true).await?;
                sleep(pause * 12).await;
                self.isolate(chosen, false).await?;
            }
        }
        for (number, node) in nodes.iter_mut().enumerate() {
            self.until_ready(number, Some(node)).await?;
        }
        Ok(())
    }

    /// Cuts the network of a node, or mends it.
    async fn isolate(&self, node: usize, cut: bool) -> Result<()> {
        let option = format!("gmcast.isolate={}", u8::from(cut));
        let sql = format!("SET GLOBAL wsrep_provider_options = '{option}'");
        let mut connection = self.connect(node).await?;
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
        Ok(())
    }

    fn start(&self, node: usize, first: bool) -> Result<Child> {
        let (number, first) = ((node + 1).to_string(), if first { "first" } else { "" });
        Ok(self.script("start", &[&number, first]).spawn()?)
    }

    /// Waits until a node has joined, and has all that the others have.
    async fn until_ready(&self, node: usize, mut process: Option<&mut Child>) -> Result<()> {
        let until = Instant::now() + START;
        while !self.is_ready(node).await.unwrap_or(false) {
            if Instant::now() > until {
                return fail(format!("node {} does not join: {}", node + 1, self.log(node)));
            }
            sleep(Duration::from_millis(50)).await;
            // What the former process has left behind may keep it from starting for a moment.
            if let Some(process) = process.as_deref_mut()
                && process.try_wait()?.is_some()
            {
                *process = self.start(node, false)?;
            }
        }
        Ok(())
    }

    async fn is_ready(&self, node: usize) -> Result<bool> {
        let mut connection = self.connect(node).await?;
        let query =
            "SHOW STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_local_state_comment')";
        let rows = sqlx::query(query).fetch_all(&mut connection).await?;
        let found = rows.iter().map(|row| row.try_get::<String, _>(1));
        let found = found.collect::<Result<Vec<_>, _>>()?;
        Ok(found.iter().all(|value| value == "ON" || value == "Synced"))
    }

    /// All tables of all nodes hold the same, once each has all.
    pub(crate) async fn compare(&self) -> Result<()> {
        let mut first: Option<BTreeMap<String, i64>> = None;
        for node in 0..NODES {
            let mut connection = self.connect(node).await?;
            sqlx::query("SET SESSION wsrep_sync_wait = 15").execute(&mut connection).await?;
            let tables = "SELECT table_name FROM information_schema.tables \
                WHERE table_schema = 'ipxe' ORDER BY table_name";
            let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await?;
            let mut sums = BTreeMap::new();
            for table in tables {
                let sql = AssertSqlSafe(format!("CHECKSUM TABLE ipxe.{table}"));
                let row = sqlx::query(sql).fetch_one(&mut connection).await?;
                sums.insert(table, row.try_get(1)?);
            }
            match &first {
                None => first = Some(sums),
                Some(first) if *first == sums && !sums.is_empty() => {}
                Some(first) => {
                    return fail(format!("node {} differs: {sums:?}, not {first:?}", node + 1));
                }
            }
        }
        Ok(())
    }

    async fn connect(&self, node: usize) -> Result<MySqlConnection> {
        let url = self.urls.get().and_then(|urls| urls.get(node)).ok_or("no such node")?;
        let options = url.parse::<MySqlConnectOptions>()?.disable_statement_logging();
        Ok(tokio::time::timeout(Duration::from_secs(5), options.connect()).await??)
    }

    fn script(&self, command: &str, arguments: &[&str]) -> Command {
        let mut script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/galera"));
        script.arg(command).arg(&self.folder).args(arguments);
        script.stdin(Stdio::null()).kill_on_drop(true);
        if command == "start" {
            script.stdout(Stdio::null()).stderr(Stdio::null());
        }
        script
    }

    fn log(&self, node: usize) -> String {
        let log = fs::read(self.folder.join(format!("{}.log", node + 1))).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let last: Vec<&str> = log.lines().rev().take(30).collect();
        last.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}
