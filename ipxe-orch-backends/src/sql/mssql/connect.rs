//! Connections to the server, each with the settings that the statements need.
//!
//! A statement that nobody waits for any longer runs on in the server, and its answer comes later.
//! So a connection counts as dirty from the first byte of a request to the last one of its answer,
//! and a dirty one is never used again.

use super::{
    fault::{fault, leaves_connected},
    reach::{reach, within},
    session,
    target::Target,
};
use crate::sql::{driver::Fault, row::Row, statement::Statement};
use std::{fmt, future::Future, time::Duration};
use tiberius::{Client, Query, error::Error};
use tokio::{net::TcpStream, runtime::Handle, task::spawn_blocking};
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt as _};

/// The longest time for TLS and the login.
const LOGIN: Duration = Duration::from_secs(10);

/// Refuses what does not fit, takes `"` around names, and counts the rows that were written. A
/// failure ends the transaction. Whoever waits for a row for 5 s gives up.
const SESSION: &str = "SET XACT_ABORT ON; SET NOCOUNT OFF; SET IMPLICIT_TRANSACTIONS OFF; \
    SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET ANSI_PADDING ON; SET ANSI_WARNINGS ON; \
    SET ARITHABORT ON; SET CONCAT_NULL_YIELDS_NULL ON; SET LOCK_TIMEOUT 5000";

/// What each statement sees that is not part of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// The database keeps old versions of rows: a statement sees one state of it.
    Versions,
    /// It does not: a statement locks what it reads until its end, so that it sees one state.
    Locks,
}

impl Reads {
    const fn fresh(self) -> &'static str {
        match self {
            Self::Versions => {
                "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; \
                 SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
            }
            Self::Locks => {
                "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; \
                 SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
            }
        }
    }
}

/// A transaction sees what others have committed: what it must not miss it compares itself.
const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN TRANSACTION";
/// After some failures the server has rolled back already.
const ROLLBACK: &str = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION";

/// A connection to the server.
pub(super) struct Connection {
    client: Client<Compat<TcpStream>>,
    /// The longest time for a statement.
    limit: Duration,
    /// An answer may still come.
    dirty: bool,
    /// A transaction may be open.
    open: bool,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("dirty", &self.dirty).finish_non_exhaustive()
    }
}

impl Connection {
    /// Logs in. A server may name another one, which is asked then.
    pub(super) async fn open(target: &Target, limit: Duration) -> Result<Self, Error> {
        let client = match Box::pin(log_in(target)).await {
            Err(Error::Routing { host, port }) => {
                Box::pin(log_in(&target.routed(host, port))).await?
            }
            client => client?,
        };
        let mut connection = Self { client, limit, dirty: false, open: false };
        connection.batch(SESSION).await?;
        Ok(connection)
    }

    pub(super) const fn set_limit(&mut self, limit: Duration) {
        self.limit = limit;
    }

    /// Whether it can serve another caller.
    pub(super) const fn is_clean(&self) -> bool {
        !self.dirty && !self.open
    }

    /// Finds out whether it still works, and makes it as it was at first.
    pub(super) async fn refresh(&mut self, reads: Reads) -> Result<(), Error> {
        self.batch(reads.fresh()).await?;
        self.open = false;
        Ok(())
    }

    pub(super) async fn begin(&mut self) -> Result<(), Error> {
        self.open = true;
        self.batch(BEGIN).await
    }

    pub(super) async fn commit(&mut self) -> Result<(), Error> {
        self.batch("COMMIT TRANSACTION").await?;
        self.open = false;
        Ok(())
    }

    pub(super) async fn roll_back(&mut self) -> Result<(), Error> {
        self.batch(ROLLBACK).await?;
        self.open = false;
        Ok(())
    }

    /// Runs statements without values, outside of `sp_executesql`: what they set holds after them.
    pub(super) async fn batch(&mut self, sql: &'static str) -> Result<(), Error> {
        self.dirty = true;
        let client = &mut self.client;
        let answer = async { client.simple_query(sql).await?.into_results().await };
        let answer = within(self.limit, answer).await;
        self.settle(answer).map(drop)
    }

    /// Runs a statement that writes, and gives the number of rows that it found.
    pub(super) async fn run(&mut self, statement: Statement) -> Result<u64, Fault> {
        self.dirty = true;
        let query: Query<'static> = session::query(statement);
        let answer = within(self.limit, query.execute(&mut self.client)).await;
        let done = self.settle(answer).map_err(fault)?;
        // Those before it are of the statements of triggers.
        Ok(done.rows_affected().last().copied().unwrap_or(0))
    }

    /// The rows of the only result. They count only if the whole statement does.
    pub(super) async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Fault> {
        self.dirty = true;
        let query: Query<'static> = session::query(statement);
        let client = &mut self.client;
        let answer = async { query.query(client).await?.into_first_result().await };
        let answer = within(self.limit, answer).await;
        let rows = self.settle(answer).map_err(fault)?;
        session::rows(rows).map_err(fault)
    }

    /// After an answer, or without one.
    fn settle<T>(&mut self, answer: Result<T, Error>) -> Result<T, Error> {
        self.dirty = answer.as_ref().is_err_and(|error| !leaves_connected(error));
        answer
    }
}

async fn log_in(target: &Target) -> Result<Client<Compat<TcpStream>>, Error> {
    let tcp = reach(target).await?;
    let mut config = target.config();
    // The port of an instance is part of the name for which a ticket is asked.
    config.port(tcp.peer_addr()?.port());
    config.handshake_timeout(Some(LOGIN));
    let connecting = Box::pin(Client::connect(config, tcp.compat_write()));
    let client = if target.is_kerberos { elsewhere(connecting).await } else { connecting.await };
    client.map_err(in_own_words)
}

/// The library for Kerberos waits for the servers that give tickets, and its thread with it.
async fn elsewhere<T: Send + 'static>(
    connecting: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let runtime = Handle::current();
    let done = spawn_blocking(move || runtime.block_on(connecting)).await;
    done.unwrap_or_else(|_| Err(Error::Protocol("the login was cut off".into())))
}

/// The driver's texts are for programmers.
fn in_own_words(error: Error) -> Error {
    match error {
        Error::Tls(text) => {
            let cause = text.split(" To connect anyway").next().unwrap_or_default();
            Error::Tls(format!(
                "{cause} Name the authority of the certificate with ssl-ca=FILE in the URL, or \
                 another name that is in the certificate with host-name-in-certificate=NAME"
            ))
        }
        #[cfg(feature = "mssql-gssapi")]
        Error::Gssapi(text) => Error::Gssapi(format!(
            "{text}. Get a ticket for the user of this program with `kinit`, or name a keytab in \
             KRB5_CLIENT_KTNAME; the name of the service is MSSQLSvc/HOST:PORT, with the host as in \
             the URL"
        )),
        other => other,
    }
}
