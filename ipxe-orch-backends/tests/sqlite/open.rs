//! Opening: what is made, what is refused, and that a refusal changes nothing.

use crate::common::{bench, execute, folder, open, options, private, raw, undo};
use ipxe_orch_backends::sql::{Dialect, OpenError, SqliteOptions, SqliteStore, migrations};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    image::Medium,
    lease::{Closed, Outcome},
    orchestrator::WhichImages,
    stores::{HostFilter, StoreError, prelude::*},
    time::Clock as _,
};
use sqlx::SqliteConnection;
use std::{fs, sync::Arc};
use uuid::Uuid;

#[tokio::test]
async fn a_new_file_is_for_its_owner_only_and_keeps_its_epoch() {
    let folder = folder();
    let store = open(folder.path()).await;
    let epoch = store.epoch().await.unwrap();
    assert_eq!(epoch, options(folder.path()).new_epoch);
    #[cfg(unix)]
    for entry in fs::read_dir(folder.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
    store.close().await;
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "closing tidies up");
    let mut again = options(folder.path());
    again.new_epoch = Epoch(Uuid::from_bytes([9; 16]));
    assert_eq!(SqliteStore::open(again).await.unwrap().epoch().await.unwrap(), epoch);
}

/// Two connections that close at the same time would leave the write-ahead log behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn closing_tidies_up_after_many_readers() {
    for _ in 0..50 {
        let folder = folder();
        let store = Arc::new(open(folder.path()).await);
        let reads: Vec<_> = (0..16)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.epoch().await.unwrap() })
            })
            .collect();
        for read in reads {
            read.await.unwrap();
        }
        Arc::into_inner(store).unwrap().close().await;
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let folder = folder();
    let error = SqliteStore::open(options(&folder.path().join("none"))).await.unwrap_err();
    assert!(error.to_string().contains("none/ipxe-orch.db cannot be created"), "{error}");
}

