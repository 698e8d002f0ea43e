//! Errors, as problem details (RFC 9457). This is the only place that decides their status.

use crate::{http::chain, request_id::RequestId};
use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use ipxe_orch_core::{
    access_control::AccessError, auth::Refusal, orchestrator::OrchestratorError, stores::StoreError,
};
use serde::Serialize;

/// Why something was not done.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Problem {
    /// A URI for programs: `urn:ipxe-orch:problem:KIND`.
    #[serde(rename = "type")]
    kind: String,
    /// The kind, for people.
    title: &'static str,
    status: u16,
    /// What is wrong, and the remedy.
    detail: String,
    #[serde(skip)]
    wait: Option<u64>,
}

type Made = (StatusCode, &'static str, &'static str);

const INVALID: Made = (StatusCode::BAD_REQUEST, "invalid", "The request is wrong");
const NOT_SIGNED_IN: Made = (StatusCode::UNAUTHORIZED, "not-signed-in", "Sign in first");
const REFUSED: Made = (StatusCode::UNAUTHORIZED, "refused", "Name or password are wrong");
const PROOF: Made = (StatusCode::FORBIDDEN, "proof-needed", "Show the password again");
const DENIED: Made = (StatusCode::FORBIDDEN, "denied", "The permission is missing");
const NOT_FOUND: Made = (StatusCode::NOT_FOUND, "not-found", "There is no such thing");
const METHOD: Made = (StatusCode::METHOD_NOT_ALLOWED, "method", "The method is not allowed");
const CHANGED: Made = (StatusCode::PRECONDITION_FAILED, "changed", "It was changed meanwhile");
const CONFLICT: Made = (StatusCode::CONFLICT, "conflict", "Its state does not allow it");
const TAKEN: Made = (StatusCode::CONFLICT, "taken", "It is there already");
const UNFIT: Made = (StatusCode::UNPROCESSABLE_ENTITY, "unfit", "It cannot be done like this");
const TOO_MANY: Made = (StatusCode::TOO_MANY_REQUESTS, "wait", "Too many wrong passwords");
const UNAVAILABLE: Made =
    (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server cannot do it now");
const UNKNOWN: Made =
    (StatusCode::SERVICE_UNAVAILABLE, "outcome-unknown", "It is not known whether it was done");
const INTERNAL: Made = (StatusCode::INTERNAL_SERVER_ERROR, "internal", "The server failed");

impl Problem {
    fn new((status, kind, title): Made, detail: impl Into<String>) -> Self {
        let kind = format!("urn:ipxe-orch:problem:{kind}");
        Self { kind, title, status: status.as_u16(), detail: detail.into(), wait: None }
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(INVALID, detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(NOT_FOUND, detail)
    }

    pub(super) fn not_signed_in() -> Self {
        Self::new(NOT_SIGNED_IN, "send a session cookie, or a token as `Authorization: Bearer …`")
    }

    pub(super) fn denied(detail: impl Into<String>) -> Self {
        Self::new(DENIED, detail)
    }

    pub(super) fn method() -> Self {
        Self::new(METHOD, "this path does not take this method")
    }

    pub(super) fn busy() -> Self {
        Self { wait: Some(1), ..Self::new(UNAVAILABLE, "too many requests are at work") }
    }

    pub(super) fn late() -> Self {
        Self::new(UNKNOWN, "it took too long: look whether it was done, then try again")
    }

    /// A bug, or a failure that nobody outside needs to know. The log has the rest.
    pub(super) fn internal(logged: &str) -> Self {
        tracing::error!("the API failed: {logged}");
        Self::new(INTERNAL, "the log of the server says more")
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::NotFound => Self::new(NOT_FOUND, "it is not there"),
            StoreError::AlreadyExists(what) => Self::new(TAKEN, what),
            StoreError::Conflict | StoreError::Limited => {
                Self::new(CHANGED, "look again, then repeat what still applies")
            }
            StoreError::Invalid(why) => Self::new(UNFIT, why),
            StoreError::OutcomeUnknown(_) => {
                Self::new(UNKNOWN, "look whether it was done, then try again")
            }
            StoreError::ReadOnly(_) | StoreError::Full(_) | StoreError::Replaced(_) => {
                Self::new(UNAVAILABLE, error.to_string())
            }
            StoreError::Unavailable(_) => {
                tracing::error!("the API cannot answer: {}", chain(&error));
                Self::new(UNAVAILABLE, "the database does not answer")
            }
            _ => Self::internal(&chain(&error)),
        }
    }
}

impl From<OrchestratorError> for Problem {
    fn from(error: OrchestratorError) -> Self {
        use OrchestratorError as E;
        let text = || error.to_string();
        match error {
            E::Store(error) => error.into(),
            E::Denied(_) => Self::new(DENIED, text()),
            E::NoSuchHost(_) | E::NoSuchProfile(_) => Self::new(NOT_FOUND, text()),
            E::Refused(_) | E::NothingToDo(_) => Self::new(CONFLICT, text()),
            E::Changed(_) => Self::new(CHANGED, text()),
            _ => Self::new(UNFIT, text()),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let text = || error.to_string();
        match &error {
            // One answer for all reasons: a stranger learns nothing about accounts. Only who knows
            // the password gets to know that it must be changed.
            AccessError::Refused(
                refusal @ (Refusal::MustChangePassword | Refusal::PasswordExpired),
            ) => Self::new(REFUSED, refusal.to_string()),
            AccessError::Refused(_) => Self::new(
                REFUSED,
                "name or password are wrong, or the account may not sign in: the audit says which",
            ),
            AccessError::Wait(wait) => {
                Self { wait: Some(wait.as_secs().max(1)), ..Self::new(TOO_MANY, text()) }
            }
            AccessError::NotSignedIn => Self::not_signed_in(),
            AccessError::ProofNeeded => {
                Self::new(PROOF, "send the password to /api/v1/session/proof, then repeat this")
            }
            AccessError::Denied(_) => Self::new(DENIED, text()),
            AccessError::Invalid(_) => Self::new(UNFIT, text()),
            AccessError::Unavailable { realm, .. } => {
                tracing::error!("nobody can sign in: {}", chain(&error));
                Self::new(UNAVAILABLE, format!("the login service {realm} does not answer"))
            }
            AccessError::Store(_) => match error {
                AccessError::Store(error) => error.into(),
                _ => Self::internal(&text()),
            },
            _ => Self::internal(&text()),
        }
    }
}

impl IntoResponse for Problem {
    /// Half a response; [`Problem::finish`] makes the rest.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem with the id of its request, by which the log tells more.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    problem: &'a Problem,
    request: String,
}

impl Problem {
    /// Writes the problem of a response into its body.
    pub(super) fn finish(mut response: Response, request: &RequestId) -> Response {
        let Some(problem) = response.extensions_mut().remove::<Self>() else { return response };
        let told = Told { problem: &problem, request: request.to_string() };
        *response.body_mut() = Body::from(serde_json::to_vec(&told).unwrap_or_default());
        let headers = response.headers_mut();
        headers.remove(CONTENT_LENGTH);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if problem.status == 401 {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = problem.wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}
