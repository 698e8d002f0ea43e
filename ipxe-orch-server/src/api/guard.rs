//! What all routes share: who asks, limits, headers.

use super::{Access, App, Route, problem::Problem, who::Asked};
use crate::{
    request_id::{RequestId, X_REQUEST_ID},
    serve::Link,
};
use axum::{
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

/// Longest path and query, in bytes.
const MAX_URI: usize = 8 * 1024;
/// Longest wait for the head of an answer.
const WORK: Duration = Duration::from_secs(50);

#[derive(Clone)]
pub(super) struct Guarded {
    pub(super) app: Arc<App>,
    pub(super) route: &'static Route,
}

/// Gives each request its id: around all routes, and around what is at no route.
pub(super) async fn identify(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = RequestId::of(&mut request, &app.proxies, app.orchestrator.random());
    let mut response = Problem::finish(next.run(request).instrument(id.span()).await, &id);
    if let Some(id) = id.header() {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    response
}

pub(super) async fn guard(
    State(Guarded { app, route }): State<Guarded>,
    request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let response = match answer(&app, route, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    let (status, took) = (response.status(), start.elapsed());
    if let Some(metrics) = &app.metrics {
        metrics.api_request(&route.method, route.path, status, took);
    }
    let (method, status, duration_ms) = (&route.method, status.as_u16(), took.as_millis());
    tracing::debug!(%method, route = route.path, status, duration_ms, "answered");
    with_headers(response)
}

async fn answer(
    app: &Arc<App>,
    route: &'static Route,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let uri = request.uri().path_and_query().map_or(0, |text| text.as_str().len());
    if uri > MAX_URI {
        return Err(Problem::invalid("the URL is longer than 8192 bytes"));
    }
    let places = if route.access == Access::Public { &app.strangers } else { &app.requests };
    let place = Arc::clone(places).try_acquire_owned().map_err(|_| Problem::busy())?;
    let (app, link) = (app.clone(), request.extensions().get::<Arc<Link>>().cloned());
    // On a task of its own, so that it is completed even if the caller hangs up.
    let work = async move {
        let (mut parts, body) = request.into_parts();
        let asked = Asked::new(&app, &parts, route.access).await?;
        if let (Some(link), Ok(caller)) = (link, asked.caller()) {
            link.prove(caller.actor().to_string());
        }
        parts.extensions.insert(asked);
        let response = next.run(Request::from_parts(parts, body)).await;
        drop(place);
        Ok(response)
    };
    let work = tokio::spawn(work.in_current_span());
    match timeout(WORK, work).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => Err(Problem::internal(&error.to_string())),
        Err(_) => Err(Problem::late()),
    }
}

fn with_headers(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 6] = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    ];
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
