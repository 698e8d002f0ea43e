//! Reading hosts with their leases. Each read is one statement, so that it sees one state of the
//! database.

use super::{
    attempts::{self, attempt_columns},
    driver::Session,
    error::Done,
    row::{Columns, Row},
    scope,
    statement::{MANY, Statement},
};
use ipxe_orch_core::{
    auth::{Grant, Scope},
    host::LoaderPath,
    ids::{AttemptId, Epoch, Generation, HostId, ImageGeneration, KeyId, MarkId},
    lease::{Attempt, Lease},
    stores::{HostFilter, HostKey, HostPage, HostRecord, StoreError},
};
use std::collections::BTreeSet;
use uuid::Uuid;

macro_rules! select_records {
    ($condition:literal) => {
        concat!(
            "SELECT h.id AS host_id, h.spec, h.image_generation, h.image_key, h.earlier_images, \
             h.image, h.removed, l.generation, l.min_image_generation, l.held, l.mark_id, l.last_mark, l.loader, m.mark, ",
            attempt_columns!("l.attempt_id"),
            " FROM hosts h \
             LEFT JOIN leases l ON l.host_id = h.id \
             LEFT JOIN marks m ON m.id = l.mark_id \
             LEFT JOIN attempts a ON a.id = l.attempt_id \
             LEFT JOIN attempt_contents c ON c.attempt_id = a.id WHERE ",
            $condition
        )
    };
}

/// The host in a row of the statement above.
fn record(row: &Row) -> Done<HostRecord> {
    let columns = Columns { row, table: "hosts", key: "host_id" };
    Ok(HostRecord {
        id: HostId::from_bytes(columns.bytes("host_id")?),
        spec: columns.json("spec")?,
        image_generation: ImageGeneration(columns.number("image_generation")?),
        image_key: columns.optional_bytes("image_key")?.map(KeyId::from_bytes),
        earlier_images: columns.optional_json("earlier_images")?.unwrap_or_default(),
        image: columns.optional_json("image")?,
        lease: lease(row)?,
    })
}

fn lease(row: &Row) -> Done<Lease> {
    let columns = Columns { row, table: "leases", key: "host_id" };
    let lease = Lease {
        generation: Generation(columns.number("generation")?),
        min_image_generation: ImageGeneration(columns.number("min_image_generation")?),
        held: columns.optional_json("held")?,
        mark: columns.optional_json("mark")?,
        last_mark: columns.optional_json("last_mark")?,
        attempt: attempts::attempt(row)?,
        loader: loader(&columns)?,
    };
    let mark = columns.optional_bytes("mark_id")?.map(MarkId::from_bytes);
    if mark != lease.mark.as_ref().map(|mark| mark.id) {
        return Err(columns.corrupt("its mark is missing or another one"));
    }
    Ok(lease)
}

fn loader(columns: &Columns<'_>) -> Done<Option<LoaderPath>> {
    let Some(path) = columns.get::<Option<String>>("loader")? else { return Ok(None) };
    LoaderPath::try_from(path).map(Some).map_err(|error| columns.corrupt(error))
}

pub(super) async fn by_id(session: &mut dyn Session, id: HostId) -> Done<Option<HostRecord>> {
    let sql = select_records!("h.id = ? AND h.removed = 0");
    let row = session.row(Statement::new(sql).bind(id)).await?;
    row.map(|row| record(&row)).transpose()
}

/// The hosts that ever had these ids, and whether they were removed.
pub(super) async fn ever(
    session: &mut dyn Session,
    ids: &[HostId],
) -> Done<Vec<(HostRecord, bool)>> {
    let mut query = Statement::new(select_records!("h.id IN ")).once();
    query.push_list(ids.iter().copied());
    let rows = session.rows(query).await?;
    let is_removed = |row| Columns { row, table: "hosts", key: "host_id" }.get("removed");
    rows.iter().map(|row| Ok((record(row)?, is_removed(row)?))).collect()
}

/// Keeps hosts from being changed by others until the end of the transaction. Whoever changes a host
/// writes the row of its lease first. The ids are sorted, so that two that want the same hosts do
/// not each wait for the other.
pub(super) async fn lock(session: &mut dyn Session, ids: &BTreeSet<HostId>) -> Done<()> {
    if session.dialect().has_one_writer() {
        return Ok(());
    }
    let [table, end] = session.dialect().locked();
    for ids in ids.iter().copied().collect::<Vec<_>>().chunks(MANY) {
        let mut query = Statement::new("SELECT host_id FROM leases").once();
        query.push(table).push(" WHERE host_id IN ").push_list(ids.iter().copied());
        query.push(" ORDER BY host_id").push(end);
        session.rows(query).await?;
    }
    Ok(())
}

