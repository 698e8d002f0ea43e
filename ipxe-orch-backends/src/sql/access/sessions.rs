//! Sessions.

use super::{
    super::{
        dialect::Dialect,
        driver::Session as Connection,
        error::Done,
        row::{Columns, Row, to_json},
        statement::Statement,
    },
    places,
};
use ipxe_orch_core::{
    access::{EndSessions, Session, SessionTouch},
    auth::{AccessGrant, Origin, Person, PersonId},
    digest::Digest,
    ids::SessionId,
    stores::StoreError,
    time::Timestamp,
};

/// How often another program may end the oldest session of a person first.
const TRIES: usize = 20;

fn taken(what: &str) -> StoreError {
    StoreError::AlreadyExists(format!("there is a session with {what} already"))
}

/// Stores a new session in a free place of its person, or in the place of the oldest one.
pub(super) async fn put(session: &mut dyn Connection, new: &Session) -> Done<()> {
    let known = Statement::new("SELECT id FROM sessions WHERE id = ?").bind(new.id);
    if session.row(known).await?.is_some() {
        return Err(taken(&format!("the id {}", new.id)).into());
    }
    refuse_secret(session, &new.secret).await?;
    let known = to_json(&new.person)?;
    let place = place(session, &new.person.id).await?;
    let insert = Statement::new(
        "INSERT INTO sessions (id, secret, person, place, created_at, seen_at, refreshed_at, \
         proved_at, expires_at, known, origin, agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(new.id)
    .bind(new.secret)
    .bind(&new.person.id)
    .bind(place)
    .bind(new.created_at)
    .bind(new.seen_at)
    .bind(new.refreshed_at)
    .bind(new.proved_at)
    .bind(new.expires_at)
    .bind(known)
    .bind(new.origin.0.as_str())
    .bind(new.agent.as_deref());
    session.run(insert).await?;
    Ok(())
}

async fn refuse_secret(session: &mut dyn Connection, secret: &Digest) -> Done<()> {
    let known = Statement::new("SELECT id FROM sessions WHERE secret = ?").bind(*secret);
    match session.row(known).await? {
        Some(_) => Err(taken("this secret").into()),
        None => Ok(()),
    }
}

async fn place(session: &mut dyn Connection, person: &PersonId) -> Done<i64> {
    const OWN: &str = "SELECT id, place FROM sessions WHERE person = ? ORDER BY created_at, id";
    for _ in 0..TRIES {
        let own = places::of(session, OWN, person).await?;
        if let Some(place) = places::free(&own, "sessions", Session::MAX)? {
            return Ok(place);
        }
        let Some(oldest) = own.first() else { break };
        let columns = Columns { row: oldest, table: "sessions", key: "id" };
        let id = SessionId::from_bytes(columns.bytes("id")?);
        let end = Statement::new("DELETE FROM sessions WHERE id = ?").bind(id);
        if session.run(end).await? == 1 {
            return columns.get("place");
        }
    }
    Err(StoreError::Unavailable("too many programs sign this person in at once".into()).into())
}

/// Each column is set by itself: what is older than what is known is ignored.
pub(super) async fn touch(
    session: &mut dyn Connection,
    grant: &AccessGrant,
    id: SessionId,
    touch: &SessionTouch,
) -> Done<()> {
    let (person, secret) = owner(session, id).await?.ok_or(StoreError::NotFound)?;
    grant.check_person(&person)?;
    touch.check(&person)?;
    if let Some(rotation) = touch.rotation {
        if rotation.from != secret {
            return Err(StoreError::Conflict.into());
        }
        if rotation.to != secret {
            refuse_secret(session, &rotation.to).await?;
        }
    }
    if session.run(update(id, touch)?).await? == 1 {
        return Ok(());
    }
    match owner(session, id).await? {
        Some(_) => Err(StoreError::Conflict.into()),
        None => Err(StoreError::NotFound.into()),
    }
}

async fn owner(session: &mut dyn Connection, id: SessionId) -> Done<Option<(PersonId, Digest)>> {
    let query = Statement::new("SELECT id, person, secret FROM sessions WHERE id = ?").bind(id);
    let Some(row) = session.row(query).await? else { return Ok(None) };
    let columns = Columns { row: &row, table: "sessions", key: "id" };
    Ok(Some((columns.parse("person")?, Digest::from_bytes(columns.bytes("secret")?))))
}

/// What is computed from another column comes before that one, because MySQL sets them one after
/// another.
fn update(id: SessionId, touch: &SessionTouch) -> Result<Statement, StoreError> {
    let mut update = Statement::new("UPDATE sessions SET place = place");
    if let Some(at) = touch.seen_at {
        push_later(&mut update, "seen_at", at);
    }
    if let Some(at) = touch.proved_at {
        push_later(&mut update, "proved_at", at);
    }
    if let Some((at, person)) = &touch.refreshed {
        push_known(&mut update, *at, person)?;
    }
    if let Some(rotation) = touch.rotation {
        update.push(", secret = ").push_bind(rotation.to);
    }
    update.push(" WHERE id = ").push_bind(id);
    if let Some(rotation) = touch.rotation {
        update.push(" AND secret = ").push_bind(rotation.from);
    }
    Ok(update)
}

fn push_later(update: &mut Statement, column: &str, at: Timestamp) {
    update.push(", ").push(column).push(" = CASE WHEN ").push(column).push(" < ").push_bind(at);
    update.push(" THEN ").push_bind(at).push(" ELSE ").push(column).push(" END");
}

/// What the login service said, unless something newer is known.
pub(super) fn push_known(
    update: &mut Statement,
    at: Timestamp,
    person: &Person,
) -> Result<(), StoreError> {
    update.push(", known = CASE WHEN refreshed_at <= ").push_bind(at).push(" THEN ");
    update.push_bind(to_json(person)?).push(" ELSE known END");
    push_later(update, "refreshed_at", at);
    Ok(())
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, secret, created_at, seen_at, refreshed_at, proved_at, expires_at, known, \
             origin, agent FROM sessions",
            $rest
        )
    };
}

