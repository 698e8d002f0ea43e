//! The database is replaced, set back, deleted or out of room while three servers run, machines boot
//! and claim, and an operator works. What was cancelled, held or claimed is never claimed again.

use crate::driver::{Client, Database, Options, Process, Reply, Result, Site};
use clap::Parser as _;
use serde_json::Value;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{task::JoinSet, time::sleep};

const SERVERS: usize = 3;
const HOSTS: u32 = 6;

struct Fleet {
    site: Site,
    servers: Vec<Process>,
    /// The boot requests of the hosts.
    boots: Vec<String>,
    /// The claims of the offers of the hosts.
    claims: Vec<String>,
    backup: PathBuf,
}

/// Machines that boot, and that claim what they must not get.
struct Storm {
    stop: Arc<AtomicBool>,
    machines: JoinSet<()>,
    claimed: Arc<Mutex<Vec<String>>>,
    answers: Arc<AtomicUsize>,
}

impl Fleet {
    async fn start(folder: Option<&Path>) -> Self {
        let hosts = HOSTS.to_string();
        let mut options = vec!["crash", "--servers", "3", "--hosts", &hosts];
        options.extend(folder.iter().flat_map(|folder| ["--folder", folder.to_str().unwrap()]));
        let site = Site::new(&Options::parse_from(options)).unwrap();
        site.set_up().await.unwrap();
        let mut boots = Vec::new();
        let database = Database::open(&site).await.unwrap();
        for number in 0..HOSTS {
            boots.push(database.enrol(number).await.unwrap().1);
        }
        drop(database);
        let mut servers = Vec::new();
        for server in 0..SERVERS {
            servers.push(site.start(server).await.unwrap());
        }
        let backup = site.folder().join("backup.db");
        let mut fleet = Self { site, servers, boots, claims: Vec::new(), backup };
        fleet.offer_all().await;
        fleet
    }

    /// All hosts are marked and offered.
    async fn offer_all(&mut self) {
        for number in 0..HOSTS {
            self.site.cli(&["hosts", "mark", &format!("host{number}")]).await.unwrap();
            let boot = self.boots[usize::try_from(number).unwrap()].clone();
            let (status, script) = self.get(usize::try_from(number).unwrap(), &boot).await;
            assert_eq!(status, 200, "{script}");
            let (before, _) = script.split_once("/claim").expect(&script);
            let ticket = before.rsplit_once("t/").unwrap().1;
            self.claims.push(format!("/boot/v1/t/{ticket}/claim"));
        }
    }

