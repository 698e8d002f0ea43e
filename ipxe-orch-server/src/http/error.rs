//! Error responses. This is the only place that decides their status.

use super::{App, Route};
use crate::request_id::RequestId;
use axum::{
    http::{
        HeaderValue, Method, StatusCode,
        header::{ALLOW, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use ipxe_orch_core::{
    media::MediaFault, orchestrator::OrchestratorError, stores::StoreError, time::Random,
};
use std::{error::Error, iter::successors, sync::Arc};

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum HttpError {
    /// There is no such thing, or not for this ticket, or not now. All get the same response.
    NotFound,
    /// The method is not allowed, or a range or prefetch is not.
    Method(&'static [Method]),
    /// The request is wrong.
    Refused(StatusCode, &'static str),
    /// Core could not decide.
    Core(OrchestratorError),
    /// The ticket is right, but the file is not there or cannot be read.
    Media(MediaFault),
    /// The text is not an iPXE script.
    NotAScript,
    /// A bug: the handler wants a proof that the route table does not ask for.
    Unproved,
    /// A bug.
    Panicked,
    /// It took too long.
    TimedOut,
    /// Too many requests are at work.
    Overloaded,
}

impl From<OrchestratorError> for HttpError {
    fn from(error: OrchestratorError) -> Self {
        Self::Core(error)
    }
}

impl From<MediaFault> for HttpError {
    fn from(fault: MediaFault) -> Self {
        Self::Media(fault)
    }
}

impl HttpError {
    /// 503 if the same request may succeed later, 500 if a person must act first. Only overload has
    /// a `Retry-After`, because iPXE then waits instead of asking the next server.
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Refused(status, _) => *status,
            Self::Core(OrchestratorError::BadRequest(_)) => StatusCode::BAD_REQUEST,
            Self::Core(
                OrchestratorError::MissingMedia { .. }
                | OrchestratorError::Store(
                    StoreError::Conflict
                    | StoreError::Unavailable(_)
                    | StoreError::OutcomeUnknown(_)
                    | StoreError::ReadOnly(_)
                    | StoreError::Full(_)
                    | StoreError::Replaced(_),
                ),
            )
            | Self::Media(_)
            | Self::TimedOut
            | Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Core(_) | Self::NotAScript | Self::Unproved | Self::Panicked => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// The text for the caller. It says nothing about the inside of the server.
    fn told(&self) -> String {
        match self {
            Self::NotFound => "not found".to_owned(),
            Self::Method(_) => "method not allowed".to_owned(),
            Self::Refused(_, why) => (*why).to_owned(),
            Self::Core(OrchestratorError::BadRequest(why)) => why.to_string(),
            _ => "this server cannot answer now".to_owned(),
        }
    }

    /// The text for the log, with all causes.
    fn logged(&self) -> String {
        match self {
            Self::Core(error) => chain(error),
            Self::Media(error) => chain(error),
            Self::NotAScript => "the text to send does not begin with `#!ipxe`".to_owned(),
            Self::Unproved => {
                "the route table does not ask for the proof of the handler".to_owned()
            }
            Self::Panicked => "the handler panicked".to_owned(),
            Self::TimedOut => "no decision in time".to_owned(),
            Self::Overloaded => "too many requests are at work".to_owned(),
            Self::NotFound | Self::Method(_) | Self::Refused(..) => self.told(),
        }
    }
}

/// The error and its causes.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let all = successors(Some(error), |&error| error.source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl IntoResponse for HttpError {
    /// Half a response; [`finish`] makes the rest.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Logs an error and gives it its text, with an id by which it is found in the log. Of many errors
/// with one cause the log has the first, and then their number once a minute; at level `debug` it
/// has each. What is not found gets no id, so that all of it looks the same.
pub(super) fn finish(
    mut response: Response,
    route: &Route,
    app: &App,
    request: &RequestId,
) -> Response {
    let random = app.orchestrator.random();
    let Some(error) = response.extensions_mut().remove::<Arc<HttpError>>() else {
        return response;
    };
    let (status, told) = (error.status(), error.told());
    let text = if status.is_server_error() || status == StatusCode::BAD_REQUEST {
        log(route, status, &error.logged(), app);
        format!("{told}\nrequest {request}\n")
    } else {
        format!("{told}\n")
    };
    let mut response = (status, text).into_response();
    if let HttpError::Method(methods) = error.as_ref()
        && let Ok(allow) = HeaderValue::from_str(&names(methods))
    {
        response.headers_mut().insert(ALLOW, allow);
    }
    if matches!(error.as_ref(), HttpError::Overloaded) {
        response.headers_mut().insert(RETRY_AFTER, soon(random));
    }
    response
}

/// The path has the ticket and the query the secret: only the route is named. The span has the id.
fn log(route: &Route, status: StatusCode, cause: &str, app: &App) {
    let route = route.path;
    let kind = format!("{route}: {status}: {cause}");
    let what = cause.to_owned();
    let line = move |more| {
        if status.is_server_error() && more == 0 {
            tracing::error!(route, cause = what, "a request was not answered");
        } else if status.is_server_error() {
            tracing::error!(route, more, cause = what, "more requests were not answered");
        } else if more == 0 {
            tracing::warn!(route, cause = what, "a request was refused");
        } else {
            tracing::warn!(route, more, cause = what, "more requests were refused");
        }
    };
    if !app.repeats.tell(&kind, line) {
        tracing::debug!(route, cause, "a request failed");
    }
}

/// One or two seconds, at random, so that machines that were refused together do not come back
/// together.
fn soon(random: &dyn Random) -> HeaderValue {
    let mut byte = [0];
    random.fill(&mut byte);
    let [byte] = byte;
    HeaderValue::from(1 + u16::from(byte % 2))
}

fn names(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}
