//! For load balancers and for people.

use super::{App, error::chain};
use crate::repeats::Repeats;
use axum::{extract::State, http::StatusCode};
use ipxe_orch_core::keys::Purpose;
use std::{error::Error, sync::Arc, time::Duration};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// Longest wait for one part.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the result of a check is answered without another one.
const FRESH: Duration = Duration::from_secs(1);

/// The process lives.
pub(super) async fn health() -> &'static str {
    "ok\n"
}

/// Whether the server could decide: 200, or 503 with the parts that fail. It is checked at most once
/// a second, however many ask.
pub(super) async fn ready(State(app): State<Arc<App>>) -> (StatusCode, String) {
    let failing = app.readiness.failing(&app).await;
    if failing.is_empty() {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", failing.join(" ")))
}

/// The parts that fail.
type Failing = Vec<&'static str>;

/// The result of the last check.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    /// Locked during a check, so that there is one at a time.
    last: Mutex<Option<(Instant, Failing)>>,
}

impl Readiness {
    async fn failing(&self, app: &App) -> Failing {
        let mut last = self.last.lock().await;
        if let Some((checked, failing)) = last.as_ref()
            && checked.elapsed() < FRESH
        {
            return failing.clone();
        }
        let failing = check(app).await;
        let recovered = failing.is_empty() && last.as_ref().is_some_and(|(_, old)| !old.is_empty());
        if recovered {
            app.repeats.tell("ready again", |more| tracing::info!(more, "ready again"));
        }
        *last = Some((Instant::now(), failing.clone()));
        failing
    }
}

async fn check(app: &App) -> Failing {
    let (database, keys, media) = tokio::join!(
        part("database", &app.repeats, database(app)),
        part("keys", &app.repeats, keys(app)),
        part("media", &app.repeats, media(app)),
    );
    let audit = app.orchestrator.suspended().is_none();
    let parts = [("database", database), ("keys", keys), ("media", media), ("audit", audit)];
    parts.into_iter().filter(|(_, fine)| !fine).map(|(part, _)| part).collect()
}

/// Whether a part is fine. If not, the reason is logged.
async fn part(
    part: &'static str,
    repeats: &Repeats,
    check: impl Future<Output = Result<(), Box<dyn Error + Send + Sync>>>,
) -> bool {
    let checked = timeout(PATIENCE, check).await;
    let error = match checked {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => chain(error.as_ref()),
        Err(_) => "no answer within 3 s".to_owned(),
    };
    repeats.tell(&format!("not ready: {part}: {error}"), move |more| {
        tracing::warn!(part, error, more, "not ready");
    });
    false
}

async fn database(app: &App) -> Result<(), Box<dyn Error + Send + Sync>> {
    app.orchestrator.check_store().await?;
    Ok(())
}

async fn keys(app: &App) -> Result<(), Box<dyn Error + Send + Sync>> {
    let keys = app.orchestrator.keys();
    keys.active(Purpose::Image).await?;
    keys.active(Purpose::Ticket).await?;
    Ok(())
}

async fn media(app: &App) -> Result<(), Box<dyn Error + Send + Sync>> {
    Ok(app.orchestrator.media_library().check().await?)
}
