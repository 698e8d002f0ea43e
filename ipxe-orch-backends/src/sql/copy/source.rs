//! The database that is copied, in one state.

use super::{
    super::{
        driver::Session,
        error::{Done, OpenError},
        migrate::{self, Schema, Tables},
        restore,
        row::{Columns, to_json},
        statement::Statement,
        suspension::Suspension,
        writers,
    },
    CopyError,
    side::Side,
    tables::Part,
};
use ipxe_orch_core::{ids::Epoch, stores::LastEntry};
use uuid::Uuid;

/// What there is once.
pub(super) struct Meta {
    pub(super) epoch: Epoch,
    pub(super) checked_at: i64,
    pub(super) suspended: Option<Suspension>,
}

/// One state of the source.
pub(super) struct Source {
    main: Box<dyn Session>,
    events: Option<Box<dyn Session>>,
}

impl Source {
    pub(super) async fn open(side: &dyn Side) -> Result<Self, CopyError> {
        let opened = Self::try_open(side).await;
        opened.map_err(CopyError::OpenSource)
    }

    async fn try_open(side: &dyn Side) -> Result<Self, OpenError> {
        let main = side.snapshot(Part::Main).await?;
        let mut main = main.ok_or(OpenError::Incomplete)?;
        match migrate::tables(&mut *main).await? {
            Tables::Ours(schema) => require_same(&schema)?,
            Tables::Foreign => return Err(OpenError::ForeignSchema { name: side.name() }),
        }
        if !migrate::is_complete(&mut *main).await? {
            return Err(OpenError::Incomplete);
        }
        let events = side.snapshot(Part::Events).await?;
        Ok(Self { main, events })
    }

    /// The session for a part; none if the part is not there.
    pub(super) fn session(&mut self, part: Part) -> Option<&mut dyn Session> {
        match part {
            Part::Main => Some(&mut *self.main),
            Part::Events => match &mut self.events {
                Some(events) => Some(&mut **events),
                None => None,
            },
        }
    }

    pub(super) async fn meta(&mut self) -> Done<Meta> {
        let sql = "SELECT epoch, checked_at, suspended FROM meta";
        let row = self.main.row(Statement::new(sql)).await?;
        let row = row.ok_or_else(migrate::incomplete)?;
        let columns = Columns { row: &row, table: "meta", key: "epoch" };
        Ok(Meta {
            epoch: Epoch(Uuid::from_bytes(columns.bytes("epoch")?)),
            checked_at: columns.get("checked_at")?,
            suspended: columns.get::<Option<&str>>("suspended")?.map(Suspension::read),
        })
    }

    /// The ends of its audit chains.
    pub(super) async fn ends(&mut self) -> Done<Vec<LastEntry>> {
        restore::latest(&mut *self.main).await
    }
}

/// Copies have the tables that this program knows. It would leave out what a newer one has added.
///
/// # Errors
/// [`OpenError`] if the tables are older or newer ones.
pub(super) fn require_same(schema: &Schema) -> Result<(), OpenError> {
    let Schema { found, known, .. } = *schema;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    schema.up_to_date()
}

/// Lets the source install nothing and take no edits from now on: it is moved.
pub(super) async fn retire(side: &dyn Side, to: &str) -> Done<()> {
    let moved = Suspension::Moved { to: to.to_owned() };
    suspend(side, Some(to_json(&moved)?)).await
}

/// Takes [`retire`] back.
pub(super) async fn resume(side: &dyn Side) -> Done<()> {
    suspend(side, None).await
}

async fn suspend(side: &dyn Side, reason: Option<String>) -> Done<()> {
    let mut transaction = side.begin(Part::Main).await?;
    let update = Statement::new("UPDATE meta SET suspended = ?").bind(reason);
    if transaction.run(update).await? == 0 {
        return Err(migrate::incomplete().into());
    }
    // What others have begun is in the copy, or sees the reason.
    writers::wait_for_all(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}
