//! Own sessions and tokens.

use super::{
    App,
    body::{Created, Json, Path},
    problem::Problem,
    who::Asked,
};
use crate::view::{NewTokenView, SessionView, TokenView};
use axum::{extract::State, http::StatusCode};
use ipxe_orch_core::{
    access_control::NewToken,
    auth::{Action, Hosts, Limit},
    ids::{SessionId, TokenId},
};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// What a person says about a new token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenInput {
    name: String,
    /// How long it is valid, in days.
    days: u32,
    actions: Option<BTreeSet<Action>>,
    hosts: Option<Hosts>,
}

pub(super) async fn sessions(
    State(app): State<Arc<App>>,
    asked: Asked,
) -> Result<Json<Vec<SessionView>>, Problem> {
    let sessions = app.access.own_sessions(asked.session()?).await?;
    Ok(Json(sessions.iter().map(SessionView::from).collect()))
}

pub(super) async fn end_session(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    app.access.end_own_session(asked.session()?, id, &asked.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn tokens(
    State(app): State<Arc<App>>,
    asked: Asked,
) -> Result<Json<Vec<TokenView>>, Problem> {
    let tokens = app.access.own_tokens(asked.session()?).await?;
    Ok(Json(tokens.iter().map(TokenView::from).collect()))
}

pub(super) async fn create_token(
    State(app): State<Arc<App>>,
    asked: Asked,
    Json(given): Json<TokenInput>,
) -> Result<Created<NewTokenView>, Problem> {
    let TokenInput { name, days, actions, hosts } = given;
    let mut limit = Limit::default();
    (limit.actions, limit.hosts) = (actions, hosts);
    let lifetime = Duration::from_hours(24).saturating_mul(days);
    let new = NewToken { name, limit, lifetime };
    let (secret, token) = app.access.create_token(asked.session()?, new, &asked.origin).await?;
    let secret = secret.reveal().as_str().to_owned();
    Ok(Created(NewTokenView { token: TokenView::from(&token), secret }))
}

pub(super) async fn remove_token(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(id): Path<TokenId>,
) -> Result<StatusCode, Problem> {
    app.access.remove_own_token(asked.session()?, id, &asked.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
