//! The second person.

use super::super::{
    App,
    body::{Json, Path},
    problem::Problem,
    who::Asked,
};
use crate::view::OperatedView;
use axum::extract::State;
use ipxe_orch_core::{digest::Digest, ids::MarkId, names::HostName, stores::HostKey};
use serde::Deserialize;
use std::sync::Arc;

/// What the person looked at: the `id` and the `digest` of the mark.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Approval {
    mark: MarkId,
    digest: Digest,
    reason: Option<String>,
}

/// Which mark is not wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Rejection {
    mark: MarkId,
    reason: Option<String>,
}

pub(in crate::api) async fn approve(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(name): Path<HostName>,
    Json(Approval { mark, digest, reason }): Json<Approval>,
) -> Result<Json<OperatedView>, Problem> {
    let (caller, key) = (asked.caller()?, HostKey::Name(name.clone()));
    let before = app.orchestrator.host(caller, &key).await?;
    let key = HostKey::Id(before.id);
    let after = app.orchestrator.approve(caller, &key, mark, digest, reason).await?;
    Ok(Json(OperatedView::new(name, &before.lease, &after)))
}

pub(in crate::api) async fn reject(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(name): Path<HostName>,
    Json(Rejection { mark, reason }): Json<Rejection>,
) -> Result<Json<OperatedView>, Problem> {
    let (caller, key) = (asked.caller()?, HostKey::Name(name.clone()));
    let before = app.orchestrator.host(caller, &key).await?;
    let key = HostKey::Id(before.id);
    let after = app.orchestrator.reject(caller, &key, mark, reason).await?;
    Ok(Json(OperatedView::new(name, &before.lease, &after)))
}
