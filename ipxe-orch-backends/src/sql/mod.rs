//! Hosts, leases, profiles, accounts and audit in a SQL database: [`SqliteStore`] embeds one, [`MysqlStore`],
//! [`PostgresStore`] and [`MssqlStore`] use one on a server.
//!
//! ```text
//! reads   -> a few sessions, each statement reads one state of the database
//! writes  -> channel -> one writer: BEGIN, the jobs, COMMIT, then the replies
//! ```
//! While a commit is made durable, further jobs wait, and then share the next commit. A reply is
//! sent only after the durable commit. A job is refused before it writes anything; one that fails
//! later takes the transaction with it, and then each job gets a transaction of its own.
//!
//! To add a statement: write it in the module of its noun as a `Statement`, with a `?` for each
//! value, and read its rows with `Columns`. What the databases write in different ways is in
//! `dialect`. To add a database: implement the traits of `driver` in a folder of its own, like
//! `sqlite`, and give it its migrations. No type of a driver is named outside of its folder.

mod access;
mod apply;
mod attempts;
mod audit;
mod batch;
mod boot;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod bounded;
mod checkpoints;
mod copy;
mod defaults;
mod dialect;
mod discovered;
mod driver;
mod error;
mod events;
mod head_file;
mod hosts;
mod images;
mod migrate;
#[cfg(feature = "mssql")]
mod mssql;
#[cfg(feature = "mysql")]
mod mysql;
mod open;
mod overdue;
#[cfg(test)]
mod plans;
mod policies;
#[cfg(feature = "postgres")]
mod postgres;
mod profiles;
mod put;
mod restore;
mod row;
mod scope;
mod script;
mod sealed;
mod seen;
#[cfg(any(feature = "mssql", feature = "mysql", feature = "postgres"))]
mod server;
mod sinks;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;
mod store;
mod suspension;
mod url;
mod work;
mod writer;
mod writers;

pub use copy::{Copied, CopyEnd, CopyError, CopyJob, CopyProgress, copied_columns, copy};
pub use dialect::Dialect;
pub use error::OpenError;
pub use events::EventRetention;
pub use migrate::{Migration, Schema, migrations};
#[cfg(feature = "mssql")]
pub use mssql::{Mssql, MssqlOptions, MssqlStore};
#[cfg(feature = "mysql")]
pub use mysql::{Mysql, MysqlOptions, MysqlStore};
pub use open::{OpenStore, StoreOptions, migrate, open, open_whole, open_with_access, schema};
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresOptions, PostgresStore};
pub use script::script;
#[cfg(feature = "sqlite")]
pub use sqlite::{NameKind, Sqlite, SqliteOptions, SqliteStore, backup, names, restore};
pub use store::SqlStore;
pub use url::DatabaseUrl;
pub use writer::Counters;
