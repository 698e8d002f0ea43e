//! Boot events: in a file of their own, which may be missing, moved away or broken.

use crate::common::{actions, bench, folder, open, options, private};
use ipxe_orch_backends::sql::SqliteStore;
use ipxe_orch_core::stores::prelude::*;
use ipxe_orch_core::{
    auth::Origin,
    conformance::Bench,
    ids::HostId,
    stores::{BootEvent, BootEventKind, EventFilter, StoreError},
    time::Timestamp,
};
use sqlx::{
    ConnectOptions as _,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use std::{fs, path::Path, sync::Arc, time::Duration};

pub(crate) fn event(at: i64, host: Option<HostId>) -> BootEvent {
    let (time, origin) = (Timestamp::from_millis(at), Origin("192.0.2.1".to_owned()));
    let event = BootEvent::new(time, origin, BootEventKind::Local);
    BootEvent { host, alert: at == 3, ..event }
}

/// The times of all events that are kept, the oldest first.
async fn times(store: &SqliteStore, bench: &Bench) -> Vec<i64> {
    let events = store.list_events(&bench.grant().await, &EventFilter::default()).await.unwrap();
    events.iter().rev().map(|event| event.at.as_millis()).collect()
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

#[tokio::test]
async fn events_come_newest_first_and_leave_the_audit_alone() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let host = bench.register(1, false).await;
    let events: Vec<_> = (0..1200).map(|at| event(at, (at % 2 == 0).then_some(host.id))).collect();
    store.record_events(&bench.recorder(), &events).await.unwrap();
    store.record_events(&bench.recorder(), &[]).await.unwrap();
    let grant = bench.grant().await;
    let list = async |filter: EventFilter| store.list_events(&grant, &filter).await.unwrap();
    let all = list(EventFilter::default()).await;
    assert_eq!(all.len(), 1000);
    assert!(all.iter().eq(events.iter().rev().take(1000)));
    let mut filter = EventFilter::default();
    filter.host = Some(host.id);
    filter.since = Some(Timestamp::from_millis(1190));
    filter.limit = 3;
    let some: Vec<_> = list(filter).await.iter().map(|event| event.at.as_millis()).collect();
    assert_eq!(some, [1198, 1196, 1194]);
    assert_eq!(actions(store.as_ref(), &bench).await, ["host.create"]);
}

#[tokio::test]
async fn batches_leave_the_database_and_its_log_alone() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    bench.register(1, false).await;
    assert_eq!(times(&store, &bench).await.len(), 0, "no file, no events");
    let log = folder.path().join("ipxe-orch.db-wal");
    let (length, commits) = (size(&log), store.counters().commits);
    for at in 0..10 {
        store.record_events(&bench.recorder(), &[event(at, None)]).await.unwrap();
    }
    assert_eq!((size(&log), store.counters().commits), (length, commits));
    assert_eq!(times(&store, &bench).await.len(), 10);
    let other = open(folder.path()).await;
    assert_eq!(times(&other, &bench).await.len(), 10, "another program sees them at once");
    other.record_events(&bench.recorder(), &[event(10, None)]).await.unwrap();
    assert_eq!(times(&store, &bench).await.len(), 11);
    #[cfg(unix)]
    for entry in fs::read_dir(folder.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    other.close().await;
    drop(bench);
    Arc::into_inner(store).unwrap().close().await;
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "closing tidies up");
}

#[tokio::test]
async fn what_is_too_old_or_too_many_goes_in_small_steps() {
    let folder = folder();
    let (_, bench) = bench(folder.path()).await;
    let host = Some(HostId::from_bytes([1; 16]));
    let mut options = options(folder.path());
    options.keep_events.age = Duration::from_secs(1);
    options.keep_events.rows = 3;
    let store = SqliteStore::open(options).await.unwrap();
    store
        .record_events(&bench.recorder(), &[event(0, host), event(500, host), event(600, host)])
        .await
        .unwrap();
    assert_eq!(times(&store, &bench).await, [0, 500, 600]);
    store.record_events(&bench.recorder(), &[event(1001, host)]).await.unwrap();
    assert_eq!(times(&store, &bench).await, [500, 600, 1001], "0 is too old");
    store.record_events(&bench.recorder(), &[event(1002, host), event(1003, host)]).await.unwrap();
    assert_eq!(times(&store, &bench).await, [1001, 1002, 1003], "three are kept");
    let many: Vec<_> = (2000..5000).map(|at| event(at, host)).collect();
    store.record_events(&bench.recorder(), &many).await.unwrap();
    store.record_events(&bench.recorder(), &[event(5000, host)]).await.unwrap();
    store.record_events(&bench.recorder(), &[event(5001, host)]).await.unwrap();
    assert_eq!(times(&store, &bench).await, [4999, 5000, 5001]);
}

