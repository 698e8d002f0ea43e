//! Copies of whole databases from each kind to each other. `scripts/databases COMMAND` starts MariaDB
//! and PostgreSQL. SQL Server takes part if `IPXE_ORCH_TEST_MSSQL` names one.
#![cfg(all(feature = "sqlite", feature = "mssql", feature = "mysql", feature = "postgres"))]
#![expect(clippy::unwrap_used, reason = "the helpers of tests end a test as tests do")]

mod busy;
mod circle;
mod columns;
mod common;
mod cut;
mod events;
mod large;
mod moved;
#[expect(dead_code, reason = "here stores are opened with several chains")]
#[path = "../mssql/common.rs"]
mod mssql;
#[expect(dead_code, reason = "here stores are opened with several chains")]
#[path = "../mysql/common.rs"]
mod mysql;
#[expect(dead_code, reason = "here stores are opened with several chains")]
#[path = "../postgres/common.rs"]
mod postgres;
mod restored;
