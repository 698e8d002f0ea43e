//! The metrics at an address of their own, for whoever reaches it.

use super::Monitor;
use crate::http::BasePath;
use axum::{
    Router,
    extract::State,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use std::sync::Arc;

/// The format.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// A router with the one route `GET {base}/metrics`. It asks for no login, so give it an address
/// that only monitoring reaches. The API has the same metrics for a token.
pub fn page(base: &BasePath, monitor: Arc<Monitor>) -> Router {
    Router::new().route(&format!("{base}/metrics"), get(answer)).with_state(monitor)
}

async fn answer(State(monitor): State<Arc<Monitor>>) -> Response {
    response(&monitor).await
}

/// The metrics as an answer.
pub(crate) async fn response(monitor: &Monitor) -> Response {
    let Ok(text) = monitor.read().await else {
        tracing::error!("the metrics cannot be written as text");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, TEXT);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
