//! Databases in folders of their own.

use ipxe_orch_backends::sql::{SqliteOptions, SqliteStore};
use ipxe_orch_core::{
    audit::{AuditEntry, ChainVerifier, ChainedEntry},
    conformance::Bench,
    ids::{ChainId, Epoch},
    stores::AuditStore,
    time::Timestamp,
};
use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};
use tempfile::TempDir;
use uuid::Uuid;

/// A new folder below the build's.
pub(crate) fn folder() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// The database of a folder, made where there is none.
pub(crate) fn options(folder: &Path) -> SqliteOptions {
    let epoch = Epoch(Uuid::from_bytes([7; 16]));
    let now = Timestamp::from_millis(1_790_000_000_000);
    SqliteOptions::new(folder.join("ipxe-orch.db"), ChainId::from_bytes([1; 16]), epoch, now)
}

pub(crate) async fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(options(folder)).await.unwrap()
}

/// The store, and a bench around it.
pub(crate) async fn bench(folder: &Path) -> (Arc<SqliteStore>, Bench) {
    let store = Arc::new(open(folder).await);
    (Arc::clone(&store), Bench::new(store))
}

/// A connection beside the store's.
pub(crate) async fn raw(folder: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(options(folder).path).connect().await.unwrap()
}

pub(crate) async fn execute(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

/// Makes the tables what they were before the migration of this version.
pub(crate) async fn undo(connection: &mut SqliteConnection, version: i64) {
    for (_, sql) in UNDO.iter().filter(|(undone, _)| *undone >= version) {
        execute(connection, sql).await;
    }
    sqlx::query("DELETE FROM schema_migrations WHERE version >= ?")
        .bind(version)
        .execute(connection)
        .await
        .unwrap();
}

/// The newest first.
const UNDO: [(i64, &str); 18] = [
    (26, "DROP TABLE audit_sinks"),
    (25, "DROP TABLE audit_checkpoints"),
    (24, "DROP TABLE policies; ALTER TABLE leases DROP COLUMN protected"),
    (23, "DROP TABLE accounts; DROP TABLE bindings; DROP TABLE sessions; DROP TABLE tokens"),
    (
        22,
        "ALTER TABLE leases DROP COLUMN idle_generation; \
         ALTER TABLE leases DROP COLUMN macs; ALTER TABLE leases DROP COLUMN uuid; \
         ALTER TABLE leases DROP COLUMN serial; ALTER TABLE leases DROP COLUMN image_generation; \
         ALTER TABLE leases DROP COLUMN image_key; \
         ALTER TABLE leases DROP COLUMN earlier_images; ALTER TABLE leases DROP COLUMN image_tag",
    ),
    // It changes nothing here.
    (21, "SELECT 1"),
    (
        20,
        "DROP INDEX leases_by_state; DROP INDEX host_labels_by_name; \
         ALTER TABLE leases DROP COLUMN state; ALTER TABLE leases DROP COLUMN name; \
         ALTER TABLE host_labels DROP COLUMN name; \
         CREATE INDEX host_labels_by_value ON host_labels (key, value, host_id)",
    ),
    (19, "ALTER TABLE meta DROP COLUMN suspended"),
    (
        16,
        "ALTER TABLE profiles ADD COLUMN current INTEGER NOT NULL DEFAULT 0; \
         UPDATE profiles SET current = 1 WHERE (name, digest) IN \
         (SELECT name, digest FROM current_profiles); DROP TABLE current_profiles; \
         CREATE UNIQUE INDEX current_profiles ON profiles (name) WHERE current = 1",
    ),
    (
        15,
        "DROP INDEX attempts_by_deadline; DROP INDEX attempts_by_offer; \
         ALTER TABLE attempts DROP COLUMN outcome; \
         CREATE INDEX attempts_by_deadline ON attempts (deadline) \
         WHERE closed IS NULL AND deadline IS NOT NULL; \
         CREATE INDEX attempts_by_offer ON attempts (offered_at) \
         WHERE closed IS NULL AND claim_id IS NULL",
    ),
    (14, "ALTER TABLE attempts DROP COLUMN claim_from"),
    (13, "ALTER TABLE leases DROP COLUMN loader"),
    (12, "ALTER TABLE hosts DROP COLUMN earlier_images"),
    (
        11,
        "DROP TABLE accepted_epochs; DROP TRIGGER lease_is_made; DROP TRIGGER lease_is_written; \
         DROP TRIGGER lease_is_removed; ALTER TABLE meta DROP COLUMN checked_at; \
         ALTER TABLE meta DROP COLUMN lease_writes",
    ),
    (10, "ALTER TABLE hosts DROP COLUMN image"),
    (9, "ALTER TABLE leases DROP COLUMN last_mark"),
    (8, "DROP TABLE shared_values"),
    (
        7,
        "DROP INDEX leases_by_expiry; DROP INDEX attempts_by_deadline; \
         DROP INDEX attempts_by_offer; ALTER TABLE leases DROP COLUMN mark_expires_at",
    ),
];

/// The whole audit, its chains verified.
pub(crate) async fn audit(store: &dyn AuditStore, bench: &Bench) -> Vec<ChainedEntry> {
    let entries = store.read_audit(&bench.grant().await, None, u32::MAX).await.unwrap();
    let mut verifier = ChainVerifier::default();
    for entry in &entries {
        verifier.push(entry).unwrap();
    }
    verifier.finish().unwrap();
    entries
}

/// The actions of the whole audit.
pub(crate) async fn actions(store: &dyn AuditStore, bench: &Bench) -> Vec<String> {
    let action =
        |entry: &ChainedEntry| serde_json::from_str::<AuditEntry>(&entry.text).unwrap().action;
    audit(store, bench).await.iter().map(action).collect()
}

/// A file that only its owner may read.
pub(crate) fn private(path: &Path, text: impl AsRef<[u8]>) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
