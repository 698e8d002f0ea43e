//! What is the same for all databases on servers: the tables, their versions, the logins.
//!
//! `scripts/databases COMMAND` starts MariaDB and PostgreSQL, and names them in the environment. The
//! tests of SQL Server are skipped unless `IPXE_ORCH_TEST_MSSQL` names one.
#![cfg(all(feature = "mssql", feature = "mysql", feature = "postgres"))]
#![expect(clippy::unwrap_used, reason = "the helpers of tests end a test as tests do")]

mod common;
mod histories;
mod logins;
#[expect(dead_code, reason = "here stores are opened by their URL")]
#[path = "../mssql/common.rs"]
mod mssql;
#[path = "../shared/random.rs"]
mod random;
mod schema;
mod skew;
mod tls;

/// The tests of the functions of a module, for each kind of server.
macro_rules! for_each_server {
    ($($test:ident),+ $(,)?) => {
        mod mariadb {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::common::Server::Mariadb).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::common::Server::Postgres).await;
            })+
        }

        mod mssql {
            // The end of a test waits for connections of its own to end.
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                if !crate::common::Server::Mssql.is_skipped() {
                    super::$test(crate::common::Server::Mssql).await;
                }
            })+
        }
    };
}
pub(crate) use for_each_server;
