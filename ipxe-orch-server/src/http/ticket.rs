//! Requests with a ticket: claim, answer files, reports.

use super::{
    App,
    address::Authority,
    error::HttpError,
    peer::Peer,
    proof::{self, Proof},
    script::IpxeScript,
};
use axum::{
    body::to_bytes,
    extract::{FromRequestParts, RawPathParams, Request, State},
    http::{Method, StatusCode, request::Parts},
};
use ipxe_orch_core::{
    boot::CLAIMED_SCRIPT,
    orchestrator::{Report, TicketAnswer},
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Longest body of a report, in bytes.
const MAX_REPORT: usize = 4096;
/// Longest wait for a whole body.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is wanted of a ticket.
pub(super) struct Wanted {
    /// Its name.
    pub(super) name: String,
    /// Where in a tree; `None` on paths without one.
    pub(super) inside: Option<String>,
}

impl FromRequestParts<Arc<App>> for Wanted {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, HttpError> {
        // What is not UTF-8 once decoded is no name.
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| HttpError::NotFound)?;
        let find = |key| params.iter().find(|(name, _)| *name == key).map(|(_, text)| text);
        let name = find("name").unwrap_or_default().to_owned();
        Ok(Self { name, inside: find("path").map(ToOwned::to_owned) })
    }
}

pub(super) fn found<T>(answer: TicketAnswer<T>) -> Result<T, HttpError> {
    match answer {
        TicketAnswer::Found(found) => Ok(found),
        TicketAnswer::NotFound => Err(HttpError::NotFound),
    }
}

pub(super) async fn claim(
    State(app): State<Arc<App>>,
    Peer(origin): Peer,
    Proof(ticket): proof::Ticket,
) -> Result<IpxeScript, HttpError> {
    found(app.orchestrator.claim(&ticket, origin).await?)?;
    CLAIMED_SCRIPT.to_owned().try_into()
}

pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Peer(origin): Peer,
    Authority(authority): Authority,
    Proof(ticket): proof::Ticket,
    at: Wanted,
) -> Result<String, HttpError> {
    let base = app.ticket_url(authority.as_deref(), ticket.text())?;
    found(app.orchestrator.answer_file(&ticket, &at.name, &base, origin).await?)
}

pub(super) async fn report(
    State(app): State<Arc<App>>,
    Peer(origin): Peer,
    Proof(ticket): proof::Ticket,
    request: Request,
) -> Result<StatusCode, HttpError> {
    let report = read(request).await?;
    found(app.orchestrator.report(&ticket, &report, origin).await?)?;
    Ok(StatusCode::NO_CONTENT)
}

/// From the query if it has a `status`, else from the body of a POST or PUT.
async fn read(request: Request) -> Result<Report, HttpError> {
    let (parts, body) = request.into_parts();
    if let Some(report) = parse(parts.uri.query().unwrap_or_default().as_bytes())? {
        return Ok(report);
    }
    let missing = HttpError::Refused(StatusCode::BAD_REQUEST, "`status` is missing");
    if parts.method == Method::GET {
        return Err(missing);
    }
    let refused = |status, why| Err(HttpError::Refused(status, why));
    let body = match timeout(PATIENCE, to_bytes(body, MAX_REPORT)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let why = "the body of a report is longer than 4096 bytes";
            return refused(StatusCode::PAYLOAD_TOO_LARGE, why);
        }
        Err(_) => {
            let why = "the body of the report did not come within 5 s";
            return refused(StatusCode::REQUEST_TIMEOUT, why);
        }
    };
    parse(&body)?.ok_or(missing)
}

/// `None` without a status; what else the form says is ignored.
fn parse(form: &[u8]) -> Result<Option<Report>, HttpError> {
    let refused = |why| HttpError::Refused(StatusCode::BAD_REQUEST, why);
    let (mut status, mut message, mut loader) = (None, None, None);
    for (key, value) in form_urlencoded::parse(form) {
        let slot = match key.as_ref() {
            "status" => &mut status,
            "message" => &mut message,
            "loader" => {
                // No report is refused for its loader: the first one counts.
                loader.get_or_insert(value);
                continue;
            }
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(refused("`status` or `message` stands twice"));
        }
    }
    let Some(status) = status else { return Ok(None) };
    let unknown = |_| refused("`status` must be started, progress, done or failed");
    let report = Report::new(&status, &message.unwrap_or_default()).map_err(unknown)?;
    Ok(Some(report.with_loader(&loader.unwrap_or_default())))
}
