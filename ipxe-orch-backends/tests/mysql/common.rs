//! Databases of their own on the server of the tests.

use ipxe_orch_backends::sql::{MysqlOptions, MysqlStore};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    time::Timestamp,
};
use sqlx::{Connection as _, Executor as _, MySqlConnection};
use std::env;
use tempfile::TempDir;
use uuid::Uuid;

#[expect(clippy::disallowed_methods, reason = "which server there is, only the environment tells")]
fn server() -> String {
    let server = ["IPXE_ORCH_TEST_MYSQL", "IPXE_ORCH_TEST_MARIADB"].map(env::var);
    let server = server.into_iter().find_map(Result::ok);
    server.ok_or("run it with `scripts/databases COMMAND`, which starts a server").unwrap()
}

/// A database, and a folder for the file beside it.
pub(crate) struct Place {
    url: String,
    folder: TempDir,
}

impl Place {
    /// A new database, with the name of the folder.
    pub(crate) async fn new() -> Self {
        let server = server();
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let random = folder.path().file_name().unwrap().to_string_lossy().replace('.', "");
        let name = format!("test_{random}");
        let mut connection = MySqlConnection::connect(&server).await.unwrap();
        let sql = format!("CREATE DATABASE {name}");
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        connection.close().await.unwrap();
        Self { url: server.replace("/?", &format!("/{name}?")), folder }
    }

    pub(crate) fn options(&self) -> MysqlOptions {
        let epoch = Epoch(Uuid::from_bytes([7; 16]));
        let now = Timestamp::from_millis(1_790_000_000_000);
        let heads = self.folder.path().join("ipxe-orch-heads");
        MysqlOptions::from_url(&self.url, heads, ChainId::from_bytes([1; 16]), epoch, now).unwrap()
    }
}

pub(crate) async fn open(place: &Place) -> MysqlStore {
    open_as(place, 1).await
}

/// Opens it as another program, with an audit chain of its own.
pub(crate) async fn open_as(place: &Place, chain: u8) -> MysqlStore {
    let mut options = place.options();
    options.chain = ChainId::from_bytes([chain; 16]);
    MysqlStore::open(options).await.unwrap()
}

/// A connection beside the stores.
pub(crate) async fn raw(place: &Place) -> MySqlConnection {
    MySqlConnection::connect(&place.url).await.unwrap()
}

pub(crate) async fn execute(connection: &mut MySqlConnection, sql: &str) {
    connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
}

/// Bytes, as they stand in a statement.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    format!("x'{digits}'")
}