/// A10: `keep_rows` is for hosts; strangers have their own.
#[tokio::test]
async fn strangers_push_out_nothing_of_a_small_file() {
    let folder = folder();
    let (_, bench) = bench(folder.path()).await;
    let mut options = options(folder.path());
    options.keep_events.rows = 3;
    let store = SqliteStore::open(options).await.unwrap();
    let host = Some(HostId::from_bytes([1; 16]));
    let own: Vec<_> = (1..5).map(|at| event(at, host)).collect();
    store.record_events(&bench.recorder(), &own).await.unwrap();
    let strangers: Vec<_> = (10..1000).map(|at| event(at, None)).collect();
    for _ in 0..12 {
        store.record_events(&bench.recorder(), &strangers).await.unwrap();
    }
    store.record_events(&bench.recorder(), &[event(2000, host)]).await.unwrap();
    let mut filter = EventFilter::default();
    filter.host = host;
    let kept = store.list_events(&bench.grant().await, &filter).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|event| event.at.as_millis()).collect();
    assert_eq!(kept, [2000, 4, 3], "the newest three");
    let path = self::options(folder.path()).events_path();
    let mut raw = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM unproved_events");
    assert_eq!(count.fetch_one(&mut raw).await.unwrap(), i64::from(BootEvent::MAX_UNPROVED));
}

#[tokio::test]
async fn a_broken_file_is_named_and_stops_nothing_else() {
    let folder = folder();
    let path = options(folder.path()).events_path();
    private(&path, "x".repeat(8192));
    let (store, bench) = bench(folder.path()).await;
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let refused = store.record_events(&bench.recorder(), &[event(1, None)]).await.unwrap_err();
    let listed = store.list_events(&bench.grant().await, &EventFilter::default()).await;
    for error in [refused, listed.unwrap_err()] {
        assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
        assert!(error.to_string().contains("ipxe-orch-events.db: the file is no"), "{error}");
    }
    assert!(bench.boot(host.id, 1).await.contains("boot"));
    assert_eq!(store.head(&bench.grant().await).await.unwrap().sequence, 3);
    fs::remove_file(&path).unwrap();
    store.record_events(&bench.recorder(), &[event(1, None)]).await.unwrap();
    assert_eq!(times(&store, &bench).await, [1]);
}

#[tokio::test]
async fn a_file_that_is_moved_away_is_made_anew() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    store.record_events(&bench.recorder(), &[event(1, None)]).await.unwrap();
    let path = options(folder.path()).events_path();
    fs::rename(&path, folder.path().join("old")).unwrap();
    assert_eq!(times(&store, &bench).await.len(), 0);
    store.record_events(&bench.recorder(), &[event(2, None)]).await.unwrap();
    assert_eq!(times(&store, &bench).await, [2]);
}

#[tokio::test]
async fn alerts_of_an_older_file_are_found() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let path = options(folder.path()).events_path();
    private(&path, "");
    let mut raw = SqliteConnectOptions::new().filename(&path);
    raw = raw.journal_mode(SqliteJournalMode::Wal);
    let mut raw = raw.connect().await.unwrap();
    let schema = include_str!("../../migrations/sqlite-events/0001_events.sql");
    sqlx::raw_sql(schema).execute(&mut raw).await.unwrap();
    for at in 1..5 {
        let text = serde_json::to_string(&event(at, None)).unwrap();
        let insert = sqlx::query("INSERT INTO boot_events (at, event) VALUES (?, ?)");
        insert.bind(at).bind(text).execute(&mut raw).await.unwrap();
    }
    let grant = bench.grant().await;
    let list = async |filter: EventFilter| {
        let events = store.list_events(&grant, &filter).await.unwrap();
        events.iter().map(|event| event.at.as_millis()).collect::<Vec<_>>()
    };
    let mut alerts = EventFilter::default();
    alerts.alerts = true;
    assert_eq!(list(EventFilter::default()).await, [4, 3, 2, 1], "as it is");
    let version = sqlx::query_scalar::<_, i64>("PRAGMA user_version");
    assert_eq!(version.fetch_one(&mut raw).await.unwrap(), 1, "a list alone changes nothing");
    assert_eq!(list(alerts.clone()).await, [3]);
    store.record_events(&bench.recorder(), &[event(3, None), event(9, None)]).await.unwrap();
    assert_eq!(list(alerts).await, [3, 3]);
    assert_eq!(list(EventFilter::default()).await, [9, 4, 3, 3, 2, 1]);
}
