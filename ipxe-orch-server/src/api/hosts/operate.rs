//! What else is done to a lease.

use super::super::{
    App,
    body::{Json, Path},
    problem::Problem,
    who::Asked,
};
use crate::view::OperatedView;
use axum::extract::State;
use ipxe_orch_core::{
    auth::Caller,
    lease::Lease,
    names::HostName,
    orchestrator::{Operation, OrchestratorError},
    stores::HostKey,
};
use serde::Deserialize;
use std::sync::Arc;

/// Why it is done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Reason {
    reason: Option<String>,
}

pub(super) type Done = Result<Json<OperatedView>, Problem>;

/// Does `work` with a host, and shows what has changed.
pub(super) async fn on_host(
    app: &App,
    asked: &Asked,
    name: HostName,
    work: impl AsyncFnOnce(&Caller, &HostKey) -> Result<Lease, OrchestratorError>,
) -> Done {
    let caller = asked.caller()?;
    let before = app.orchestrator.host(caller, &HostKey::Name(name.clone())).await?;
    // The id, so that it is the same host if the name goes to another one meanwhile.
    let after = work(caller, &HostKey::Id(before.id)).await?;
    Ok(Json(OperatedView::new(name, &before.lease, &after)))
}

macro_rules! operations {
    ($($name:ident => $operation:ident),+ $(,)?) => {$(
        pub(in crate::api) async fn $name(
            State(app): State<Arc<App>>,
            asked: Asked,
            Path(name): Path<HostName>,
            Json(given): Json<Reason>,
        ) -> Done {
            on_host(&app, &asked, name, async |caller, key| {
                app.orchestrator.operate(caller, key, &Operation::$operation, given.reason).await
            })
            .await
        }
    )+};
}

operations!(
    cancel => Cancel,
    abandon => Abandon,
    withdraw => Withdraw,
    hold => Hold,
    release => Release,
    protect => Protect,
    unprotect => Unprotect,
);