    /// A backup is made. Then hosts 0 and 1 are cancelled, 2 is held, 3 is claimed.
    async fn change_after_backup(&self) {
        let mut connection =
            SqliteConnectOptions::new().filename(self.site.database()).connect().await.unwrap();
        let sql = format!("VACUUM INTO '{}'", self.backup.display());
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        fs::set_permissions(&self.backup, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(self.get(1, &self.claims[3]).await.0, 200);
        for arguments in [["cancel", "host0"], ["cancel", "host1"], ["hold", "host2"]] {
            self.site.cli(&[&["hosts"], &arguments[..]].concat()).await.unwrap();
        }
    }

    /// What is over is claimed at all servers, all the time, and all hosts boot.
    fn storm(&self) -> Storm {
        let (stop, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let claimed: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut machines = JoinSet::new();
        for number in 0..usize::try_from(HOSTS).unwrap() {
            let mut client = Client::new(self.site.servers());
            let (stop, claimed, answers) = (stop.clone(), Arc::clone(&claimed), answers.clone());
            let (boot, claim) = (self.boots[number].clone(), self.claims[number].clone());
            machines.spawn(async move {
                for server in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    client.get(server, &boot).await;
                    if number < 4
                        && matches!(client.get(server, &claim).await, Reply::Answer(200, _))
                    {
                        claimed.lock().unwrap().push(format!("host{number} at {server}"));
                    }
                    answers.fetch_add(1, Ordering::Relaxed);
                    sleep(Duration::from_millis(10)).await;
                }
            });
        }
        Storm { stop, machines, claimed, answers }
    }

    async fn get(&self, server: usize, target: &str) -> (u16, String) {
        match Client::new(self.site.servers()).get(server, target).await {
            Reply::Answer(status, body) => (status, body),
            other => panic!("{target}: {other:?}"),
        }
    }

    /// Waits until each server answers so.
    async fn all_ready(&self, expected: &str) {
        for server in 0..SERVERS {
            let mut last = String::new();
            let seen = async {
                loop {
                    let reply = Client::new(self.site.servers()).get(server, "/readyz").await;
                    if let Reply::Answer(_, body) = reply {
                        last = body;
                        if last.contains(expected) {
                            return;
                        }
                    }
                    sleep(Duration::from_millis(100)).await;
                }
            };
            let seen = tokio::time::timeout(Duration::from_secs(40), seen).await.is_ok();
            assert!(seen, "server {server}: {expected:?} is expected, {last:?} answered");
        }
    }

    async fn all_logged(&self, expected: &str) {
        for server in 0..SERVERS {
            let logged = || fs::read_to_string(self.site.log(server)).unwrap().contains(expected);
            let mut tries = 0;
            while !logged() {
                tries += 1;
                assert!(tries < 200, "server {server} does not say {expected:?}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }

    async fn cli(&self, arguments: &[&str]) -> Value {
        let text = self.site.cli(&[arguments, &["--json"]].concat()).await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Nothing installs until an operator accepts the copy; then its marks are void, and it works.
    async fn recovers_by_acceptance(&self) {
        self.all_ready("audit").await;
        self.all_logged("database accept-restore").await;
        let asked = self.site.cli(&["database", "accept-restore"]).await.unwrap_err().to_string();
        assert!(asked.contains("does not contain entry"), "{asked}");
        assert!(asked.contains("confirm it with --yes"), "{asked}");
        let accepted = self.cli(&["database", "accept-restore", "--yes"]).await;
        let voided = accepted["voided"].as_array().unwrap();
        assert_eq!(voided.len(), 6, "all six were offered in the copy: {accepted}");
        self.all_ready("ready\n").await;
        for server in 0..SERVERS {
            for claim in &self.claims {
                assert_eq!(self.get(server, claim).await.0, 404, "an old offer");
            }
        }
        self.installs("host0", 0).await;
    }

    /// A new mark is offered and claimed, once.
    async fn installs(&self, host: &str, number: usize) {
        self.site.cli(&["hosts", "mark", host]).await.unwrap();
        let (_, script) = self.get(0, &self.boots[number]).await;
        let (before, _) = script.split_once("/claim").expect(&script);
        let claim = format!("/boot/v1/t/{}/claim", before.rsplit_once("t/").unwrap().1);
        assert_eq!(self.get(1, &claim).await.0, 200);
        assert_eq!(self.get(2, &claim).await.0, 404);
    }

    async fn kill_all(&mut self) {
        for server in self.servers.drain(..) {
            server.kill().await.unwrap();
        }
    }

    async fn start_all(&mut self) {
        for server in 0..SERVERS {
            self.servers.push(self.site.start(server).await.unwrap());
        }
    }

    async fn end(mut self) {
        self.kill_all().await;
        self.site.cli(&["audit", "list"]).await.unwrap();
        self.site.remove().unwrap();
    }
}

impl Storm {
    /// Lets the machines go on for a while, and asserts that they got nothing.
    async fn end(mut self) {
        let before = self.answers.load(Ordering::Relaxed);
        sleep(Duration::from_secs(1)).await;
        self.stop.store(true, Ordering::Relaxed);
        while self.machines.join_next().await.is_some() {}
        assert!(self.answers.load(Ordering::Relaxed) > before, "the machines were at work");
        let claimed = self.claimed.lock().unwrap();
        assert!(claimed.is_empty(), "claimed though it was over: {claimed:?}");
    }
}

/// The servers are at work, and `damage` is done to their database.
async fn set_back(damage: impl AsyncFnOnce(&mut Fleet)) {
    let mut fleet = Fleet::start(None).await;
    fleet.change_after_backup().await;
    let storm = fleet.storm();
    sleep(Duration::from_millis(300)).await;
    damage(&mut fleet).await;
    fleet.all_ready("audit").await;
    storm.end().await;
    let storm = fleet.storm();
    fleet.recovers_by_acceptance().await;
    storm.end().await;
    fleet.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_copy_renamed_over_the_database_installs_nothing() {
    set_back(async |fleet: &mut Fleet| {
        fs::rename(&fleet.backup, fleet.site.database()).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_removed_and_copied_back_installs_nothing() {
    set_back(async |fleet: &mut Fleet| {
        let path = fleet.site.database();
        for suffix in ["", "-wal", "-shm"] {
            fs::remove_file(format!("{}{suffix}", path.display())).unwrap();
        }
        sleep(Duration::from_millis(300)).await;
        fs::copy(&fleet.backup, &path).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_copy_that_is_put_back_after_a_kill_installs_nothing() {
    set_back(async |fleet: &mut Fleet| {
        fleet.kill_all().await;
        let path = fleet.site.database();
        for suffix in ["-wal", "-shm"] {
            fs::remove_file(format!("{}{suffix}", path.display())).ok();
        }
        fs::write(&path, fs::read(&fleet.backup).unwrap()).unwrap();
        fleet.start_all().await;
    })
    .await;
}

/// The same inode, with the log emptied before: all that SQLite itself could notice is as it was.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_copy_written_over_the_open_database_installs_nothing() {
    let mut fleet = Fleet::start(None).await;
    fleet.change_after_backup().await;
    let storm = fleet.storm();
    let mut connection =
        SqliteConnectOptions::new().filename(fleet.site.database()).connect().await.unwrap();
    let sql = "PRAGMA busy_timeout = 5000; PRAGMA wal_checkpoint(TRUNCATE)";
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    fs::write(fleet.site.database(), fs::read(&fleet.backup).unwrap()).unwrap();
    fleet.all_ready("not ready").await;
    storm.end().await;
    // Such a file may be a mixture: the remedy is a whole copy, put there while nobody uses it.
    fleet.kill_all().await;
    let path = fleet.site.database();
    for suffix in ["", "-wal", "-shm"] {
        fs::remove_file(format!("{}{suffix}", path.display())).ok();
    }
    fs::copy(&fleet.backup, &path).unwrap();
    fleet.start_all().await;
    let storm = fleet.storm();
    fleet.recovers_by_acceptance().await;
    storm.end().await;
    fleet.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_told_and_works_when_it_is_back() {
    let fleet = Fleet::start(None).await;
    fleet.change_after_backup().await;
    let storm = fleet.storm();
    let (path, away) = (fleet.site.database(), fleet.site.folder().join("away.db"));
    fs::rename(&path, &away).unwrap();
    fleet.all_ready("not ready: database").await;
    fleet.all_logged("is gone: it was deleted or moved away").await;
    assert_ne!(fleet.get(0, &fleet.claims[4]).await.0, 200, "nothing is claimed of it");
    let refused = fleet.site.cli(&["hosts", "mark", "host0"]).await.unwrap_err().to_string();
    assert!(refused.contains("there is no database") && !path.exists(), "{refused}");
    fs::rename(&away, &path).unwrap();
    fleet.all_ready("ready\n").await;
    assert_eq!(fleet.get(2, &fleet.claims[5]).await.0, 200, "what was offered can be claimed");
    fleet.installs("host0", 0).await;
    storm.end().await;
    fleet.end().await;
}

fn run(program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program).args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// A file system that is unmounted in the end.
struct Small(tempfile::TempDir);

impl Small {
    /// `None` where only root may mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        match run("mount", &["-t", "tmpfs", "-o", "size=4m", "tmpfs", path]) {
            Ok(()) => Some(Self(folder)),
            Err(error) => {
                eprintln!("the full disk is NOT tested: {error}");
                None
            }
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        drop(run("umount", &["-l", self.0.path().to_str().unwrap()]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_works_when_there_is_room() {
    let Some(small) = Small::mount() else { return };
    let fleet = Fleet::start(Some(small.0.path())).await;
    fleet.change_after_backup().await;
    let storm = fleet.storm();
    let (filler, mut length) = (small.0.path().join("filler"), 0);
    let mut file = fs::File::create(&filler).unwrap();
    while std::io::Write::write(&mut file, &[0; 4096]).is_ok_and(|written| written > 0) {
        length += 1;
    }
    assert!(length > 0);
    fleet.all_ready("not ready: database").await;
    let full = fleet.site.cli(&["hosts", "cancel", "host4"]).await.unwrap_err().to_string();
    assert!(full.contains("full"), "{full}");
    fs::remove_file(&filler).unwrap();
    drop(file);
    fleet.all_ready("ready\n").await;
    assert_eq!(fleet.get(2, &fleet.claims[5]).await.0, 200, "what was offered can be claimed");
    fleet.installs("host0", 0).await;
    storm.end().await;
    fleet.end().await;
}
