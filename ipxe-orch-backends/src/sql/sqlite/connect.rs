//! Opening the file: its mode, its journal, its connections.

use super::{
    super::{
        error::OpenError,
        head_file::HeadFile,
        migrate::{self, Schema, Tables},
    },
    fault::{fault, is_busy},
    file::{self, Pair},
    options::SqliteOptions,
    session::Connected,
};
use sqlx::{
    ConnectOptions, Connection as _, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};
use std::{io::ErrorKind, path::Path, time::Duration};

/// How long a connection waits for another one's write lock.
const BUSY: Duration = Duration::from_secs(5);
/// A read that gets no connection by then fails; the boot stage asks the next server.
const ACQUIRE: Duration = Duration::from_secs(5);

/// Durable commits, checked references, no statement in the log.
fn common(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
}

/// Below this a write-ahead log is never too long for its disk.
pub(super) const SMALL_LOG: u64 = 1 << 18;
/// Above this, readers have kept the write-ahead log from being used anew.
pub(super) const LONG_LOG: u64 = 4 * (8 << 20);

/// The writer's: with 8 MiB of cache; checkpoints come after 8 MiB, as each delays a commit.
pub(super) fn writer(path: &Path) -> SqliteConnectOptions {
    common(path)
        .pragma("cache_size", "-8192")
        .pragma("wal_autocheckpoint", "2000")
        .pragma("journal_size_limit", "8388608")
}

/// Connections that cannot write.
pub(super) fn readers(options: &SqliteOptions) -> SqlitePool {
    let connect = common(&options.path).pragma("cache_size", "-2048").pragma("query_only", "ON");
    SqlitePoolOptions::new()
        .max_connections(options.readers.max(1))
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .connect_lazy_with(connect)
}

/// Makes the file if it is not there, and brings its tables up to date.
pub(super) async fn prepare(options: &SqliteOptions) -> Result<Schema, OpenError> {
    create(&options.path).await?;
    let mut heads = HeadFile::<Pair>::new(options.heads_path());
    heads.settle(&options.path, None).map_err(|error| OpenError::Heads(Box::new(error)))?;
    file::check_private(&options.path)?;
    let mut connection = common(&options.path).connect().await.map_err(fault)?;
    let result = bring_up(&mut connection, options).await;
    let closed = connection.close().await;
    let schema = result?;
    closed.map_err(fault)?;
    Ok(schema)
}

async fn bring_up(
    connection: &mut SqliteConnection,
    options: &SqliteOptions,
) -> Result<Schema, OpenError> {
    // Looks before it changes anything, the journal included.
    let schema = look(connection, &options.path).await?;
    use_write_ahead_log(connection).await?;
    if schema.missing.is_empty() {
        return Ok(schema);
    }
    execute(connection, "BEGIN EXCLUSIVE").await?;
    // Closing the connection rolls back what fails.
    let mut session = Connected(&mut *connection);
    migrate::migrate(&mut session, options.new_epoch, options.now).await?;
    execute(connection, "COMMIT").await?;
    Ok(schema)
}

async fn look(connection: &mut SqliteConnection, path: &Path) -> Result<Schema, OpenError> {
    match migrate::tables(&mut Connected(connection)).await? {
        Tables::Ours(schema) => Ok(schema),
        Tables::Foreign => Err(OpenError::Foreign { path: path.to_owned() }),
    }
}

/// The tables of a file, which is not changed.
pub(super) async fn schema(path: &Path) -> Result<Schema, OpenError> {
    let mut connection = untouched(path).connect().await.map_err(fault)?;
    let schema = look(&mut connection, path).await;
    connection.close().await.ok();
    schema
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), OpenError> {
    sqlx::query(sql).execute(connection).await.map_err(fault)?;
    Ok(())
}

/// The events' writer: a power failure may take the last of them, none waits for the disk.
pub(super) fn events_writer(path: &Path) -> SqliteConnectOptions {
    common(path)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("cache_size", "-2048")
        .pragma("journal_size_limit", "8388608")
}

/// A connection that lists events.
pub(super) fn events_reader(path: &Path) -> SqliteConnectOptions {
    common(path).pragma("cache_size", "-2048").pragma("query_only", "ON")
}

/// A connection that leaves everything as it is. Without a write-ahead log nobody has the file
/// open: it is read as an immutable one, since SQLite would make a log even for a reader.
pub(super) fn untouched(path: &Path) -> SqliteConnectOptions {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(true)
        .immutable(!Path::new(&log).exists())
        .busy_timeout(Duration::from_millis(500))
        .disable_statement_logging()
}

/// The write-ahead log takes the mode of the file, so it is made before SQLite would.
pub(super) async fn create(path: &Path) -> Result<(), OpenError> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    match options.open(path).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(OpenError::Create { path: path.to_owned(), source }),
    }
}

/// Two programs that open a new file at once may find it locked; SQLite does not wait here.
pub(super) async fn use_write_ahead_log(
    connection: &mut SqliteConnection,
) -> Result<(), OpenError> {
    for _ in 0..100 {
        let mode = sqlx::query_scalar::<_, String>("PRAGMA journal_mode = WAL");
        match mode.fetch_one(&mut *connection).await {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => return Err(OpenError::NoWriteAheadLog),
            Err(error) if is_busy(&error) => {}
            Err(error) => return Err(fault(error).into()),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(OpenError::NoWriteAheadLog)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipxe_orch_core::{
        ids::{ChainId, Epoch},
        time::Timestamp,
    };

    async fn pragma(connection: &mut SqliteConnection, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
    }

    /// What a lost or a torn commit would show only after a power failure.
    #[tokio::test]
    async fn commits_are_durable_references_checked_and_readers_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let (chain, epoch) = (ChainId::from_bytes([1; 16]), Epoch(uuid::Uuid::nil()));
        let now = Timestamp::from_millis(0);
        let options = SqliteOptions::new(folder.path().join("db"), chain, epoch, now);
        prepare(&options).await.unwrap();
        let mut writer = writer(&options.path).connect().await.unwrap();
        let mut reader = readers(&options).acquire().await.unwrap();
        for connection in [&mut writer, &mut *reader] {
            assert_eq!(pragma(connection, "PRAGMA synchronous").await, 2, "FULL");
            assert_eq!(pragma(connection, "PRAGMA foreign_keys").await, 1);
            let mode = sqlx::query_scalar::<_, String>("PRAGMA journal_mode");
            assert_eq!(mode.fetch_one(connection).await.unwrap(), "wal");
        }
        let write = sqlx::query("DELETE FROM audit").execute(&mut *reader).await;
        assert!(write.unwrap_err().to_string().contains("readonly"));
        let mut events = events_writer(&options.path).connect().await.unwrap();
        assert_eq!(pragma(&mut events, "PRAGMA synchronous").await, 1, "NORMAL");
    }
}
