//! What other servers of the installation fetch with `media sync`.

use super::{
    App,
    error::HttpError,
    media::respond,
    proof::{FromPeer, Proof},
};
use crate::media::MediaError;
use axum::{
    extract::{RawPathParams, State},
    http::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use ipxe_orch_core::{
    digest::Digest,
    media::{ANSWER_HEADER, MediaFault},
};
use std::sync::Arc;

/// The sets of this server. The answer has a seal, so that nobody on the way can exchange it.
pub(super) async fn sets(
    State(app): State<Arc<App>>,
    Proof(FromPeer(exchange)): Proof<FromPeer>,
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
    _: Proof<FromPeer>,
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
