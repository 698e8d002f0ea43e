//! Backups in files of their own.

use crate::common::{bench, execute, folder, open, options, undo};
use ipxe_orch_backends::sql::{CopyEnd, CopyError, backup, restore};
use ipxe_orch_core::{conformance::Bench, stores::HostFilter, time::Timestamp};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{fs, path::Path};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn end(folder: &Path) -> CopyEnd {
    CopyEnd::sqlite(options(folder))
}

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).connect().await.unwrap()
}

/// The names of the hosts, and why nothing is installed.
async fn found(folder: &Path, bench: &Bench) -> (Vec<String>, String) {
    let bench = bench.beside(std::sync::Arc::new(open(folder).await));
    let grant = bench.grant().await;
    let page = bench.store.list_hosts(&grant, &HostFilter::default()).await.unwrap();
    bench.orchestrator.check_store().await.unwrap();
    let why = bench.orchestrator.doubt().map_or_else(String::new, |why| why.to_string());
    (page.hosts.iter().map(|host| host.spec.name.to_string()).collect(), why)
}

#[tokio::test]
async fn a_backup_of_an_older_version_is_restored_and_left_as_it_is() {
    let (from, to) = (folder(), folder());
    let (_store, bench) = bench(from.path()).await;
    bench.register(1, false).await;
    let file = from.path().join("b.db");
    backup(&end(from.path()), &file, NOW, |_| ()).await.unwrap();
    let mut old = connect(&file).await;
    undo(&mut old, 15).await;
    old.close().await.unwrap();
    let before = fs::read(&file).unwrap();
    restore(&file, &end(to.path()), to.path(), None, NOW, |_| ()).await.unwrap();
    assert!(fs::read(&file).unwrap() == before, "it is only read");
    let (hosts, why) = found(to.path(), &bench).await;
    assert_eq!(hosts, ["host1"]);
    assert!(why.contains("restored from a backup"), "{why}");
}

/// As somebody copies a database with the tools of the system.
#[tokio::test]
async fn a_plain_copy_with_its_log_is_restored() {
    let (from, to) = (folder(), folder());
    let (_store, bench) = bench(from.path()).await;
    bench.register(1, false).await;
    let file = from.path().join("plain.db");
    for suffix in ["", "-wal"] {
        let name = |name: &str| from.path().join(format!("{name}{suffix}"));
        fs::copy(name("ipxe-orch.db"), name("plain.db")).unwrap();
    }
    restore(&file, &end(to.path()), to.path(), None, NOW, |_| ()).await.unwrap();
    assert_eq!(found(to.path(), &bench).await.0, ["host1"]);
}

/// The copy has the evidence as it is.
#[tokio::test]
async fn a_broken_audit_is_copied_and_told() {
    let from = folder();
    let (_store, bench) = bench(from.path()).await;
    bench.register(1, false).await;
    bench.register(2, false).await;
    let mut database = connect(&options(from.path()).path).await;
    execute(&mut database, "UPDATE audit SET text = replace(text, 'host1', 'host3')").await;
    let file = from.path().join("b.db");
    let copied = backup(&end(from.path()), &file, NOW, |_| ()).await.unwrap();
    let broken = copied.broken.unwrap().to_string();
    assert!(broken.contains("entry 1 was changed"), "{broken}");
    assert!(file.exists());
}

#[tokio::test]
async fn no_file_is_overwritten_and_a_failed_backup_leaves_none() {
    let from = folder();
    let (_store, bench) = bench(from.path()).await;
    bench.register(1, false).await;
    let names = || {
        let names = fs::read_dir(from.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().contains("b.db")).count()
    };
    fs::write(from.path().join("b-events.db"), "").unwrap();
    let file = from.path().join("b.db");
    let refused = backup(&end(from.path()), &file, NOW, |_| ()).await.unwrap_err();
    assert!(matches!(refused, CopyError::Exists { .. }), "{refused}");
    assert_eq!(names(), 0);
    let nowhere = from.path().join("nowhere/b.db");
    let refused = backup(&end(from.path()), &nowhere, NOW, |_| ()).await.unwrap_err();
    assert!(refused.to_string().contains("nowhere"), "{refused}");
    // Damage in the source ends it.
    let mut database = connect(&options(from.path()).path).await;
    execute(
        &mut database,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 9999 \
        WHERE name = 'claims'",
    )
    .await;
    drop(database);
    fs::remove_file(from.path().join("b-events.db")).unwrap();
    let failed = backup(&end(from.path()), &file, NOW, |_| ()).await.unwrap_err();
    assert!(!failed.to_string().is_empty());
    assert_eq!(names(), 0, "{failed}");
}
