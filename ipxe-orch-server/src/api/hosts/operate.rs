//! What else is done to a lease.

use super::super::{
    App,
    body::{Json, Path},
    problem::Problem,
    who::Asked,
};
use crate::view::OperatedView;
use axum::extract::State;
use ipxe_orch_core::{names::HostName, orchestrator::Operation, stores::HostKey};
use serde::Deserialize;
use std::sync::Arc;

/// Why it is done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Reason {
    reason: Option<String>,
}

type Done = Result<Json<OperatedView>, Problem>;

async fn operate(app: &App, asked: &Asked, name: HostName, given: Reason, what: Operation) -> Done {
    let caller = asked.caller()?;
    let key = HostKey::Name(name.clone());
    let before = app.orchestrator.host(caller, &key).await?;
    // The id, so that it is the same host if the name goes to another one meanwhile.
    let key = HostKey::Id(before.id);
    let after = app.orchestrator.operate(caller, &key, &what, given.reason).await?;
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
            operate(&app, &asked, name, given, Operation::$operation).await
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
