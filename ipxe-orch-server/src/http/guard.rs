//! What all routes share: methods, limits, panics, headers.

use super::{
    Access, App, Route,
    admission::Place,
    error::{self, HttpError},
    proof::{self, Shown},
};
use crate::{request_id::RequestId, serve::Link};
use axum::{
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, RANGE, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use ipxe_orch_core::orchestrator::Writing;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument;

/// Longest path and query, in bytes; the boot request's own limit is lower.
const MAX_URI: usize = 8 * 1024;
/// Longest header, names and values together, in bytes.
const MAX_HEADER: usize = 16 * 1024;
/// Longest wait for the head of a response.
const DECISION: Duration = Duration::from_secs(10);
/// The longest work on a request for which the store is writing.
const WORK: Duration = Duration::from_mins(1);
/// How often it is checked whether a write has ended.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub(super) struct Guarded {
    pub(super) app: Arc<App>,
    pub(super) route: &'static Route,
}

pub(super) async fn guard(
    State(Guarded { app, route }): State<Guarded>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let id = RequestId::of(&mut request, &app.proxies, app.orchestrator.random());
    let answer = async {
        let response = match enter(&app, route, request).await {
            Ok((request, work)) => run(request, next, work).await,
            Err(error) => error.into_response(),
        };
        let response = error::finish(response, route, &app, &id);
        let (status, took) = (response.status(), start.elapsed());
        if let Some(metrics) = &app.metrics {
            metrics.boot_request(route.path, status, took);
        }
        let (status, duration_ms) = (status.as_u16(), took.as_millis());
        tracing::debug!(route = route.path, status, duration_ms, "answered");
        response
    };
    with_headers(answer.instrument(id.span()).await)
}

/// The place of a request at work, and whether the store is writing for it.
struct Work {
    place: Option<Place>,
    writing: Writing,
}

/// Lets a request in, if it is allowed and there is a place for it.
async fn enter(app: &App, route: &Route, request: Request) -> Result<(Request, Work), HttpError> {
    admit(route, &request)?;
    let place = match route.access {
        // These cost nothing.
        Access::Public => None,
        Access::Health => Some(app.admission.health()?),
        Access::Machine | Access::Ticket | Access::Peer => Some(app.admission.unproved()?),
    };
    let (request, Shown { subject, writing }) = proof::open(app, route, request).await?;
    let place = match subject {
        Some(subject) => {
            if let Some(link) = request.extensions().get::<Arc<Link>>() {
                link.prove(subject);
            }
            Some(app.admission.proved(subject)?)
        }
        None => place,
    };
    Ok((request, Work { place, writing }))
}

fn admit(route: &Route, request: &Request) -> Result<(), HttpError> {
    let refuse = |status, why| Err(HttpError::Refused(status, why));
    let uri = request.uri().path_and_query().map_or(0, |text| text.as_str().len());
    if uri > MAX_URI {
        return refuse(StatusCode::URI_TOO_LONG, "the URL is longer than 8192 bytes");
    }
    let sizes = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    if sizes.sum::<usize>() > MAX_HEADER {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return refuse(status, "the header is longer than 16384 bytes");
    }
    let known = route.methods.is_empty() || route.methods.contains(request.method());
    if !known || (route.decides && half_hearted(request)) {
        return Err(HttpError::Method(route.methods));
    }
    Ok(())
}

/// Whether only a part of the answer is wanted, or perhaps nobody looks at it. A machine that boots
/// never asks so.
fn half_hearted(request: &Request) -> bool {
    let headers = request.headers();
    let prefetch = |name: &str| {
        let values = headers.get_all(name).iter();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).to_lowercase();
        values.map(text).any(|text| text.contains("prefetch"))
    };
    let ranged = request.method() == Method::GET && headers.contains_key(RANGE);
    ranged || ["purpose", "sec-purpose", "x-moz", "x-purpose"].into_iter().any(prefetch)
}

/// Runs the handler on a task of its own. So a decision is completed even if the machine hangs up,
/// because the store may be in the middle of its commit.
async fn run(request: Request, next: Next, work: Work) -> Response {
    let Work { place, writing } = work;
    let work = async move {
        let done = tokio::select! {
            response = next.run(request) => Some(response),
            () = too_late(&writing) => None,
        };
        drop(place);
        done
    };
    let work = work.in_current_span();
    match timeout(DECISION, tokio::spawn(work)).await {
        Ok(Ok(Some(response))) => response,
        Ok(Err(_)) => HttpError::Panicked.into_response(),
        Ok(Ok(None)) | Err(_) => HttpError::TimedOut.into_response(),
    }
}

/// Ready when the work on a request is to be given up, so that requests do not pile up if the store
/// is dead: at once after [`DECISION`], when the machine has its 503. Only a write that is under way
/// is waited for, up to [`WORK`].
async fn too_late(writing: &Writing) {
    let end = Instant::now() + WORK;
    sleep(DECISION).await;
    while writing.is_under_way() && Instant::now() < end {
        sleep(LOOK).await;
    }
}

fn with_headers(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, HeaderValue); 3] = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
    ];
    response.headers_mut().extend(HEADERS);
    response
}
