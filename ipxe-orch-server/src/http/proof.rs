//! What a request shows, checked before its body is read and before any store is asked.

use super::{Access, App, Route, admission::Subject, error::HttpError, peer::origin};
use axum::{
    extract::{FromRequestParts, RawPathParams, Request},
    http::{header::AUTHORIZATION, request::Parts},
};
use ipxe_orch_core::{
    media::{Exchange, PeerRequest, Peers},
    orchestrator::{OpenBoot, OpenTicket, OrchestratorError, Writing},
    stores::BootEventKind,
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Longest wait for keys.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a request has shown.
pub(super) struct Shown {
    /// Whom it is about, if it is right.
    pub(super) subject: Option<Subject>,
    /// Tells of writes for this request.
    pub(super) writing: Writing,
}

/// Checks what the request shows, and leaves the proof in it for the handler.
pub(super) async fn open(
    app: &App,
    route: &Route,
    request: Request,
) -> Result<(Request, Shown), HttpError> {
    let (mut parts, body) = request.into_parts();
    let opened = timeout(PATIENCE, open_parts(app, route, &mut parts)).await;
    let shown = opened.map_err(|_| HttpError::TimedOut)??;
    Ok((Request::from_parts(parts, body), shown))
}

async fn open_parts(app: &App, route: &Route, parts: &mut Parts) -> Result<Shown, HttpError> {
    match route.access {
        Access::Machine => boot(app, parts).await,
        Access::Ticket => ticket(app, parts).await,
        Access::Peer => peer(app, parts).await,
        Access::Health | Access::Public => Ok(Shown { subject: None, writing: Writing::default() }),
    }
}

async fn boot(app: &App, parts: &mut Parts) -> Result<Shown, HttpError> {
    let query = parts.uri.query().unwrap_or_default();
    let opened = app.orchestrator.open_boot(query, &origin(parts, app)).await?;
    let (subject, writing) = (opened.host().map(Subject::Host), opened.writing().clone());
    parts.extensions.insert(opened);
    Ok(Shown { subject, writing })
}

async fn ticket(app: &App, parts: &mut Parts) -> Result<Shown, HttpError> {
    // What is not UTF-8 once decoded is no ticket.
    let params = RawPathParams::from_request_parts(parts, &()).await;
    let params = params.map_err(|_| HttpError::NotFound)?;
    let text = params.iter().find(|(name, _)| *name == "ticket").map_or("", |(_, text)| text);
    let opened = app.orchestrator.open_ticket(text, &origin(parts, app)).await?;
    let opened = opened.ok_or(HttpError::NotFound)?;
    let (subject, writing) = (Some(Subject::Attempt(opened.attempt())), opened.writing().clone());
    parts.extensions.insert(opened);
    Ok(Shown { subject, writing })
}

/// A request of a server of this installation. Everybody else gets a 404.
async fn peer(app: &App, parts: &mut Parts) -> Result<Shown, HttpError> {
    let Some(exchange) = exchange(app, parts).await? else {
        app.orchestrator.record_unproved(&origin(parts, app), BootEventKind::PeerRefused);
        return Err(HttpError::NotFound);
    };
    parts.extensions.insert(FromPeer(Arc::new(exchange)));
    Ok(Shown { subject: Some(Subject::Peers), writing: Writing::default() })
}

async fn exchange(app: &App, parts: &Parts) -> Result<Option<Exchange>, HttpError> {
    let mut shown = parts.headers.get_all(AUTHORIZATION).iter();
    let only = shown.next().filter(|_| shown.next().is_none());
    let Some(text) = only.and_then(|text| text.to_str().ok()) else { return Ok(None) };
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let Some(target) = target.strip_prefix(app.base.as_str()) else { return Ok(None) };
    let request = PeerRequest { method: parts.method.as_str(), target };
    let (keys, now) = (app.orchestrator.keys(), app.orchestrator.now());
    let opened = Peers::new(keys).open(text, request, now).await;
    Ok(opened.map_err(OrchestratorError::from)?)
}

/// The exchange with another server, which seals the answer.
#[derive(Clone)]
pub(super) struct FromPeer(pub(super) Arc<Exchange>);

/// A proof that [`open`] has left in the request. There is none where the route table asks for
/// another one: that would be a bug.
pub(super) struct Proof<T>(pub(super) T);

impl<T: Clone + Send + Sync + 'static> FromRequestParts<Arc<App>> for Proof<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, HttpError> {
        parts.extensions.get::<T>().cloned().map(Self).ok_or(HttpError::Unproved)
    }
}

/// The proof of [`Access::Machine`].
pub(super) type Boot = Proof<OpenBoot>;
/// The proof of [`Access::Ticket`].
pub(super) type Ticket = Proof<OpenTicket>;
