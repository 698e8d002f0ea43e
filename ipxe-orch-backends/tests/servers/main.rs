//! What is the same for all databases on servers: the tables, their versions, the logins.
//!
//! `scripts/databases COMMAND` starts the servers, and names them in the environment.
#![cfg(all(feature = "mysql", feature = "postgres"))]
#![expect(clippy::unwrap_used, reason = "the helpers of tests end a test as tests do")]

mod common;
mod logins;
mod schema;
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
    };
}
pub(crate) use for_each_server;
