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
    _outer: TempDir,
}

impl Site {
    fn new() -> Self {
        let store = MemoryStore::new(Epoch(uuid::Uuid::nil()), ChainId::from_bytes([1; 16]));
        let outer = tempfile::tempdir().unwrap();
        let folder = DataDir::open(outer.path()).unwrap();
        Self { bench: Bench::new(Arc::new(store)), folder, _outer: outer }
    }

    fn start(&self) -> HeadWriter {
        HeadWriter::start(self.bench.desk.clone(), &self.folder)
    }

    /// The numbers in the heads file, once all seals are right.
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
