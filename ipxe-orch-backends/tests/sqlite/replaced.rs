//! A database that is replaced, deleted or set back while programs use it.

use crate::common::{actions, bench, execute, folder, open, options, raw};
use ipxe_orch_backends::sql::SqliteStore;
use ipxe_orch_core::{
    auth::Record,
    conformance::Bench,
    ids::{ChainId, Epoch},
    orchestrator::{MarkOrder, OpenTicket, Operation, OrchestratorError, TicketAnswer},
    stores::{EventFilter, HostKey, StoreError, prelude::*},
};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

/// A program with a chain of its own on the database of a folder.
async fn program(folder: &Path, chain: u8) -> (Arc<SqliteStore>, Bench) {
    let mut options = options(folder);
    options.chain = ChainId::from_bytes([chain; 16]);
    let store = Arc::new(SqliteStore::open(options).await.unwrap());
    (store.clone(), Bench::new(store))
}

/// A whole copy of the database, as a backup makes it.
async fn back_up(folder: &Path) -> Vec<u8> {
    let (copy, mut connection) = (folder.join("backup.db"), raw(folder).await);
    fs::remove_file(&copy).ok();
    sqlx::query("VACUUM INTO ?")
        .bind(copy.to_str().unwrap())
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)).unwrap();
    fs::read(&copy).unwrap()
}

fn database(folder: &Path) -> std::path::PathBuf {
    options(folder).path
}

/// An offered host, its ticket, and a backup of that moment. Then the mark is cancelled.
struct Offered {
    ticket: OpenTicket,
    backup: Vec<u8>,
}

async fn offered_then_cancelled(folder: &Path, bench: &Bench, by: &Bench) -> Offered {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let attempt = bench.host(1).await.lease.attempt.unwrap().id;
    let ticket = bench.ticket(attempt).await;
    let backup = back_up(folder).await;
    let key = HostKey::Id(host.id);
    by.orchestrator.operate(&by.operator, &key, &Operation::Cancel, None).await.unwrap();
    Offered { ticket, backup }
}

/// Nothing of it is claimed, offered or marked, and the reason is said.
async fn installs_nothing(bench: &Bench, offered: &Offered, why: &str) {
    let origin = bench.operator.origin.clone();
    let claim = bench.orchestrator.claim(&offered.ticket, origin).await;
    assert_eq!(claim.unwrap(), TicketAnswer::NotFound);
    assert!(!bench.orchestrator.check_store().await.unwrap());
    let told = bench.orchestrator.suspended().unwrap();
    assert!(told.contains(why) && told.contains("accept-restore"), "{told}");
    let key = HostKey::Id(bench.host(1).await.id);
    let mark = bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await;
    let refused = matches!(mark, Err(OrchestratorError::Refused(_)));
    // Each bench counts its ids from the start.
    assert!(refused || mark.as_ref().is_ok_and(|mark| !mark.created), "{mark:?}");
}

fn swap(folder: &Path, backup: &[u8]) {
    let new = folder.join("new.db");
    fs::write(&new, backup).unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(new, database(folder)).unwrap();
}

/// B1: the servers have the old file open, whose name another file has now.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_replaced_by_rename_installs_nothing() {
    let folder = folder();
    let (_store, bench) = program(folder.path(), 1).await;
    let offered = offered_then_cancelled(folder.path(), &bench, &bench).await;
    swap(folder.path(), &offered.backup);
    installs_nothing(&bench, &offered, "does not contain entry").await;
    // What people do is written into the file that is there now.
    let host = bench.host(1).await;
    assert!(host.lease.mark.is_some(), "it is the old copy that is read");
    let key = HostKey::Id(host.id);
    bench.orchestrator.operate(&bench.operator, &key, &Operation::Cancel, None).await.unwrap();
    let (_, late) = program(folder.path(), 9).await;
    assert!(late.host(1).await.lease.mark.is_none());
}

/// B1: with its log, as a script does that removes all files first.
#[tokio::test(flavor = "multi_thread")]
async fn files_that_were_removed_and_put_back_install_nothing() {
    let folder = folder();
    let (_store, bench) = program(folder.path(), 1).await;
    let offered = offered_then_cancelled(folder.path(), &bench, &bench).await;
    let path = database(folder.path());
    for suffix in ["-wal", "-shm", ""] {
        fs::remove_file(format!("{}{suffix}", path.display())).unwrap();
    }
    swap(folder.path(), &offered.backup);
    installs_nothing(&bench, &offered, "does not contain entry").await;
}

/// B1: a copy that has everything goes on by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_copy_in_its_place_is_taken() {
    let folder = folder();
    let (store, bench) = program(folder.path(), 1).await;
    offered_then_cancelled(folder.path(), &bench, &bench).await;
    let now = back_up(folder.path()).await;
    swap(folder.path(), &now);
    assert!(bench.orchestrator.check_store().await.unwrap());
    store.append_audit(&bench.recorder(), &[bench.entry("later")]).await.unwrap();
    assert_eq!(bench.orchestrator.suspended(), None);
    let (late, other) = program(folder.path(), 9).await;
    assert_eq!(actions(late.as_ref(), &other).await.last().unwrap(), "later");
}

