//! What a file database needs: its options, its files and what is beside them, its connections.

pub(super) mod connect;
pub(super) mod events;
pub(super) mod file;
pub(super) mod head_file;
mod names;
mod options;
pub(super) mod readers;
pub(super) mod write_lock;

pub use names::{NameKind, names};
pub use options::{EventRetention, SqliteOptions};
