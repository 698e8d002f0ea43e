//! Databases of their own on the cluster of the tests.

use ipxe_orch_backends::sql::{MysqlOptions, MysqlStore};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection};
use std::env;
use tempfile::TempDir;

const VARIABLE: &str = "IPXE_ORCH_TEST_GALERA";

/// The URLs of the nodes.
#[expect(clippy::disallowed_methods, reason = "which nodes there are, only the environment tells")]
fn nodes() -> Option<Vec<String>> {
    let nodes = env::var(VARIABLE).ok()?;
    Some(nodes.split_whitespace().map(str::to_owned).collect())
}

/// Whether there is no cluster to test with. Says so.
pub(crate) fn is_skipped() -> bool {
    let is_skipped = nodes().is_none();
    if is_skipped {
        eprintln!("skipped: {VARIABLE} names no cluster (`scripts/databases galera COMMAND`)");
    }
    is_skipped
}

/// A database, and a folder for the files beside it.
pub(crate) struct Place {
    name: String,
    nodes: Vec<String>,
    folder: TempDir,
}

impl Place {
    /// A new database, with the name of the folder.
    pub(crate) async fn new() -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let random = folder.path().file_name().unwrap().to_string_lossy().replace('.', "");
        let place = Self { name: format!("test_{random}"), nodes: nodes().unwrap(), folder };
        let mut first = place.raw(0).await;
        run(&mut first, &format!("CREATE DATABASE {}", place.name)).await;
        place
    }

    /// The URL of a node, without a database.
    pub(crate) fn node(&self, node: usize) -> &str {
        self.nodes.get(node).unwrap()
    }

    /// A program at a node, with an audit chain and files of its own.
    pub(crate) fn options(&self, node: usize, chain: u8) -> MysqlOptions {
        self.options_at(self.node(node), chain)
    }

    /// A program at a URL without a database.
    pub(crate) fn options_at(&self, url: &str, chain: u8) -> MysqlOptions {
        let url = url.replace("/?", &format!("/{}?", self.name));
        let heads = self.folder.path().join(format!("heads-{chain}"));
        let (chain, epoch) = (ChainId::from_bytes([chain; 16]), Epoch::from_bytes([7; 16]));
        let now = Timestamp::from_millis(1_790_000_000_000);
        MysqlOptions::from_url(&url, heads, chain, epoch, now).unwrap()
    }

    pub(crate) async fn open(&self, node: usize, chain: u8) -> MysqlStore {
        self.wait_for(node).await;
        MysqlStore::open(self.options(node, chain)).await.unwrap()
    }

    /// Until the node has the database, too.
    pub(crate) async fn wait_for(&self, node: usize) {
        let mut connection = self.raw(node).await;
        run(&mut connection, "SET SESSION wsrep_sync_wait = 1").await;
        run(&mut connection, "SELECT user FROM mysql.user LIMIT 1").await;
    }

    /// A connection to a node beside the stores, as the administrator.
    pub(crate) async fn raw(&self, node: usize) -> MySqlConnection {
        MySqlConnection::connect(self.node(node)).await.unwrap()
    }
}

pub(crate) async fn run(connection: &mut MySqlConnection, sql: &str) {
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await.unwrap();
}