pub(in super::super) fn lookup_query(secret: &Digest) -> Statement {
    Statement::new(select!(" WHERE secret = ?")).bind(*secret)
}

pub(super) async fn lookup(
    session: &mut dyn Connection,
    grant: &AccessGrant,
    secret: &Digest,
) -> Done<Option<Session>> {
    let row = session.row(lookup_query(secret)).await?;
    let found = row.map(|row| read(&row)).transpose()?;
    Ok(found.filter(|found| grant.covers(&found.person.id)))
}

pub(in super::super) fn list_query(dialect: Dialect, person: Option<&PersonId>) -> Statement {
    let mut query = Statement::new(select!(""));
    if let Some(person) = person {
        query.push(" WHERE person = ").push_bind(person);
    }
    query.push(" ORDER BY created_at DESC, id DESC");
    query.push_limit(dialect, Session::LIST_MAX.into());
    query
}

/// The newest first.
pub(super) async fn list(
    session: &mut dyn Connection,
    person: Option<&PersonId>,
) -> Done<Vec<Session>> {
    let query = list_query(session.dialect(), person);
    session.rows(query).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Done<Session> {
    let columns = Columns { row, table: "sessions", key: "id" };
    let time = |column| Ok(Timestamp::from_millis(columns.get(column)?));
    let id = SessionId::from_bytes(columns.bytes("id")?);
    let secret = Digest::from_bytes(columns.bytes("secret")?);
    let (person, origin) = (columns.json("known")?, Origin(columns.get("origin")?));
    let created_at: Done<_> = time("created_at");
    let mut session = Session::new(id, secret, person, created_at?, time("expires_at")?, origin);
    session.seen_at = time("seen_at")?;
    session.refreshed_at = time("refreshed_at")?;
    session.proved_at = time("proved_at")?;
    session.agent = columns.get("agent")?;
    Ok(session)
}

pub(super) async fn end(
    session: &mut dyn Connection,
    grant: &AccessGrant,
    which: &EndSessions,
) -> Done<u64> {
    match which {
        EndSessions::One(id) => {
            let (person, _) = owner(session, *id).await?.ok_or(StoreError::NotFound)?;
            grant.check_person(&person)?;
            let delete = Statement::new("DELETE FROM sessions WHERE id = ?").bind(*id);
            match session.run(delete).await? {
                0 => Err(StoreError::NotFound.into()),
                ended => Ok(ended),
            }
        }
        EndSessions::Of(person) => {
            grant.check_person(person)?;
            let delete = Statement::new("DELETE FROM sessions WHERE person = ?").bind(person);
            Ok(session.run(delete).await?)
        }
        EndSessions::ExpiredBefore(time) => {
            let mut delete =
                Statement::new("DELETE FROM sessions WHERE expires_at < ?").bind(*time);
            if let Some(person) = grant.person() {
                delete.push(" AND person = ").push_bind(person);
            }
            Ok(session.run(delete).await?)
        }
        _ => Err(StoreError::Invalid("this version does not know these sessions".into()).into()),
    }
}
