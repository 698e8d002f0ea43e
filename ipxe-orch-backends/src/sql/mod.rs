//! Hosts, leases, profiles and audit in a SQL database; [`SqliteStore`] is the embedded one.
//!
//! ```text
//! reads   -> a few connections, each read one snapshot of the database
//! writes  -> channel -> one writer: BEGIN, a savepoint per job, COMMIT, then the replies
//! ```
//! While a commit is made durable, further jobs wait, and then share the next commit. A reply is
//! sent only after the durable commit. A refused job is rolled back alone. Statements and the
//! mapping of rows are in the module of their noun. What belongs to a file database is
//! in `sqlite`.

mod apply;
mod attempts;
mod audit;
mod batch;
mod defaults;
mod discovered;
mod driver;
mod error;
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
mod store;
mod work;
mod writer;

pub use error::OpenError;
pub use migrate::{Migration, migrations};
pub use sqlite::{EventRetention, NameKind, SqliteOptions, names};
pub use store::SqliteStore;
pub use writer::Counters;
