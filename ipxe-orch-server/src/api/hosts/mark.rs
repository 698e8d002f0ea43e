//! Ordering an install.

use super::{
    super::{
        App,
        body::{Json, Path},
        problem::Problem,
        who::Asked,
    },
    seen,
};
use crate::view::MarkedView;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use ipxe_orch_core::{
    ids::MarkId,
    names::HostName,
    orchestrator::MarkOrder,
    stores::{HostKey, StoreError},
    time::Timestamp,
};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};

/// An order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Order {
    /// With an id, an order that is sent twice is one order.
    id: Option<MarkId>,
    not_before: Option<jiff::Timestamp>,
    /// How long it stands, in seconds.
    lifetime: Option<u64>,
    reason: Option<String>,
    change_ref: Option<String>,
}

/// 201 for a new mark, 200 if the same order was given before.
pub(in crate::api) async fn mark(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(name): Path<HostName>,
    headers: HeaderMap,
    Json(given): Json<Order>,
) -> Result<Response, Problem> {
    let mut order = MarkOrder::default();
    order.id = given.id;
    order.seen = seen(&headers)?;
    order.not_before = given.not_before.map(|at| Timestamp::from_millis(at.as_millisecond()));
    order.lifetime = given.lifetime.map(Duration::from_secs);
    (order.reason, order.change_ref) = (given.reason, given.change_ref);
    let key = HostKey::Name(name.clone());
    if let Some(seen) = order.seen {
        let host = app.orchestrator.host(asked.caller()?, &key).await?;
        if host.lease.generation != seen {
            return Err(StoreError::Conflict.into());
        }
    }
    let marked = app.orchestrator.mark(asked.caller()?, &key, order).await?;
    let status = if marked.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(MarkedView::new(&name, &marked))).into_response())
}
