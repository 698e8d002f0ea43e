//! Opening the file: its mode, its journal, its connections.

use super::{
    super::{
        driver::Fault,
        error::OpenError,
        head_file::HeadFile,
        migrate::{self, Schema, Tables},
    },
    fault::{fault, is_busy},
    file::{self, Pair},
    options::SqliteOptions,
    session::Connected,
};
use rusqlite::{Connection, OpenFlags, Result};
use std::{
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a connection waits for another one's write lock.
const BUSY: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared.
const PREPARED: usize = 100;

/// How connections to a file are opened.
#[derive(Clone, Debug)]
pub(super) struct Connect {
    path: PathBuf,
    pragmas: &'static str,
}

/// What all connections have: durable commits, checked references.
macro_rules! pragmas {
    ($($own:literal)*) => {
        concat!("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; ", $($own),*)
    };
}

impl Connect {
    fn new(path: &Path, pragmas: &'static str) -> Self {
        Self { path: path.to_owned(), pragmas }
    }

    /// A connection to the file that is there; none is made.
    pub(super) fn open(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.execute_batch(self.pragmas)?;
        Ok(connection)
    }
}

/// Below this a write-ahead log is never too long for its disk.
pub(super) const SMALL_LOG: u64 = 1 << 18;
/// So many pages of 4 KiB in the write-ahead log, which are 8 MiB, are moved into the file.
pub(super) const CHECKPOINT_PAGES: i64 = 2000;
/// Above this, readers have kept the write-ahead log from being used anew.
pub(super) const LONG_LOG: u64 = 4 * (8 << 20);

/// The writer's: with 8 MiB of cache; checkpoints come after 8 MiB, as each delays a commit.
pub(super) fn writer(path: &Path) -> Connect {
    let pragmas = pragmas!(
        "PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 2000; "
        "PRAGMA journal_size_limit = 8388608"
    );
    Connect::new(path, pragmas)
}

/// A connection that cannot write.
pub(super) fn reader(path: &Path) -> Connect {
    Connect::new(path, pragmas!("PRAGMA cache_size = -2048; PRAGMA query_only = ON"))
}

/// The events' writer: a power failure may take the last of them, none waits for the disk.
pub(super) fn events_writer(path: &Path) -> Connect {
    let pragmas = pragmas!(
        "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2048; "
        "PRAGMA journal_size_limit = 8388608"
    );
    Connect::new(path, pragmas)
}

/// A connection that leaves everything as it is. Without a write-ahead log nobody has the file
/// open: it is read as an immutable one, since SQLite would make a log even for a reader.
pub(super) fn untouched(path: &Path) -> Result<Connection> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let immutable = if Path::new(&log).exists() { "0" } else { "1" };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let url = format!("file:{}?immutable={immutable}", escaped(path));
    let connection = Connection::open_with_flags(url, flags)?;
    connection.busy_timeout(Duration::from_millis(500))?;
    Ok(connection)
}

/// The path as it stands in a URL.
fn escaped(path: &Path) -> String {
    let byte = |byte: &u8| match byte {
        b'/' | b'.' | b'-' | b'_' => char::from(*byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    path.as_os_str().as_encoded_bytes().iter().map(byte).collect()
}

/// Makes the file if it is not there, and brings its tables up to date.
pub(super) async fn prepare(options: &SqliteOptions) -> Result<Schema, OpenError> {
    create(&options.path)?;
    let mut heads = HeadFile::<Pair>::new(options.heads_path());
    heads.settle(&options.path, None).map_err(|error| OpenError::Heads(Box::new(error)))?;
    file::check_private(&options.path)?;
    let mut connection = Connect::new(&options.path, pragmas!()).open().map_err(fault)?;
    let schema = bring_up(&mut connection, options).await?;
    close(connection)?;
    Ok(schema)
}

/// Closes a connection; what cannot be closed is dropped.
pub(super) fn close(connection: Connection) -> Result<(), Fault> {
    connection.close().map_err(|(_, error)| fault(error))
}

async fn bring_up(
    connection: &mut Connection,
    options: &SqliteOptions,
) -> Result<Schema, OpenError> {
    // Looks before it changes anything, the journal included.
    let schema = look(connection, &options.path).await?;
    use_write_ahead_log(connection).await?;
    if schema.missing.is_empty() {
        return Ok(schema);
    }
    execute(connection, "BEGIN EXCLUSIVE")?;
    // Closing the connection rolls back what fails.
    let mut session = Connected(&mut *connection);
    migrate::migrate(&mut session, options.new_epoch, options.now).await?;
    execute(connection, "COMMIT")?;
    Ok(schema)
}

async fn look(connection: &mut Connection, path: &Path) -> Result<Schema, OpenError> {
    match migrate::tables(&mut Connected(connection)).await? {
        Tables::Ours(schema) => Ok(schema),
        Tables::Foreign => Err(OpenError::Foreign { path: path.to_owned() }),
    }
}

/// The tables of a file, which is not changed.
pub(super) async fn schema(path: &Path) -> Result<Schema, OpenError> {
    let mut connection = untouched(path).map_err(fault)?;
    look(&mut connection, path).await
}

pub(super) fn execute(connection: &Connection, sql: &str) -> Result<(), OpenError> {
    Ok(connection.execute_batch(sql).map_err(fault)?)
}

/// The write-ahead log takes the mode of the file, so it is made before SQLite would.
pub(super) fn create(path: &Path) -> Result<(), OpenError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    options.mode(0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(OpenError::Create { path: path.to_owned(), source }),
    }
}

/// Two programs that open a new file at once may find it locked; SQLite does not wait here.
pub(super) async fn use_write_ahead_log(connection: &mut Connection) -> Result<(), OpenError> {
    for _ in 0..100 {
        let mode = connection.query_one("PRAGMA journal_mode = WAL", (), |row| row.get(0));
        match mode {
            Ok(mode) if String::as_str(&mode) == "wal" => return Ok(()),
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

    fn pragma(connection: &Connection, sql: &'static str) -> i64 {
        connection.query_one(sql, (), |row| row.get(0)).unwrap()
    }

    /// What a lost or a torn commit would show only after a power failure.
    #[tokio::test]
    async fn commits_are_durable_references_checked_and_readers_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let (chain, epoch) = (ChainId::from_bytes([1; 16]), Epoch(uuid::Uuid::nil()));
        let now = Timestamp::from_millis(0);
        let options = SqliteOptions::new(folder.path().join("db"), chain, epoch, now);
        prepare(&options).await.unwrap();
        let writer = writer(&options.path).open().unwrap();
        let reader = reader(&options.path).open().unwrap();
        for connection in [&writer, &reader] {
            assert_eq!(pragma(connection, "PRAGMA synchronous"), 2, "FULL");
            assert_eq!(pragma(connection, "PRAGMA foreign_keys"), 1);
            let mode = connection.query_one("PRAGMA journal_mode", (), |row| row.get(0));
            assert_eq!(mode, Ok("wal".to_owned()));
        }
        let write = reader.execute("DELETE FROM audit", ());
        assert!(write.unwrap_err().to_string().contains("readonly"));
        let events = events_writer(&options.path).open().unwrap();
        assert_eq!(pragma(&events, "PRAGMA synchronous"), 1, "NORMAL");
    }

    #[test]
    fn any_path_stands_in_a_url() {
        assert_eq!(escaped(Path::new("/var/a b?#%.db")), "/var/a%20b%3F%23%25.db");
    }
}
