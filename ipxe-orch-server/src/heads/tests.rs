use super::*;
use ipxe_orch_core::{
    audit::open_heads,
    conformance::Bench,
    ids::{ChainId, Epoch},
    memory::MemoryStore,
};
use std::fs;
use tempfile::TempDir;
use tokio::time::sleep;

struct Site {
    bench: Bench,
    folder: DataDir,
    outer: TempDir,
}

impl Site {
    fn new() -> Self {
        Self::over(tempfile::tempdir().unwrap())
    }

    /// An empty database, whatever the folder has seen in another one.
    fn over(outer: TempDir) -> Self {
        let store = MemoryStore::new(Epoch::from_bytes([0; 16]), ChainId::from_bytes([1; 16]));
        let folder = DataDir::open(outer.path()).unwrap();
        Self { bench: Bench::new(Arc::new(store)), folder, outer }
    }

    fn start(&self) -> HeadWriter {
        HeadWriter::start(self.bench.orchestrator.clone(), &self.folder)
    }

    /// The sequence numbers in the heads file. All seals must be right.
    async fn written(&self) -> Vec<u64> {
        let text = fs::read_to_string(self.folder.audit_heads()).unwrap_or_default();
        let heads = open_heads(&text, self.bench.keys.as_ref()).await.unwrap();
        heads.iter().map(|sealed| sealed.head.sequence).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_moved_is_written_every_minute_and_at_the_end() {
    let site = Site::new();
    let writer = site.start();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(site.written().await.len(), 0, "there is no entry yet");
    site.bench.register(1, false).await;
    site.bench.register(2, false).await;
    sleep(Duration::from_mins(3)).await;
    assert_eq!(site.written().await, [2], "it did not move again");
    site.bench.register(3, false).await;
    sleep(Duration::from_mins(1)).await;
    assert_eq!(site.written().await, [2, 3]);
    site.bench.register(4, false).await;
    writer.stop().await;
    assert_eq!(site.written().await, [2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_written_is_written_later() {
    let site = Site::new();
    site.bench.register(1, false).await;
    let path = site.folder.audit_heads();
    fs::create_dir(&path).unwrap();
    let writer = site.start();
    sleep(Duration::from_secs(1)).await;
    fs::remove_dir(&path).unwrap();
    sleep(Duration::from_mins(2)).await;
    assert_eq!(site.written().await, [1]);
    writer.stop().await;
    assert_eq!(site.written().await, [1]);
}

impl Site {
    fn mark(&self) -> HighWaterMark {
        HighWaterMark::new(self.folder.audit_head())
    }

    async fn head(&self) -> KeptHead {
        let head = self.bench.store.head(&self.bench.grant().await).await.unwrap();
        KeptHead { head, epoch: Some(self.bench.store.epoch().await.unwrap()) }
    }
}

#[tokio::test(start_paused = true)]
async fn a_moving_head_is_kept_and_a_database_that_lacks_it_installs_nothing() {
    let site = Site::new();
    let writer = site.start();
    for number in 1..4 {
        site.bench.register(number, false).await;
        sleep(Duration::from_secs(6)).await;
        assert_eq!(site.mark().read().unwrap(), Some(site.head().await));
    }
    writer.stop().await;
    let lines = site.written().await.len();

    let other = Site::over(site.outer);
    other.bench.register(11, false).await;
    let writer = other.start();
    sleep(Duration::from_mins(3)).await;
    let why = other.bench.orchestrator.suspended().unwrap();
    assert!(why.contains("does not contain entry 3 ") && why.contains("accept-restore"), "{why}");
    assert_eq!(fs::read_to_string(other.folder.audit_heads()).unwrap().lines().count(), lines);
    for number in 12..16 {
        other.bench.register(number, false).await;
    }
    sleep(Duration::from_secs(6)).await;
    assert!(
        other.bench.orchestrator.suspended().is_some(),
        "more entries are not the same entries"
    );
    other.mark().write(&other.head().await).unwrap();
    sleep(Duration::from_secs(6)).await;
    assert_eq!(other.bench.orchestrator.suspended(), None, "it was accepted");
    writer.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_damaged_mark_suspends_and_a_missing_one_is_made_of_what_was_seen() {
    let site = Site::new();
    site.bench.register(1, false).await;
    let writer = site.start();
    sleep(Duration::from_secs(1)).await;
    fs::remove_file(site.folder.audit_head()).unwrap();
    site.bench.register(2, false).await;
    sleep(Duration::from_secs(6)).await;
    assert_eq!(site.mark().read().unwrap(), Some(site.head().await));
    fs::write(site.folder.audit_head(), "x").unwrap();
    sleep(Duration::from_secs(6)).await;
    let why = site.bench.orchestrator.suspended().unwrap();
    assert!(why.contains("does not contain an audit head"), "{why}");
    writer.stop().await;
}

/// A2: a file that cannot be read, as without a free file, is not a database that was set back.
#[tokio::test(start_paused = true)]
async fn a_mark_that_cannot_be_read_now_suspends_nothing() {
    let site = Site::new();
    site.bench.register(1, false).await;
    let writer = site.start();
    sleep(Duration::from_secs(6)).await;
    // A folder below a file cannot be read, whoever asks.
    let path = site.folder.audit_head();
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(site.folder.audit_heads().join("x"), &path).unwrap();
    assert!(site.mark().read().unwrap_err().is_unreadable());
    sleep(Duration::from_secs(20)).await;
    assert_eq!(site.bench.orchestrator.suspended(), None);
    writer.stop().await;

    let again = Site::over(site.outer);
    let writer = again.start();
    sleep(Duration::from_secs(6)).await;
    let why = again.bench.orchestrator.suspended().unwrap();
    assert!(why.contains("audit-head: cannot be read: Not a directory"), "{why}");
    assert!(!why.contains("accept-restore"), "{why}");
    fs::remove_file(again.folder.audit_head()).unwrap();
    sleep(Duration::from_secs(6)).await;
    assert_eq!(again.bench.orchestrator.suspended(), None);
    writer.stop().await;
}

/// B3: one acceptance is enough for all servers, and holds for no older copy.
#[tokio::test(start_paused = true)]
async fn a_database_that_was_accepted_elsewhere_is_accepted_here() {
    let site = Site::new();
    site.bench.register(1, false).await;
    let writer = site.start();
    sleep(Duration::from_secs(6)).await;
    writer.stop().await;
    let old = site.mark().read().unwrap().unwrap().epoch.unwrap();

    let other = Site::over(site.outer);
    other.bench.orchestrator.suspend_installs("another server says so");
    let (operator, instead_of) = (&other.bench.operator, vec![old]);
    other.bench.orchestrator.accept_database(operator, instead_of).await.unwrap();
    let writer = other.start();
    sleep(Duration::from_secs(6)).await;
    assert_eq!(other.bench.orchestrator.suspended(), None);
    assert_eq!(other.mark().read().unwrap(), Some(other.head().await), "it goes on from there");
    writer.stop().await;

    // The copy from before has another epoch, and was accepted in nobody's place.
    let again = Site::over(other.outer);
    let writer = again.start();
    sleep(Duration::from_secs(6)).await;
    assert!(again.bench.orchestrator.suspended().is_some());
    writer.stop().await;
}