/// B1: nothing is written into a file without a name, and none is made.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_is_named_and_works_when_it_is_back() {
    let folder = folder();
    let (store, bench) = program(folder.path(), 1).await;
    let (path, away) = (database(folder.path()), folder.path().join("away.db"));
    store.append_audit(&bench.recorder(), &[bench.entry("before")]).await.unwrap();
    fs::rename(&path, &away).unwrap();
    let gone = store.append_audit(&bench.recorder(), &[bench.entry("gone")]).await.unwrap_err();
    let StoreError::Unavailable(why) = &gone else { panic!("{gone:?}") };
    assert!(why.to_string().contains("is gone: it was deleted or moved away"), "{why}");
    assert!(!path.exists());
    fs::rename(&away, &path).unwrap();
    store.append_audit(&bench.recorder(), &[bench.entry("back")]).await.unwrap();
    assert_eq!(actions(store.as_ref(), &bench).await, ["before", "back"]);
}

/// B2: the same inode, through SQLite itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_set_back_in_place_installs_nothing() {
    let folder = folder();
    let (_store, bench) = program(folder.path(), 1).await;
    let offered = offered_then_cancelled(folder.path(), &bench, &bench).await;
    let mut other = raw(folder.path()).await;
    execute(&mut other, "UPDATE marks SET mark = mark").await;
    let backup = folder.path().join("backup.db");
    let attach = format!("ATTACH '{}' AS old", backup.display());
    sqlx::raw_sql(sqlx::AssertSqlSafe(attach)).execute(&mut other).await.unwrap();
    execute(
        &mut other,
        "BEGIN; DELETE FROM leases; INSERT INTO leases SELECT * FROM old.leases; \
         DELETE FROM audit; INSERT INTO audit SELECT * FROM old.audit; \
         UPDATE attempts SET closed = NULL; COMMIT",
    )
    .await;
    installs_nothing(&bench, &offered, "does not contain entry").await;
}

/// 400 hosts, one after another, write far more than 8 MiB into the log.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_moved_into_the_file_while_the_store_is_open() {
    let folder = folder();
    let (_store, bench) = program(folder.path(), 1).await;
    let size = |suffix: &str| {
        let path = folder.path().join(format!("ipxe-orch.db{suffix}"));
        fs::metadata(path).unwrap().len()
    };
    let (before, mut longest) = (size(""), 0);
    for number in 1..=400 {
        bench.register(number, false).await;
        longest = longest.max(size("-wal"));
    }
    assert!(size("") > before, "no checkpoint was made");
    assert!((8_000_000..12_000_000).contains(&longest), "the log had {longest} bytes");
    assert!(bench.orchestrator.check_store().await.unwrap(), "its own checkpoint is suspect");
}

/// B2: the bytes of an old copy over those of the file, behind SQLite's back.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_copy_over_the_file_installs_nothing() {
    let folder = folder();
    let (_store, bench) = program(folder.path(), 1).await;
    let offered = offered_then_cancelled(folder.path(), &bench, &bench).await;
    execute(&mut raw(folder.path()).await, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    fs::write(database(folder.path()), &offered.backup).unwrap();
    let origin = bench.operator.origin.clone();
    let claim = bench.orchestrator.claim(&offered.ticket, origin).await;
    assert!(!matches!(claim, Ok(TicketAnswer::Found(()))), "{claim:?}");
    assert!(!bench.orchestrator.check_store().await.unwrap());
}

/// B2: only some of its pages are older.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_older_leases_is_noticed() {
    let folder = folder();
    let (_store, bench) = program(folder.path(), 1).await;
    offered_then_cancelled(folder.path(), &bench, &bench).await;
    let mut other = raw(folder.path()).await;
    execute(
        &mut other,
        "DROP TRIGGER lease_is_written; UPDATE leases SET generation = generation - 1; \
         PRAGMA wal_checkpoint(TRUNCATE)",
    )
    .await;
    assert!(!bench.orchestrator.check_store().await.unwrap());
    let why = bench.orchestrator.suspended().unwrap();
    assert!(why.contains("older than the rest"), "{why}");
}

/// B2: what another program has written is missing, and this one wrote nothing since.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_program_lost_is_noticed_by_all() {
    let folder = folder();
    let (_one, bench) = program(folder.path(), 1).await;
    let (_two, operator) = program(folder.path(), 2).await;
    let offered = offered_then_cancelled(folder.path(), &bench, &operator).await;
    swap(folder.path(), &offered.backup);
    installs_nothing(&bench, &offered, "audit chain 02020202").await;
}

/// B2: all programs are killed, the copy is put back, and they are started again at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_put_back_after_a_kill_installs_nothing() {
    let folder = folder();
    let (one, bench) = program(folder.path(), 1).await;
    let (two, operator) = program(folder.path(), 2).await;
    let offered = offered_then_cancelled(folder.path(), &bench, &operator).await;
    drop((bench, operator));
    for store in [one, two] {
        Arc::into_inner(store).unwrap().close().await;
    }
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(format!("{}{suffix}", database(folder.path()).display())).ok();
    }
    fs::write(database(folder.path()), &offered.backup).unwrap();
    // Whichever of them asks first, and one that was never here.
    for chain in [1, 2, 3] {
        let (_store, bench) = program(folder.path(), chain).await;
        installs_nothing(&bench, &offered, "does not contain entry").await;
    }
}

