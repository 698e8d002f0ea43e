//! API tokens.

use super::{
    super::{
        dialect::Dialect,
        driver::Session,
        error::Done,
        row::{Columns, Row, to_json},
        statement::Statement,
    },
    places,
    sessions::push_known,
};
use ipxe_orch_core::{
    access::{RemoveTokens, Token, TokenTouch},
    auth::{AccessGrant, PersonId},
    digest::Digest,
    ids::{KeyId, TokenId},
    stores::StoreError,
    time::Timestamp,
};

/// Stores a new token in a free place of its owner.
pub(super) async fn put(session: &mut dyn Session, token: &Token) -> Done<()> {
    const OWN: &str = "SELECT id, place FROM tokens WHERE person = ? ORDER BY place";
    if owner(session, token.id).await?.is_some() {
        let text = format!("there is a token with the id {} already", token.id);
        return Err(StoreError::AlreadyExists(text).into());
    }
    let own = places::of(session, OWN, &token.owner.id).await?;
    let place = places::free(&own, "tokens", Token::MAX)?;
    let place = place.ok_or_else(|| Token::too_many(&token.owner.id))?;
    let insert = Statement::new(
        "INSERT INTO tokens (id, name, person, place, verifier, pepper, limits, created_at, \
         used_at, refreshed_at, expires_at, known) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(token.id)
    .bind(token.name.as_str())
    .bind(&token.owner.id)
    .bind(place)
    .bind(token.verifier)
    .bind(token.key)
    .bind(to_json(&token.limit)?)
    .bind(token.created_at)
    .bind(token.used_at)
    .bind(token.refreshed_at)
    .bind(token.expires_at)
    .bind(to_json(&token.owner)?);
    session.run(insert).await?;
    Ok(())
}

async fn owner(session: &mut dyn Session, id: TokenId) -> Done<Option<PersonId>> {
    let query = Statement::new("SELECT id, person FROM tokens WHERE id = ?").bind(id);
    let Some(row) = session.row(query).await? else { return Ok(None) };
    Ok(Some(Columns { row: &row, table: "tokens", key: "id" }.parse("person")?))
}

/// Each column is set by itself: what is older than what is known is ignored.
pub(super) async fn touch(
    session: &mut dyn Session,
    grant: &AccessGrant,
    id: TokenId,
    touch: &TokenTouch,
) -> Done<()> {
    let person = owner(session, id).await?.ok_or(StoreError::NotFound)?;
    grant.check_person(&person)?;
    touch.check(&person)?;
    let mut update = Statement::new("UPDATE tokens SET place = place");
    if let Some(at) = touch.used_at {
        update.push(", used_at = CASE WHEN used_at IS NULL OR used_at < ").push_bind(at);
        update.push(" THEN ").push_bind(at).push(" ELSE used_at END");
    }
    if let Some((at, person)) = &touch.refreshed {
        push_known(&mut update, *at, person)?;
    }
    update.push(" WHERE id = ").push_bind(id);
    if session.run(update).await? == 1 { Ok(()) } else { Err(StoreError::NotFound.into()) }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, verifier, pepper, limits, created_at, used_at, refreshed_at, \
             expires_at, known FROM tokens",
            $rest
        )
    };
}

pub(in super::super) fn lookup_query(id: TokenId) -> Statement {
    Statement::new(select!(" WHERE id = ?")).bind(id)
}

pub(super) async fn lookup(
    session: &mut dyn Session,
    grant: &AccessGrant,
    id: TokenId,
) -> Done<Option<Token>> {
    let row = session.row(lookup_query(id)).await?;
    let found = row.map(|row| read(&row)).transpose()?;
    Ok(found.filter(|token| grant.covers(&token.owner.id)))
}

pub(in super::super) fn list_query(dialect: Dialect, owner: Option<&PersonId>) -> Statement {
    let mut query = Statement::new(select!(""));
    if let Some(owner) = owner {
        query.push(" WHERE person = ").push_bind(owner);
    }
    query.push(" ORDER BY created_at DESC, id DESC");
    query.push_limit(dialect, Token::LIST_MAX.into());
    query
}

/// The newest first.
pub(super) async fn list(session: &mut dyn Session, owner: Option<&PersonId>) -> Done<Vec<Token>> {
    let query = list_query(session.dialect(), owner);
    session.rows(query).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Done<Token> {
    let columns = Columns { row, table: "tokens", key: "id" };
    let time = |column| Ok(Timestamp::from_millis(columns.get(column)?));
    let key = KeyId::from_bytes(columns.bytes("pepper")?);
    let verifier = Digest::from_bytes(columns.bytes("verifier")?);
    let created_at: Done<_> = time("created_at");
    let mut token = Token::new(
        TokenId::from_bytes(columns.bytes("id")?),
        columns.get::<&str>("name")?,
        columns.json("known")?,
        (key, verifier),
        created_at?,
        time("expires_at")?,
    );
    token.limit = columns.json("limits")?;
    token.used_at = columns.get::<Option<i64>>("used_at")?.map(Timestamp::from_millis);
    token.refreshed_at = time("refreshed_at")?;
    Ok(token)
}

pub(super) async fn remove(
    session: &mut dyn Session,
    grant: &AccessGrant,
    which: &RemoveTokens,
) -> Done<u64> {
    match which {
        RemoveTokens::One(id) => {
            let person = owner(session, *id).await?.ok_or(StoreError::NotFound)?;
            grant.check_person(&person)?;
            let delete = Statement::new("DELETE FROM tokens WHERE id = ?").bind(*id);
            match session.run(delete).await? {
                0 => Err(StoreError::NotFound.into()),
                removed => Ok(removed),
            }
        }
        RemoveTokens::Of(person) => {
            grant.check_person(person)?;
            let delete = Statement::new("DELETE FROM tokens WHERE person = ?").bind(person);
            Ok(session.run(delete).await?)
        }
        RemoveTokens::ExpiredBefore(time) => {
            let mut delete = Statement::new("DELETE FROM tokens WHERE expires_at < ?").bind(*time);
            if let Some(person) = grant.person() {
                delete.push(" AND person = ").push_bind(person);
            }
            Ok(session.run(delete).await?)
        }
        _ => Err(StoreError::Invalid("this version does not know these tokens".into()).into()),
    }
}
