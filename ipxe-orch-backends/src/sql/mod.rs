//! Hosts, leases, profiles and audit in a SQL database; [`SqliteStore`] is the embedded one.
//!
//! ```text
//! reads   -> a few sessions, each statement reads one state of the database
//! writes  -> channel -> one writer: BEGIN, a savepoint per job, COMMIT, then the replies
//! ```
//! While a commit is made durable, further jobs wait, and then share the next commit. A reply is
//! sent only after the durable commit. A refused job is rolled back alone.
//!
//! To add a statement: write it in the module of its noun as a `Statement`, with a `?` for each
//! value, and read its rows with `Columns`. What the databases write in different ways is in
//! `dialect`. To add a database: implement the traits of `driver` in a folder of its own, like
//! `sqlite`, and give it its migrations. No type of a driver is named outside of its folder.

mod apply;
mod attempts;
mod audit;
mod batch;
mod defaults;
mod dialect;
mod discovered;
mod driver;
mod error;
mod head_file;
mod hosts;
mod images;
mod migrate;
mod overdue;
mod profiles;
mod put;
mod restore;
mod row;
mod scope;
mod sealed;
mod seen;
mod sqlite;
mod statement;
mod store;
mod work;
mod writer;

pub use error::OpenError;
pub use migrate::{Migration, migrations};
pub use sqlite::{EventRetention, NameKind, Sqlite, SqliteOptions, SqliteStore, names};
pub use store::SqlStore;
pub use writer::Counters;
