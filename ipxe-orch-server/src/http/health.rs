//! For load balancers and for people.

use super::App;
use axum::{extract::State, http::StatusCode};
use ipxe_orch_core::keys::Purpose;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Longest wait for one part.
const PATIENCE: Duration = Duration::from_secs(3);

/// The process lives.
pub(super) async fn health() -> &'static str {
    "ok\n"
}

/// Whether the server could decide: 200, or 503 with the parts that fail.
pub(super) async fn ready(State(app): State<Arc<App>>) -> (StatusCode, String) {
    let (database, keys, media) = tokio::join!(
        timeout(PATIENCE, database(&app)),
        timeout(PATIENCE, keys(&app)),
        timeout(PATIENCE, media(&app)),
    );
    let audit = Ok(app.orchestrator.suspended().is_none());
    let parts = [("database", database), ("keys", keys), ("media", media), ("audit", audit)];
    let failing = parts.into_iter().filter(|(_, fine)| !matches!(fine, Ok(true)));
    let failing: Vec<&str> = failing.map(|(part, _)| part).collect();
    if failing.is_empty() {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", failing.join(" ")))
}

async fn database(app: &App) -> bool {
    fine("database", &app.orchestrator.check_store().await)
}

async fn keys(app: &App) -> bool {
    let keys = app.orchestrator.keys();
    let (image, ticket) = (keys.active(Purpose::Image).await, keys.active(Purpose::Ticket).await);
    fine("keys", &image) && fine("keys", &ticket)
}

async fn media(app: &App) -> bool {
    fine("media", &app.orchestrator.media_library().check().await)
}

fn fine<T, E: std::error::Error>(part: &str, checked: &Result<T, E>) -> bool {
    if let Err(error) = checked {
        tracing::warn!(part, %error, "not ready");
    }
    checked.is_ok()
}