/// One host by id or name, if the grant covers it.
pub(super) async fn lookup(
    session: &mut dyn Session,
    grant: &Grant,
    key: &HostKey,
) -> Done<Option<HostRecord>> {
    let query = match key {
        HostKey::Id(id) => Statement::new(select_records!("h.id = ? AND h.removed = 0")).bind(*id),
        HostKey::Name(name) => Statement::new(select_records!("h.name = ?")).bind(name),
    };
    let row = session.row(query).await?;
    let host = row.map(|row| record(&row)).transpose()?;
    Ok(host.filter(|host| grant.covers(host)))
}

/// The attempt of a ticket with its host, which may be removed. An attempt that is not the latest
/// one of its host never becomes that again, so that it may be read after the host.
pub(super) async fn by_attempt(
    session: &mut dyn Session,
    grant: &Grant,
    id: AttemptId,
) -> Done<Option<(HostRecord, Attempt)>> {
    // A ticket's grant is for its attempt, be that the latest or not.
    let by_ticket = matches!(grant.scope(), Scope::Attempt(_));
    if by_ticket && *grant.scope() != Scope::Attempt(id) {
        return Ok(None);
    }
    let sql = select_records!("h.id = (SELECT t.host_id FROM attempts t WHERE t.id = ?)");
    let row = session.row(Statement::new(sql).bind(id)).await?;
    let Some(host) = row.map(|row| record(&row)).transpose()? else { return Ok(None) };
    if !by_ticket && !grant.covers(&host) {
        return Ok(None);
    }
    let latest = host.lease.attempt.clone().filter(|latest| latest.id == id);
    let attempt = match latest {
        Some(latest) => Some(latest),
        None => attempts::by_id(session, id).await?,
    };
    Ok(attempt.map(|attempt| (host, attempt)))
}

/// The hosts that the grant covers and the filter wants, by name.
pub(super) async fn list(
    session: &mut dyn Session,
    grant: &Grant,
    filter: &HostFilter,
) -> Done<HostPage> {
    let mut query = Statement::new(select_records!("h.removed = 0"));
    scope::push(&mut query, grant.scope());
    if let Some(site) = &filter.site {
        query.push(" AND h.site = ").push_bind(site);
    }
    if let Some(profile) = &filter.profile {
        query.push(" AND h.profile = ").push_bind(profile);
    }
    for (key, value) in &filter.labels {
        query.push(" AND ");
        scope::push_label(&mut query, key.as_str(), value.as_str());
    }
    if let Some(after) = &filter.after {
        query.push(" AND h.name > ").push_bind(after);
    }
    // One more than the page tells whether there is another.
    let size = filter.page_size();
    query.push(" ORDER BY h.name").push_limit(session.dialect(), i64::from(size) + 1);
    let rows = session.rows(query).await?;
    let mut hosts = rows.iter().map(record).collect::<Done<Vec<_>>>()?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = hosts.len() > size;
    hosts.truncate(size);
    let next = hosts.last().filter(|_| more).map(|host| host.spec.name.clone());
    Ok(HostPage { hosts, next })
}

/// The host of a mark that was ever stored, if the grant covers it.
pub(super) async fn by_mark(
    session: &mut dyn Session,
    grant: &Grant,
    mark: MarkId,
) -> Done<Option<HostId>> {
    let query = Statement::new("SELECT id AS mark_id, host_id FROM marks WHERE id = ?").bind(mark);
    let Some(row) = session.row(query).await? else { return Ok(None) };
    let columns = Columns { row: &row, table: "marks", key: "mark_id" };
    let host = HostId::from_bytes(columns.bytes("host_id")?);
    let covered = scope::covers(session, grant.scope(), host).await?;
    Ok(covered.then_some(host))
}

pub(super) async fn epoch(session: &mut dyn Session) -> Done<Epoch> {
    let row = session.row(Statement::new("SELECT epoch FROM meta")).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("table meta is empty".to_owned()))?;
    Ok(Epoch(Uuid::from_bytes(Columns { row: &row, table: "meta", key: "epoch" }.bytes("epoch")?)))
}

/// The name of a host, for messages.
pub(super) async fn name(session: &mut dyn Session, id: HostId) -> Done<Option<String>> {
    let query = Statement::new("SELECT id, name FROM hosts WHERE id = ?").bind(id);
    let row = session.row(query).await?;
    row.map(|row| Columns { row: &row, table: "hosts", key: "id" }.get("name")).transpose()
}
