//! The copy is read again, and compared with what was written.

use super::{
    super::{
        driver::Session,
        error::{Done, OpenError},
        statement::Value,
    },
    CopyError, CopyProgress,
    pages::Pages,
    refused,
    side::Side,
    tables::{AUDIT, CHECKPOINTS, Part, Table},
    tally::Tally,
};
use ipxe_orch_core::{
    audit::{ChainError, ChainVerifier, ChainedEntry, SealedCheckpoint},
    digest::Digest,
    ids::ChainId,
    stores::StoreError,
};

/// Compares all tables; gives what is wrong with the audit, which is the source's fault then.
pub(super) async fn verify(
    side: &dyn Side,
    tallies: &[(&'static Table, Tally)],
    progress: &mut (dyn FnMut(CopyProgress) + Send),
) -> Result<Option<ChainError>, CopyError> {
    let mut audit = Audit::default();
    for (table, expected) in tallies {
        let found = match session(side, table.part).await? {
            Some(mut session) => read(&mut *session, table, &mut audit).await,
            None => Ok(Tally::default()),
        };
        let found = found.map_err(|failure| CopyError::Target(refused(side, failure)))?;
        if found != *expected {
            let (expected, found) = (expected.rows, found.rows);
            return Err(CopyError::Differs { table: table.name, expected, found });
        }
        progress(CopyProgress::Compared { table: table.name, rows: found.rows });
    }
    Ok(audit.broken.or_else(|| audit.verifier.finish().err()))
}

async fn session(side: &dyn Side, part: Part) -> Result<Option<Box<dyn Session>>, CopyError> {
    let session: Result<_, OpenError> = side.snapshot(part).await;
    session.map_err(CopyError::OpenTarget)
}

async fn read(session: &mut dyn Session, table: &Table, audit: &mut Audit) -> Done<Tally> {
    let (mut pages, mut tally) = (Pages::new(table), Tally::default());
    loop {
        let rows = pages.next(session).await?;
        if rows.is_empty() {
            return Ok(tally);
        }
        for row in rows {
            tally.push(&row);
            if table.name == AUDIT.name {
                audit.push(row)?;
            } else if table.name == CHECKPOINTS.name {
                audit.begin_after(&row)?;
            }
        }
    }
}

#[derive(Default)]
struct Audit {
    verifier: ChainVerifier,
    broken: Option<ChainError>,
}

impl Audit {
    /// Whether its seal is genuine says `audit verify`, which has the keys.
    fn begin_after(&mut self, row: &[Value]) -> Done<()> {
        let sealed = match row.last() {
            Some(Value::Text(text)) => serde_json::from_str::<SealedCheckpoint>(text).ok(),
            _ => None,
        };
        let unreadable =
            || StoreError::Corrupt("a checkpoint of the audit cannot be read".to_owned());
        let head = sealed.ok_or_else(unreadable)?.unverified().head;
        self.broken = self.broken.take().or(self.verifier.begin_after(head).err());
        Ok(())
    }

    fn push(&mut self, row: Vec<Value>) -> Done<()> {
        let unreadable = || StoreError::Corrupt("a row of table audit cannot be read".to_owned());
        let entry = entry(row).ok_or_else(unreadable)?;
        if self.broken.is_none() {
            self.broken = self.verifier.push(&entry).err();
        }
        Ok(())
    }
}

/// From the columns of [`AUDIT`] in their order.
fn entry(row: Vec<Value>) -> Option<ChainedEntry> {
    let row: [Value; 7] = row.try_into().ok()?;
    let [Value::Bytes(chain), Value::Int(sequence), _, _, _, Value::Text(text), Value::Bytes(hash)] =
        row
    else {
        return None;
    };
    Some(ChainedEntry {
        chain: ChainId::from_bytes(chain.try_into().ok()?),
        sequence: u64::try_from(sequence).ok()?,
        text,
        hash: Digest::from_bytes(hash.try_into().ok()?),
    })
}
