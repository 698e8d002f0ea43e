//! Reading hosts with their leases. Each read is one statement, so that it sees one state of the
//! database.

use super::{
    attempts::{self, attempt_columns},
    dialect::{Dialect, Lock},
    driver::Session,
    error::Done,
    migrate,
    put::Owners,
    row::{Columns, Row},
    scope,
    statement::{MANY, Statement},
};
use ipxe_orch_core::{
    auth::{Grant, Scope},
    host::{HostSpec, LoaderPath},
    ids::{AttemptId, Epoch, Generation, HostId, ImageGeneration, KeyId, MarkId},
    lease::{Attempt, HostState, Lease},
    names::HostName,
    stores::{HostFilter, HostKey, HostPage, HostRecord, StoreError},
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

macro_rules! select_records {
    ($condition:literal) => {
        select_records!("hosts h", $condition)
    };
    ($hosts:literal, $condition:literal) => {
        concat!(
            "SELECT h.id AS host_id, h.spec, h.image_generation, h.image_key, h.earlier_images, \
             h.image, h.removed, l.generation, l.min_image_generation, l.held, l.protected, l.mark_id, l.last_mark, l.loader, m.mark, ",
            attempt_columns!("l.attempt_id"),
            " FROM ",
            $hosts,
            " LEFT JOIN leases l ON l.host_id = h.id \
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
        protected: columns.optional_json("protected")?,
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
    let rows = session.rows(ever_query(ids)).await?;
    let is_removed = |row| Columns { row, table: "hosts", key: "host_id" }.get("removed");
    rows.iter().map(|row| Ok((record(row)?, is_removed(row)?))).collect()
}

pub(super) fn ever_query(ids: &[HostId]) -> Statement {
    let mut query = Statement::new(select_records!("h.id IN ")).once();
    query.push_list(ids.iter().copied());
    query
}

/// Keeps hosts from being changed by others until the end of the transaction. Whoever changes a host
/// locks or writes the row of its lease first. The ids are sorted, so that two that want the same
/// hosts do not each wait for the other.
pub(super) async fn lock(session: &mut dyn Session, ids: &BTreeSet<HostId>) -> Done<()> {
    let lock = session.dialect().lock();
    if lock == Lock::Database {
        return Ok(());
    }
    for ids in ids.iter().copied().collect::<Vec<_>>().chunks(MANY) {
        // A job that is refused after this has changed nothing that counts.
        session.rows(lock_query(lock, ids)).await?;
    }
    Ok(())
}

fn lock_query(lock: Lock, ids: &[HostId]) -> Statement {
    let mut query = Statement::new("").once();
    match lock {
        Lock::Read { table, end } => {
            query.push("SELECT host_id FROM leases").push(table).push(" WHERE host_id IN ");
            query.push_list(ids.iter().copied()).push(" ORDER BY host_id").push(end);
        }
        Lock::Database | Lock::Write => {
            query.push("UPDATE leases SET locks = locks + 1 WHERE host_id IN ");
            query.push_list(ids.iter().copied());
        }
    }
    query
}

/// One host by id or name, if the grant covers it.
pub(super) async fn lookup(
    session: &mut dyn Session,
    grant: &Grant,
    key: &HostKey,
) -> Done<Option<HostRecord>> {
    let row = session.row(lookup_query(key)).await?;
    let host = row.map(|row| record(&row)).transpose()?;
    Ok(host.filter(|host| grant.covers(host)))
}

pub(super) fn lookup_query(key: &HostKey) -> Statement {
    match key {
        HostKey::Id(id) => Statement::new(select_records!("h.id = ? AND h.removed = 0")).bind(*id),
        HostKey::Name(name) => Statement::new(select_records!("h.name = ?")).bind(name),
    }
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
    let row = session.row(attempt_query(id)).await?;
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

pub(super) fn attempt_query(id: AttemptId) -> Statement {
    let sql = select_records!("h.id = (SELECT t.host_id FROM attempts t WHERE t.id = ?)");
    Statement::new(sql).bind(id)
}

/// The hosts that the grant covers and the filter wants, by name.
pub(super) async fn list(
    session: &mut dyn Session,
    grant: &Grant,
    filter: &HostFilter,
) -> Done<HostPage> {
    if filter.name_prefix.as_ref().is_some_and(|prefix| !prefix.bytes().all(may_be_in_name)) {
        return Ok(HostPage::default());
    }
    let rows = session.rows(list_query(session.dialect(), grant, filter)).await?;
    let mut hosts = rows.iter().map(record).collect::<Done<Vec<_>>>()?;
    let size = usize::try_from(filter.page_size()).unwrap_or(usize::MAX);
    let more = hosts.len() > size;
    hosts.truncate(size);
    let next = hosts.last().filter(|_| more).map(|host| host.spec.name.clone());
    Ok(HostPage { hosts, next })
}

const fn may_be_in_name(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')
}

/// A page is read in the order of one index, which ends with the name: that of a label, else that of
/// the state, else one of the hosts themselves.
pub(super) fn list_query(dialect: Dialect, grant: &Grant, filter: &HostFilter) -> Statement {
    let scope = grant.scope();
    let of_scope = match scope {
        Scope::Labels(labels) => labels.iter().next(),
        _ => None,
    };
    let label = filter.labels.iter().next().or(of_scope);
    let (mut query, name) = if let Some((key, value)) = label {
        let sql = select_records!(
            "host_labels n JOIN hosts h ON h.id = n.host_id",
            "h.removed = 0 AND n.\"key\" = ? AND n.value = ?"
        );
        (Statement::new(sql).bind(key.as_str()).bind(value.as_str()), "n.name")
    } else if filter.state.is_some() {
        (Statement::new(select_records!("h.removed = 0")), "l.name")
    } else {
        (Statement::new(select_records!("h.removed = 0")), "h.name")
    };
    scope::push(&mut query, scope);
    push_filter(&mut query, filter);
    push_names(&mut query, name, filter);
    // One more than the page tells whether there is another.
    query.push(" ORDER BY ").push(name);
    query.push_limit(dialect, i64::from(filter.page_size()) + 1);
    query
}

fn push_filter(query: &mut Statement, filter: &HostFilter) {
    if let Some(site) = &filter.site {
        query.push(" AND h.site = ").push_bind(site);
    }
    if let Some(profile) = &filter.profile {
        query.push(" AND h.profile = ").push_bind(profile);
    }
    if let Some(state) = filter.state {
        query.push(" AND l.state = ").push_bind(state.as_str());
    }
    // The page is read by the first label.
    for (key, value) in filter.labels.iter().skip(1) {
        query.push(" AND ");
        scope::push_label(query, key.as_str(), value.as_str());
    }
}

/// Adds the range of the names. Those of removed hosts are before it.
fn push_names(query: &mut Statement, column: &'static str, filter: &HostFilter) {
    /// The least character of a name.
    const FIRST: &str = "-";
    let prefix = filter.name_prefix.as_deref().unwrap_or_default();
    let first = prefix.max(FIRST);
    query.push(" AND ").push(column);
    match filter.after.as_ref().map(HostName::as_str).filter(|after| *after >= first) {
        Some(after) => query.push(" > ").push_bind(after),
        None => query.push(" >= ").push_bind(first),
    };
    if !prefix.is_empty() {
        // No name has a character that is greater.
        query.push(" AND ").push(column).push(" < ").push_bind(format!("{prefix}~"));
    }
}

/// How many hosts are in which state. Without a scope only an index is read.
pub(super) async fn count(
    session: &mut dyn Session,
    grant: &Grant,
) -> Done<BTreeMap<HostState, u64>> {
    let rows = session.rows(count_query(grant.scope())).await?;
    rows.iter().map(counted).collect()
}

fn counted(row: &Row) -> Done<(HostState, u64)> {
    let columns = Columns { row, table: "leases", key: "state" };
    let state: &str = columns.get("state")?;
    let state =
        state.parse().map_err(|error| StoreError::Corrupt(format!("table leases: {error}")));
    Ok((state?, columns.number("hosts")?))
}

fn count_query(scope: &Scope) -> Statement {
    let mut query = Statement::new("SELECT l.state, COUNT(*) AS hosts FROM leases l");
    if !scope.is_all() {
        query.push(" JOIN hosts h ON h.id = l.host_id");
    }
    query.push(" WHERE l.state IS NOT NULL");
    scope::push(&mut query, scope);
    query.push(" GROUP BY l.state");
    query
}

/// The hosts with these ids, and those that clash with one of the specifications, by name.
pub(super) async fn clashing(
    session: &mut dyn Session,
    grant: &Grant,
    ids: &[HostId],
    specs: &[HostSpec],
) -> Done<Vec<HostRecord>> {
    let mut wanted = Owners::read(session, specs.iter()).await?.ids();
    wanted.extend(ids);
    let mut hosts = Vec::with_capacity(wanted.len());
    for ids in wanted.into_iter().collect::<Vec<_>>().chunks(MANY) {
        hosts.extend(ever(session, ids).await?);
    }
    hosts.retain(|(host, removed)| !removed && grant.covers(host));
    let mut hosts: Vec<_> = hosts.into_iter().map(|(host, _)| host).collect();
    hosts.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
    Ok(hosts)
}

/// The host of a mark that was ever stored, if the grant covers it.
pub(super) async fn by_mark(
    session: &mut dyn Session,
    grant: &Grant,
    mark: MarkId,
) -> Done<Option<HostId>> {
    let Some(row) = session.row(mark_query(mark)).await? else { return Ok(None) };
    let columns = Columns { row: &row, table: "marks", key: "mark_id" };
    let host = HostId::from_bytes(columns.bytes("host_id")?);
    let covered = scope::covers(session, grant.scope(), host).await?;
    Ok(covered.then_some(host))
}

pub(super) fn mark_query(mark: MarkId) -> Statement {
    Statement::new("SELECT id AS mark_id, host_id FROM marks WHERE id = ?").bind(mark)
}

pub(super) async fn epoch(session: &mut dyn Session) -> Done<Epoch> {
    let row = session.row(Statement::new("SELECT epoch FROM meta")).await?;
    let row = row.ok_or_else(migrate::incomplete)?;
    Ok(Epoch(Uuid::from_bytes(Columns { row: &row, table: "meta", key: "epoch" }.bytes("epoch")?)))
}

/// The name of a host, for messages.
pub(super) async fn name(session: &mut dyn Session, id: HostId) -> Done<Option<String>> {
    let query = Statement::new("SELECT id, name FROM hosts WHERE id = ?").bind(id);
    let row = session.row(query).await?;
    row.map(|row| Columns { row: &row, table: "hosts", key: "id" }.get("name")).transpose()
}
