//! Databases of their own on the servers of the tests.

use crate::mssql::{self, ado};
use ipxe_orch_backends::sql::{self, StoreOptions};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    stores::Store,
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection};
use std::{env, sync::Arc};
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Mariadb,
    Postgres,
    Mssql,
}

impl Server {
    /// Only a SQL Server may be missing. Says so.
    pub(crate) fn is_skipped(self) -> bool {
        self == Self::Mssql && ado::is_skipped()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "only the environment tells which server there is"
    )]
    fn url(self) -> String {
        let names: &[&str] = match self {
            Self::Mariadb => &["IPXE_ORCH_TEST_MYSQL", "IPXE_ORCH_TEST_MARIADB"],
            Self::Postgres => &["IPXE_ORCH_TEST_POSTGRES"],
            Self::Mssql => return mssql_url(),
        };
        let server = names.iter().find_map(|name| env::var(name).ok());
        server.ok_or("run it with `scripts/databases COMMAND`, which starts servers").unwrap()
    }

    /// A connection to this database, as the administrator.
    async fn connect(self, database: &str) -> Raw {
        let url = self.url().replace("/?", &format!("/{database}?"));
        match self {
            Self::Mariadb => Raw::Mariadb(MySqlConnection::connect(&url).await.unwrap()),
            Self::Postgres => Raw::Postgres(PgConnection::connect(&url).await.unwrap()),
            Self::Mssql => Raw::Mssql(Box::new(ado::connected(database).await.unwrap())),
        }
    }
}

/// With the password, which is for tests alone.
fn mssql_url() -> String {
    let (url, password) = ado::url("").unwrap();
    let mut url: url::Url = url.parse().unwrap();
    url.set_password(Some(&password)).unwrap();
    url.into()
}

/// A connection beside the stores, as the administrator.
pub(crate) enum Raw {
    Mariadb(MySqlConnection),
    Postgres(PgConnection),
    Mssql(Box<ado::Raw>),
}

impl Raw {
    pub(crate) async fn run(&mut self, sql: &str) {
        self.try_to_run(sql).await.unwrap();
    }

    pub(crate) async fn try_to_run(
        &mut self,
        sql: &str,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let statements = || sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Mariadb(connection) => connection.execute(statements()).await.map(drop)?,
            Self::Postgres(connection) => connection.execute(statements()).await.map(drop)?,
            Self::Mssql(client) => {
                // As its own client programs do.
                for batch in sql.split("\nGO\n") {
                    ado::execute(client, batch).await?;
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn begin(&mut self) {
        let is_mssql = matches!(self, Self::Mssql(_));
        self.run(if is_mssql { "BEGIN TRANSACTION" } else { "BEGIN" }).await;
    }
}

/// A database, and a folder for the file beside it.
pub(crate) struct Place {
    pub(crate) server: Server,
    pub(crate) name: String,
    folder: TempDir,
    /// Drops the database of a server that stays.
    _dropped: Option<mssql::Place>,
}

impl Place {
    /// A name for a database that is not there yet.
    pub(crate) fn named(server: Server) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let random = folder.path().file_name().unwrap().to_string_lossy().replace('.', "");
        let name = format!("test_{random}").to_lowercase();
        Self { server, name, folder, _dropped: None }
    }

    /// A new and empty database.
    pub(crate) async fn new(server: Server) -> Self {
        let place = Self::named(server);
        if server == Server::Mssql {
            let made = mssql::Place::new().await;
            return Self { name: made.name.clone(), _dropped: Some(made), ..place };
        }
        place.run_outside(&format!("CREATE DATABASE {}", place.name)).await;
        place
    }

    /// Runs statements as the administrator of the server.
    pub(crate) async fn run_outside(&self, sql: &str) {
        let database = match self.server {
            Server::Mariadb => "",
            Server::Postgres => "postgres",
            Server::Mssql => "master",
        };
        self.server.connect(database).await.run(sql).await;
    }

    /// Runs statements as the administrator of the server, in this database.
    pub(crate) async fn run(&self, sql: &str) {
        self.raw().await.run(sql).await;
    }

    /// A connection to this database.
    pub(crate) async fn raw(&self) -> Raw {
        self.server.connect(&self.name).await
    }

    /// Bytes, as they stand in a statement.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> String {
        let digits = bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        match self.server {
            Server::Mariadb => format!("X'{digits}'"),
            Server::Postgres => format!("'\\x{digits}'"),
            Server::Mssql => format!("0x{digits}"),
        }
    }

    /// Opens it as a program with an audit chain of its own.
    pub(crate) async fn open(&self, chain: u8) -> Arc<dyn Store> {
        let mut options = self.options();
        options.chain = ChainId::from_bytes([chain; 16]);
        sql::open(&options).await.unwrap()
    }

    /// As the administrator.
    pub(crate) fn options(&self) -> StoreOptions {
        self.options_at(&self.server.url().replace("/?", &format!("/{}?", self.name)))
    }

    /// As another login.
    pub(crate) fn options_of(&self, login: &str, password: &str) -> StoreOptions {
        let url = self.server.url().replace("/?", &format!("/{}?", self.name));
        let (scheme, rest) = url.split_once("://").unwrap();
        let (_, place) = rest.split_once('@').unwrap();
        let mut options = self.options_at(&format!("{scheme}://{login}@{place}"));
        options.password = Some(password.to_owned().into());
        options
    }

    /// With this host instead of the address, and these parameters alone.
    pub(crate) fn options_with(&self, host: &str, parameters: &str) -> StoreOptions {
        let url = self.server.url().replace("127.0.0.1", host);
        let (server, _) = url.split_once("/?").unwrap();
        self.options_at(&format!("{server}/{}{parameters}", self.name))
    }

    fn options_at(&self, url: &str) -> StoreOptions {
        let (chain, epoch) = (ChainId::from_bytes([1; 16]), Epoch::from_bytes([7; 16]));
        let now = Timestamp::from_millis(1_790_000_000_000);
        let folder = self.folder.path().to_owned();
        StoreOptions::new(url.parse().unwrap(), folder, chain, epoch, now)
    }
}

/// The error and its causes.
pub(crate) fn shown(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
