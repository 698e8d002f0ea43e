//! Boot events.

use super::{
    App,
    body::{Json, Query},
    problem::Problem,
    who::Asked,
};
use crate::view::EventView;
use axum::extract::State;
use ipxe_orch_core::{
    names::HostName,
    stores::{EventFilter, HostKey},
    time::Timestamp,
};
use serde::Deserialize;
use std::sync::Arc;

/// Which events.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    host: Option<HostName>,
    since: Option<jiff::Timestamp>,
    #[serde(default)]
    alerts: bool,
    #[serde(default)]
    limit: u32,
}

/// The newest first, at most 1,000.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    asked: Asked,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<EventView>>, Problem> {
    let caller = asked.caller()?;
    let mut filter = EventFilter::default();
    if let Some(name) = wanted.host {
        filter.host = Some(app.orchestrator.host(caller, &HostKey::Name(name)).await?.id);
    }
    filter.since = wanted.since.map(|since| Timestamp::from_millis(since.as_millisecond()));
    (filter.alerts, filter.limit) = (wanted.alerts, wanted.limit);
    let events = app.orchestrator.events(caller, &filter).await?;
    Ok(Json(events.iter().map(|event| EventView::new(event, event.host_name.as_ref())).collect()))
}
