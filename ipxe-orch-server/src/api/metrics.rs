//! Figures for monitoring.

use super::{App, problem::Problem, who::Asked};
use crate::metrics::response;
use axum::{extract::State, response::Response};
use ipxe_orch_core::auth::SeeMetrics;
use std::sync::Arc;

/// They are about all hosts, so a permission for some hosts is none.
pub(super) async fn read(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let caller = asked.caller()?;
    app.orchestrator.authorize_for_all::<SeeMetrics>(caller, "metrics.read", None).await?;
    match &app.monitor {
        Some(monitor) => Ok(response(monitor).await),
        None => Err(Problem::not_found("this server has no metrics")),
    }
}
