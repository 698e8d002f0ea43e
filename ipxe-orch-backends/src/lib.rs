//! Implementations of core's traits: stores, a template renderer, a key provider, a clock and
//! random numbers.
//!
//! | feature (all are on by default) | adds |
//! |---|---|
//! | `sqlite` | `sql`: the store [`SqliteStore`](sql::SqliteStore), with SQLite compiled in |
//! | `handlebars` | `handlebars`: the renderer of templates |
//! | `local` | `local`: the clock, random numbers, keys in a file, profiles in folders |

#[cfg(feature = "handlebars")]
pub mod handlebars;

#[cfg(feature = "local")]
pub mod local;

#[cfg(feature = "sqlite")]
pub mod sql;
