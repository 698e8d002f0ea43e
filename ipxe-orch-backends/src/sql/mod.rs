//! Hosts, leases, profiles and audit in a SQL database; [`SqliteStore`] is the embedded one.
//!
//! ```text
//! reads   -> a few connections, each read one snapshot of the database
//! writes  -> channel -> one writer: BEGIN, a savepoint per job, COMMIT, then the replies
//! ```
//! All jobs that wait while a commit is made durable share the next one. A reply is sent only
//! after the durable commit, and a refused job rolls back alone. Statements and the mapping of
//! rows stand in the module of their noun, what only one driver does in `driver` and `connect`.

mod apply;
mod attempts;
mod audit;
mod connect;
mod defaults;
mod discovered;
mod driver;
mod error;
mod events;
mod hosts;
mod images;
mod migrate;
mod names;
mod options;
mod overdue;
mod profiles;
mod put;
mod row;
mod scope;
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
