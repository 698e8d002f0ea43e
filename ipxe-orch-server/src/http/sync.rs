//! What other servers of the installation fetch with `media sync`.

use super::{App, error::HttpError, media::respond};
use crate::media::MediaError;
use axum::{
    extract::{FromRequestParts, RawPathParams, State},
    http::{
        HeaderMap, Method, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use ipxe_orch_core::{
    digest::Digest,
    media::{ANSWER_HEADER, Exchange, MediaFault, PeerRequest, Peers},
    orchestrator::OrchestratorError,
};
use std::sync::Arc;

/// A request of a server of this installation. Everybody else gets a 404.
pub(super) struct FromPeer(Exchange);

impl FromRequestParts<Arc<App>> for FromPeer {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, HttpError> {
        let mut shown = parts.headers.get_all(AUTHORIZATION).iter();
        let only = shown.next().filter(|_| shown.next().is_none());
        let text = only.and_then(|text| text.to_str().ok()).ok_or(HttpError::NotFound)?;
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let target = target.strip_prefix(app.base.as_str()).ok_or(HttpError::NotFound)?;
        let request = PeerRequest { method: parts.method.as_str(), target };
        let (keys, now) = (app.orchestrator.keys(), app.orchestrator.now());
        let opened = Peers::new(keys).open(text, request, now).await;
        let opened = opened.map_err(OrchestratorError::from)?;
        opened.map(Self).ok_or(HttpError::NotFound)
    }
}

/// The sets of this server. The answer has a seal, so that nobody on the way can exchange it.
pub(super) async fn sets(
    State(app): State<Arc<App>>,
    FromPeer(exchange): FromPeer,
) -> Result<Response, HttpError> {
    let offers = app.orchestrator.media_library().offers().await?;
    let text = serde_json::to_string(&offers).map_err(MediaFault::new)?;
    let seal = exchange.seal(StatusCode::OK.as_u16(), &Digest::of(&text));
    let kind = (CONTENT_TYPE.as_str(), "application/json".to_owned());
    Ok(([kind, (ANSWER_HEADER, seal)], text).into_response())
}

/// Content by its digest. The receiver compares the digest.
pub(super) async fn blob(
    State(app): State<Arc<App>>,
    _: FromPeer,
    params: RawPathParams,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let digest = params.iter().find_map(|(_, text)| text.parse::<Digest>().ok());
    let digest = digest.ok_or(HttpError::NotFound)?;
    let file = app.orchestrator.media_library().content(&digest).await?;
    let file = file.ok_or(HttpError::NotFound)?;
    let unreadable = |error| MediaError::Unreadable(digest.to_string(), error);
    Ok(respond(file, &method, &headers).map_err(unreadable).map_err(MediaFault::from)?)
}