/// B3: all that the copy still offers is void; then it installs again, for every program.
#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_copy_offers_nothing_of_before() {
    let folder = folder();
    let (_one, bench) = program(folder.path(), 1).await;
    let (_two, operator) = program(folder.path(), 2).await;
    let offered = offered_then_cancelled(folder.path(), &bench, &operator).await;
    swap(folder.path(), &offered.backup);
    installs_nothing(&bench, &offered, "does not contain entry").await;
    installs_nothing(&operator, &offered, "does not contain entry").await;
    let before = bench.store.epoch().await.unwrap();
    let accepted = operator.orchestrator.accept_database(&operator.operator, vec![]).await.unwrap();
    let [voided] = &accepted.voided[..] else { panic!("{accepted:?}") };
    assert_eq!(
        (&voided.host, voided.was.to_string()),
        (&bench.host(1).await.spec.name, "offered".to_owned())
    );
    assert!(bench.host(1).await.lease.mark.is_none());
    assert_eq!(bench.store.epoch().await.unwrap(), accepted.epoch);
    assert!(bench.store.has_accepted(before).await.unwrap());
    assert!(bench.orchestrator.check_store().await.unwrap(), "the other program works with it");
    bench.orchestrator.resume_installs();
    let origin = bench.operator.origin.clone();
    let claim = bench.orchestrator.claim(&offered.ticket, origin).await.unwrap();
    assert_eq!(claim, TicketAnswer::NotFound, "the old offer stays void");
    let key = HostKey::Id(bench.host(1).await.id);
    bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await.unwrap();
    // The same copy once more is older than the acceptance.
    swap(folder.path(), &offered.backup);
    installs_nothing(&bench, &offered, "a copy from before a restore was accepted").await;
}

/// A17: as with keys.
#[tokio::test]
async fn a_file_that_others_may_read_is_refused() {
    for suffix in ["", "-wal", "-shm"] {
        let folder = folder();
        let store = open(folder.path()).await;
        let path = format!("{}{suffix}", database(folder.path()).display());
        if suffix.is_empty() {
            store.close().await;
        } else {
            store.epoch().await.unwrap();
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = SqliteStore::open(options(folder.path())).await.unwrap_err().to_string();
        let expected =
            format!("{path}: other users may access it (mode 0640): run `chmod 600 {path}`");
        assert_eq!(error, expected);
    }
}

/// A17: the events tell who boots; nobody's boot depends on them.
#[tokio::test]
async fn events_that_others_may_read_are_not_written() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    fs::write(options(folder.path()).events_path(), "").unwrap();
    fs::set_permissions(options(folder.path()).events_path(), fs::Permissions::from_mode(0o644))
        .unwrap();
    let event = crate::events::event(5, None);
    let error = store.record_events(&bench.recorder(), &[event]).await.unwrap_err();
    let StoreError::Unavailable(why) = &error else { panic!("{error:?}") };
    assert!(why.to_string().contains("-events.db: other users may access it"), "{why}");
}

/// B1: events go into the file that has the name, not into the one that had it.
#[tokio::test]
async fn a_replaced_file_of_events_is_left() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let (path, event) = (options(folder.path()).events_path(), crate::events::event(5, None));
    for _ in 0..2 {
        store.record_events(&bench.recorder(), std::slice::from_ref(&event)).await.unwrap();
        let listed =
            store.list_events(&bench.grant().await, &EventFilter::default()).await.unwrap();
        assert_eq!(listed.len(), 1);
        fs::write(folder.path().join("new"), "").unwrap();
        fs::set_permissions(folder.path().join("new"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::rename(folder.path().join("new"), &path).unwrap();
    }
}

/// B5, B6: what is wrong is named, and mended by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_check_writes_and_leaves_nothing_behind() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let recorder: ipxe_orch_core::auth::Granted<Record> = bench.recorder();
    let at = ipxe_orch_core::time::Timestamp::from_millis(7);
    let checked = store.check(&recorder, at).await.unwrap();
    assert_eq!((checked.epoch, checked.latest.len()), (Epoch::from_bytes([7; 16]), 0));
    let checks: i64 = sqlx::query_scalar("SELECT checked_at FROM meta")
        .fetch_one(&mut raw(folder.path()).await)
        .await
        .unwrap();
    assert_eq!(checks, 7);
    let commits = store.counters().commits;
    store.check(&recorder, at).await.unwrap();
    assert_eq!(store.counters().commits, commits, "once a second");
    store.append_audit(&recorder, &[bench.entry("x"), bench.entry("y")]).await.unwrap();
    let checked = store.check(&recorder, at).await.unwrap();
    let [last] = checked.latest[..] else { panic!("{checked:?}") };
    assert_eq!((last.chain, last.sequence), (checked.chain, 2));
}