#[test]
fn a_database_in_memory_is_refused() {
    let SqliteOptions { chain, new_epoch, now, .. } = options("".as_ref());
    let error = SqliteOptions::from_url("sqlite::memory:", chain, new_epoch, now).unwrap_err();
    assert!(error.to_string().contains("forgets its marks"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn programs_that_open_a_new_file_at_once_all_succeed() {
    let folder = folder();
    let opens: Vec<_> = (0..8)
        .map(|number| {
            let mut options = options(folder.path());
            options.chain = ChainId::from_bytes([number; 16]);
            options.new_epoch = Epoch(Uuid::from_bytes([number; 16]));
            tokio::spawn(SqliteStore::open(options))
        })
        .collect();
    let mut epochs = Vec::new();
    for open in opens {
        epochs.push(open.await.unwrap().unwrap().epoch().await.unwrap());
    }
    assert!(epochs.iter().all(|epoch| Some(epoch) == epochs.first()), "{epochs:?}");
}

/// What opening says of a database that was changed like this; the file must stay as it is.
async fn refusal(change: &'static str) -> OpenError {
    let folder = folder();
    open(folder.path()).await.close().await;
    let mut connection = raw(folder.path()).await;
    execute(&mut connection, change).await;
    execute(&mut connection, "PRAGMA journal_mode = DELETE").await;
    sqlx::Connection::close(connection).await.unwrap();
    let path = options(folder.path()).path;
    let before = fs::read(&path).unwrap();
    let error = SqliteStore::open(options(folder.path())).await.unwrap_err();
    assert_eq!(fs::read(&path).unwrap(), before, "the file was changed");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "there are other files");
    error
}

#[tokio::test]
async fn a_newer_database_is_left_as_it_is() {
    let error = refusal("INSERT INTO schema_migrations VALUES (1000, '1000_x', '', 0)").await;
    let known = migrations(Dialect::Sqlite).last().unwrap().version;
    let expected = format!(
        "made by a newer ipxe-orch (schema 1000, this one knows {known}): update ipxe-orch"
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn an_altered_migration_is_refused() {
    let error = refusal("UPDATE schema_migrations SET checksum = 'x' WHERE version = 3").await;
    assert!(matches!(error, OpenError::Altered { version: 3 }), "{error:?}");
    let error = refusal("DELETE FROM schema_migrations WHERE version = 2").await;
    assert!(matches!(error, OpenError::Altered { version: 3 }), "{error:?}");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let error = refusal("DROP TABLE schema_migrations").await;
    assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = folder();
    let path = options(folder.path()).path;
    private(&path, "x".repeat(4096));
    let error = SqliteStore::open(options(folder.path())).await.unwrap_err();
    assert!(matches!(error, OpenError::Driver(_)), "{error:?}");
    assert_eq!(fs::read(&path).unwrap(), "x".repeat(4096).as_bytes());
}

/// A crash inside the migration leaves a file that the next start brings up to date.
#[tokio::test]
async fn missing_migrations_are_applied() {
    let folder = folder();
    private(&options(folder.path()).path, "");
    let store = open(folder.path()).await;
    assert!(store.epoch().await.is_ok());
    let mut connection = raw(folder.path()).await;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM schema_migrations")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(usize::try_from(count).unwrap(), migrations(Dialect::Sqlite).len());
}

/// Claims that were stored before their addresses were (0014) are read, and have none. An address
/// that cannot be read is named.
#[tokio::test]
async fn claims_of_an_older_database_have_no_address() {
    let folder = folder();
    let (_, bench) = bench(folder.path()).await;
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let ticket = bench.ticket(bench.host(1).await.lease.attempt.unwrap().id).await;
    let origin = bench.operator.origin.clone();
    bench.orchestrator.claim(&ticket, origin.clone()).await.unwrap();
    let claimed = bench.host(1).await.lease.attempt.unwrap();
    assert_eq!(claimed.claim.as_ref().unwrap().from, origin.address());
    assert!(origin.address().is_some());
    let mut connection = raw(folder.path()).await;
    undo(&mut connection, 14).await;
    let again = open(folder.path()).await;
    let grant = bench.opened(claimed.id).await;
    let (_, found) = again.lookup_attempt(&grant, claimed.id).await.unwrap().unwrap();
    let mut before = claimed.clone();
    before.claim.as_mut().unwrap().from = None;
    assert_eq!(found, before, "all else is as it was");
    execute(&mut connection, "UPDATE attempts SET claim_from = '192.0.2'").await;
    let corrupt = again.lookup_attempt(&grant, claimed.id).await;
    let Err(StoreError::Corrupt(why)) = corrupt else { panic!("{corrupt:?}") };
    assert!(why.contains("claim_from: invalid IP address"), "{why}");
}

/// Outcomes that were stored before there was a column for them (0015) are compared all the same.
#[tokio::test]
async fn outcomes_of_an_older_database_are_compared() {
    let folder = folder();
    let (_, bench) = bench(folder.path()).await;
    let mut connection = raw(folder.path()).await;
    bench.profile("boot").await;
    for (number, outcome) in (1..).zip(OUTCOMES) {
        let host = bench.register(number, true).await;
        bench.boot(host.id, number).await;
        let closed = Closed { at: bench.clock.now(), outcome, message: None };
        sqlx::query("UPDATE attempts SET closed = ? WHERE host_id = ?")
            .bind(serde_json::to_string(&closed).unwrap())
            .bind(host.id.as_bytes().as_slice())
            .execute(&mut connection)
            .await
            .unwrap();
    }
    undo(&mut connection, 15).await;
    open(folder.path()).await.close().await;
    let sql = "SELECT a.outcome FROM attempts a JOIN host_macs m ON m.host_id = a.host_id \
               ORDER BY m.mac";
    let ranks: Vec<u32> = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
    assert_eq!(ranks, OUTCOMES.map(Outcome::rank));
    assert!(OUTCOMES.is_sorted() && ranks.is_sorted_by(|one, next| one < next), "{ranks:?}");
}

const OUTCOMES: [Outcome; 13] = [
    Outcome::Expired,
    Outcome::OffersUsedUp,
    Outcome::ClockBehind,
    Outcome::Cancelled,
    Outcome::Held,
    Outcome::Voided,
    Outcome::Withdrawn,
    Outcome::Unreported,
    Outcome::Abandoned,
    Outcome::NotStarted,
    Outcome::TimedOut,
    Outcome::Failed,
    Outcome::Done,
];

/// Which version of a profile is the current one, a column said before there was a table (0016).
#[tokio::test]
async fn profiles_of_an_older_database_are_current() {
    let folder = folder();
    let (_, bench) = bench(folder.path()).await;
    bench.profile("boot").await;
    let grant = bench.grant().await;
    let before = bench.store.list_profiles(&grant).await.unwrap();
    assert_eq!(before.len(), 1);
    undo(&mut raw(folder.path()).await, 16).await;
    assert_eq!(open(folder.path()).await.list_profiles(&grant).await.unwrap(), before);
}

/// What a boot request is compared with (0022) is the same for hosts that were there before.
#[tokio::test]
async fn hosts_of_an_older_database_boot_from_one_row() {
    let folder = folder();
    let (_, bench) = bench(folder.path()).await;
    bench.profile("boot").await;
    for number in 1..=3 {
        let host = bench.register(number, number > 1).await;
        bench.boot(host.id, number).await;
    }
    let (servers, which) = (["http://10.0.2.2:8080".parse().unwrap()], WhichImages::All);
    let (orchestrator, operator, all) =
        (&bench.orchestrator, &bench.operator, HostFilter::default());
    let images =
        orchestrator.image_scripts(operator, &all, which, &servers, Medium::Cd).await.unwrap();
    let builds: Vec<_> = images.into_iter().map(|one| (one.host.id, one.build)).collect();
    orchestrator.record_images(operator, &builds).await.unwrap();
    let mut connection = raw(folder.path()).await;
    let before = boot_rows(&mut connection).await;
    assert!(before.len() == 3 && before.iter().all(|row| !row.contains("image_tag NULL")));
    let idle = before.iter().filter(|row| !row.contains("idle_generation NULL")).count();
    assert_eq!(idle, 1, "{before:#?}");
    undo(&mut connection, 22).await;
    open(folder.path()).await.close().await;
    assert_eq!(boot_rows(&mut connection).await, before);
}

async fn boot_rows(connection: &mut SqliteConnection) -> Vec<String> {
    let sql = "SELECT concat('idle_generation ', quote(idle_generation), ' ', quote(name), \
        quote(macs), quote(uuid), quote(serial), quote(image_generation), quote(image_key), \
        quote(earlier_images), ' image_tag ', quote(image_tag)) FROM leases ORDER BY host_id";
    sqlx::query_scalar(sql).fetch_all(connection).await.unwrap()
}
