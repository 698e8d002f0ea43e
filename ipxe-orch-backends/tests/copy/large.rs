//! Many rows, and long ones.

use crate::common::{Place, kinds, options, try_copy};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};
use std::time::Duration;
use tokio::time::Instant;

const ROWS: u32 = 50_000;

/// What memory this process has, in MiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// Many hosts and events, and 1,000 profiles of 64 KiB: 64 MiB.
async fn fill(place: &Place) {
    place.end().prepare().await.unwrap();
    let options = options(place.folder());
    let rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)";
    let mut main = SqliteConnectOptions::new().filename(&options.path).connect().await.unwrap();
    for sql in [
        "INSERT INTO hosts (id, name, spec, image_generation) \
         SELECT unhex(printf('%032x', i)), 'host' || i, printf('%0300d', i), 0 FROM n",
        "INSERT INTO profiles (name, digest, definition, templates) \
         SELECT 'p' || (i / 50), unhex(printf('%064x', i)), '', printf('%065536d', i) FROM n \
         WHERE i <= 1000",
    ] {
        insert(&mut main, sqlx::AssertSqlSafe(format!("{rows} {sql}"))).await;
    }
    let events = options.events_path();
    let mut events = SqliteConnectOptions::new().filename(events).connect().await.unwrap();
    let sql = format!(
        "{rows} INSERT INTO boot_events (id, at, host_id, alert, event) \
         SELECT i, i, unhex(printf('%032x', i)), 0, printf('%0300d', i) FROM n"
    );
    insert(&mut events, sqlx::AssertSqlSafe(sql)).await;
}

async fn insert(database: &mut sqlx::SqliteConnection, sql: sqlx::AssertSqlSafe<String>) {
    sqlx::query(sql).bind(ROWS).execute(database).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: `scripts/test long` runs it"]
async fn a_large_database_takes_little_memory() {
    let first = Place::sqlite();
    fill(&first).await;
    let before = memory();
    let most = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let watched = most.clone();
    let watch = tokio::spawn(async move {
        loop {
            watched.fetch_max(memory(), std::sync::atomic::Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    for kind in kinds() {
        let (target, start) = (Place::new(kind).await, Instant::now());
        let copied = try_copy(&first, &target).await.unwrap();
        let rows: u64 = copied.tables.iter().map(|(_, rows)| rows).sum();
        assert_eq!(rows, u64::from(2 * ROWS + 1_000), "{kind}");
        let most = most.load(std::sync::atomic::Ordering::Relaxed).saturating_sub(before);
        let seconds = start.elapsed().as_secs_f32();
        println!("{kind}: {rows} rows in {seconds:.1} s, at most {most} MiB more");
        assert!(most < 48, "{kind}: {most} MiB");
    }
    watch.abort();
}
