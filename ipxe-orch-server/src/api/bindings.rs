//! Who has which role.

use super::{
    App,
    body::{Created, Json, Path, Query},
    problem::Problem,
    who::Asked,
};
use crate::view::{BindingView, ExplainedView};
use axum::{extract::State, http::StatusCode};
use ipxe_orch_core::{
    access_control::NewBinding,
    auth::{Action, Hosts, PersonId, Principal, Role},
    ids::BindingId,
    names::RealmName,
    time::Timestamp,
};
use serde::Deserialize;
use std::sync::Arc;

/// A role to be given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BindingInput {
    who: Principal,
    role: Role,
    hosts: Hosts,
    expires_at: Option<jiff::Timestamp>,
    reason: Option<String>,
    change_ref: Option<String>,
}

/// Why it is taken away.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    reason: Option<String>,
    change_ref: Option<String>,
}

/// What is to be explained, of whom: by id, or by name and login service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    action: Action,
    person: Option<PersonId>,
    realm: Option<RealmName>,
    name: Option<String>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    asked: Asked,
) -> Result<Json<Vec<BindingView>>, Problem> {
    let bindings = app.access.bindings(asked.caller()?).await?;
    Ok(Json(bindings.iter().map(BindingView::from).collect()))
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    asked: Asked,
    Json(given): Json<BindingInput>,
) -> Result<Created<BindingView>, Problem> {
    let BindingInput { who, role, hosts, expires_at, reason, change_ref } = given;
    let expires_at = expires_at.map(|at| Timestamp::from_millis(at.as_millisecond()));
    let new = NewBinding { who, role, hosts, expires_at, reason, change_ref };
    let binding = app.access.bind(asked.caller()?, new).await?;
    Ok(Created(BindingView::from(&binding)))
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(id): Path<BindingId>,
    Query(Reason { reason, change_ref }): Query<Reason>,
) -> Result<StatusCode, Problem> {
    app.access.unbind(asked.caller()?, id, reason, change_ref).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn explain(
    State(app): State<Arc<App>>,
    asked: Asked,
    Query(question): Query<Question>,
) -> Result<Json<ExplainedView>, Problem> {
    let caller = asked.caller()?;
    let Question { action, person, realm, name } = question;
    let person = match (person, realm, name) {
        (Some(person), None, None) => person,
        (None, Some(realm), Some(name)) => app.access.find_person(caller, &realm, &name).await?,
        _ => return Err(Problem::invalid("give `person`, or `realm` and `name`")),
    };
    let explained = app.access.explain(caller, &person, action).await?;
    Ok(Json(ExplainedView::new(person, action, &explained)))
}
