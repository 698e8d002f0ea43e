//! The second person.

use super::{
    super::{
        App,
        body::{Json, Path},
        who::Asked,
    },
    operate::{Done, on_host},
};
use axum::extract::State;
use ipxe_orch_core::{digest::Digest, ids::MarkId, names::HostName};
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
) -> Done {
    on_host(&app, &asked, name, async |caller, key| {
        app.orchestrator.approve(caller, key, mark, digest, reason).await
    })
    .await
}

pub(in crate::api) async fn reject(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(name): Path<HostName>,
    Json(Rejection { mark, reason }): Json<Rejection>,
) -> Done {
    on_host(&app, &asked, name, async |caller, key| {
        app.orchestrator.reject(caller, key, mark, reason).await
    })
    .await
}
