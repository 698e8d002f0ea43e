//! Implementations of core's traits: stores, a template renderer, a key provider, a clock and
//! random numbers.
//!
//! | feature | adds |
//! |---|---|
//! | `sqlite` | `sql`: the store [`SqliteStore`](sql::SqliteStore), with SQLite compiled in |
//! | `mssql` (not by default) | `sql`: the store `MssqlStore` for SQL Server |
//! | `mysql` (not by default) | `sql`: the store `MysqlStore` for MySQL and MariaDB |
//! | `postgres` (not by default) | `sql`: the store `PostgresStore` |
//! | `handlebars` | `handlebars`: the renderer of templates |
//! | `ldap` (not by default) | `ldap`: logins at Active Directory and LDAP |
//! | `syslog` (not by default) | `syslog`: messages over TLS |
//! | `local` | `local`: the clock, random numbers, keys in a file, profiles in folders |

#[cfg(feature = "handlebars")]
pub mod handlebars;

#[cfg(feature = "ldap")]
pub mod ldap;

#[cfg(feature = "local")]
pub mod local;

#[cfg(any(feature = "sqlite", feature = "mssql", feature = "mysql", feature = "postgres"))]
pub mod sql;

#[cfg(feature = "syslog")]
pub mod syslog;
