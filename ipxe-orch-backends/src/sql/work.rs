//! A batch's transaction, as its jobs see it.

use super::{
    audit::Entry,
    dialect::Dialect,
    driver::{Fault, Session},
    error::Done,
    migrate,
    row::{Columns, Row},
    statement::Statement,
    suspension::Suspension,
    writers,
};
use async_trait::async_trait;
use ipxe_orch_core::{
    audit::ChainHead,
    digest::Digest,
    ids::{ChainId, Epoch},
    stores::StoreError,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A batch's transaction.
pub(super) struct Work<'a> {
    pub(super) session: Watched<'a>,
    pub(super) head: ChainHead,
    pub(super) epoch: Epoch,
    /// Why this is perhaps not the database that was seen before.
    pub(super) doubt: Option<String>,
    /// Why nothing may be installed with it, as the database itself says.
    pub(super) suspended: Option<Suspension>,
    /// The epochs of all that was seen.
    pub(super) seen: BTreeSet<Epoch>,
}

impl<'a> Work<'a> {
    /// Reads what all jobs of the batch need. The chain's head, too: another program may have
    /// appended to the chain meanwhile.
    pub(super) async fn begin(session: &'a mut dyn Session, chain: ChainId) -> Done<Self> {
        const SQL: &str = "SELECT m.epoch, m.suspended, a.sequence, a.hash FROM meta m LEFT JOIN audit a \
            ON a.chain = ? AND a.sequence = (SELECT max(sequence) FROM audit WHERE chain = ?)";
        writers::enter(session, chain).await?;
        let row = session.row(Statement::new(SQL).bind(chain).bind(chain)).await?;
        let row = row.ok_or_else(migrate::incomplete)?;
        let columns = Columns { row: &row, table: "audit", key: "epoch" };
        let epoch = Epoch(Uuid::from_bytes(columns.bytes("epoch")?));
        let head = match columns.optional_bytes("hash")? {
            None => ChainHead::empty(chain),
            Some(hash) => ChainHead {
                chain,
                sequence: columns.number("sequence")?,
                hash: Digest::from_bytes(hash),
            },
        };
        let suspended = columns.get::<Option<&str>>("suspended")?.map(Suspension::read);
        let session = Watched { session, wrote: false };
        Ok(Self { session, head, epoch, doubt: None, suspended, seen: BTreeSet::new() })
    }

    /// What was decided before a restore does not count after it.
    pub(super) fn check_epoch(&self, epoch: Epoch) -> Done<()> {
        if self.epoch == epoch { Ok(()) } else { Err(StoreError::Conflict.into()) }
    }

    /// Appends to this store's chain.
    pub(super) async fn append(&mut self, entry: &Entry) -> Done<()> {
        self.append_all([entry].into_iter()).await
    }

    pub(super) async fn append_all(
        &mut self,
        entries: impl Iterator<Item = &Entry> + Send,
    ) -> Done<()> {
        const SQL: &str = "INSERT INTO audit (chain, sequence, at, host_id, action, text, hash)";
        let mut rows = Vec::new();
        for entry in entries {
            let chained = self.head.append(entry.text.clone());
            self.head = ChainHead::after(&chained);
            rows.push(entry.row(chained)?);
        }
        for insert in Statement::inserts(SQL, rows) {
            self.session.run(insert).await?;
        }
        Ok(())
    }
}

/// A session that notes whether something may have been written.
pub(super) struct Watched<'a> {
    session: &'a mut dyn Session,
    pub(super) wrote: bool,
}

#[async_trait]
impl Session for Watched<'_> {
    fn dialect(&self) -> Dialect {
        self.session.dialect()
    }

    async fn run(&mut self, statement: Statement) -> Result<u64, Fault> {
        let done = self.session.run(statement).await;
        // After a failure some databases take no further statement.
        self.wrote |= !matches!(done, Ok(0));
        done
    }

    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Fault> {
        self.session.rows(statement).await
    }

    async fn some(&mut self, statement: Statement, bytes: usize) -> Result<Vec<Row>, Fault> {
        self.session.some(statement, bytes).await
    }

    async fn row(&mut self, statement: Statement) -> Result<Option<Row>, Fault> {
        self.session.row(statement).await
    }

    async fn script(&mut self, sql: &'static str) -> Result<(), Fault> {
        self.wrote = true;
        self.session.script(sql).await
    }
}
