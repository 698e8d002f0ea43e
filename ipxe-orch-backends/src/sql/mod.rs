//! Hosts, leases, profiles and audit in a SQL database; [`SqliteStore`] is the embedded one.
//!
//! ```text
//! reads   -> a few connections, each read one snapshot of the database
//! writes  -> channel -> one writer: BEGIN, a savepoint per job, COMMIT, then the replies
//! ```
//! While a commit is made durable, further jobs wait, and then share the next commit. A reply is
//! sent only after the durable commit. A refused job is rolled back alone. Statements and the
//! mapping of rows are in the module of their noun. What depends on the driver is in `driver` and
//! `connect`.

mod apply;
mod attempts;
mod audit;
mod batch;
mod connect;
mod defaults;
mod discovered;
mod driver;
mod error;
mod events;
mod file;
mod head_file;
mod hosts;
mod images;
mod migrate;
mod names;
mod options;
mod overdue;
mod profiles;
mod put;
mod readers;
mod restore;
mod row;
mod scope;
mod sealed;
mod seen;
mod sqlite;
mod work;
mod write_lock;
mod writer;

pub use error::OpenError;
pub use migrate::{Migration, migrations};
pub use names::{NameKind, names};
pub use options::{EventRetention, SqliteOptions};
pub use sqlite::SqliteStore;
pub use writer::Counters;
