//! Databases of their own on the servers of the tests.

use ipxe_orch_backends::sql::StoreOptions;
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection};
use std::env;
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Mariadb,
    Postgres,
}

impl Server {
    #[expect(
        clippy::disallowed_methods,
        reason = "only the environment tells which server there is"
    )]
    fn url(self) -> String {
        let server = env::var(match self {
            Self::Mariadb => "IPXE_ORCH_TEST_MARIADB",
            Self::Postgres => "IPXE_ORCH_TEST_POSTGRES",
        });
        server.map_err(|_| "run it with `scripts/databases COMMAND`, which starts servers").unwrap()
    }

    /// Runs statements as the administrator, in this database.
    async fn run(self, database: &str, sql: &str) -> Result<(), sqlx::Error> {
        let url = self.url().replace("/?", &format!("/{database}?"));
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Mariadb => {
                MySqlConnection::connect(&url).await.unwrap().execute(sql).await.map(drop)
            }
            Self::Postgres => {
                PgConnection::connect(&url).await.unwrap().execute(sql).await.map(drop)
            }
        }
    }
}

/// A database, and a folder for the file beside it.
pub(crate) struct Place {
    pub(crate) server: Server,
    pub(crate) name: String,
    folder: TempDir,
}

impl Place {
    /// A name for a database that is not there yet.
    pub(crate) fn named(server: Server) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let random = folder.path().file_name().unwrap().to_string_lossy().replace('.', "");
        Self { server, name: format!("test_{random}").to_lowercase(), folder }
    }

    /// A new and empty database.
    pub(crate) async fn new(server: Server) -> Self {
        let place = Self::named(server);
        place.run_outside(&format!("CREATE DATABASE {}", place.name)).await;
        place
    }

    /// Runs statements as the administrator of the server.
    pub(crate) async fn run_outside(&self, sql: &str) {
        let database = if self.server == Server::Mariadb { "" } else { "postgres" };
        self.server.run(database, sql).await.unwrap();
    }

    /// Runs statements as the administrator of the server, in this database.
    pub(crate) async fn run(&self, sql: &str) {
        self.server.run(&self.name, sql).await.unwrap();
    }

    /// As the administrator.
    pub(crate) fn options(&self) -> StoreOptions {
        self.options_at(&self.server.url().replace("/?", &format!("/{}?", self.name)))
    }

    /// As another login.
    pub(crate) fn options_of(&self, login: &str, password: &str) -> StoreOptions {
        let url = self.server.url().replace("//root@", &format!("//{login}@"));
        let mut options = self.options_at(&url.replace("/?", &format!("/{}?", self.name)));
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
