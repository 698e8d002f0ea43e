//! Requests with a ticket: claim, answer files, reports.

use super::{App, address::Authority, error::HttpError, peer::Peer, script::IpxeScript};
use axum::{
    extract::{FromRequestParts, RawPathParams, Request, State},
    http::{Method, StatusCode, request::Parts},
};
use ipxe_orch_core::{
    boot::CLAIMED_SCRIPT,
    orchestrator::{Report, TicketAnswer},
};
use std::sync::Arc;

/// Longest body of a report, in bytes.
const MAX_REPORT: usize = 4096;

/// The ticket in a path, and the name of what is wanted.
pub(super) struct AtTicket {
    pub(super) ticket: String,
    /// Empty on paths without one.
    pub(super) name: String,
    /// Where in a tree; `None` on paths without one.
    pub(super) inside: Option<String>,
}

impl FromRequestParts<Arc<App>> for AtTicket {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, HttpError> {
        // What is not UTF-8 once decoded is no ticket and no name.
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| HttpError::NotFound)?;
        let find = |key| params.iter().find(|(name, _)| *name == key).map(|(_, text)| text);
        let text = |key| find(key).unwrap_or_default().to_owned();
        let inside = find("path").map(ToOwned::to_owned);
        Ok(Self { ticket: text("ticket"), name: text("name"), inside })
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
    at: AtTicket,
) -> Result<IpxeScript, HttpError> {
    found(app.orchestrator.claim(&at.ticket, origin).await?)?;
    CLAIMED_SCRIPT.to_owned().try_into()
}

pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Peer(origin): Peer,
    Authority(authority): Authority,
    at: AtTicket,
) -> Result<String, HttpError> {
    let base = app.ticket_url(authority.as_deref(), &at.ticket)?;
    found(app.orchestrator.answer_file(&at.ticket, &at.name, &base, origin).await?)
}

pub(super) async fn report(
    State(app): State<Arc<App>>,
    Peer(origin): Peer,
    at: AtTicket,
    request: Request,
) -> Result<StatusCode, HttpError> {
    let report = read(request).await?;
    found(app.orchestrator.report(&at.ticket, &report, origin).await?)?;
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
    let too_long = |_| {
        let why = "the body of a report is longer than 4096 bytes";
        HttpError::Refused(StatusCode::PAYLOAD_TOO_LARGE, why)
    };
    let body = axum::body::to_bytes(body, MAX_REPORT).await.map_err(too_long)?;
    parse(&body)?.ok_or(missing)
}

/// `None` without a status; what else the form says is ignored.
fn parse(form: &[u8]) -> Result<Option<Report>, HttpError> {
    let refused = |why| HttpError::Refused(StatusCode::BAD_REQUEST, why);
    let (mut status, mut message) = (None, None);
    for (key, value) in form_urlencoded::parse(form) {
        let slot = match key.as_ref() {
            "status" => &mut status,
            "message" => &mut message,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(refused("`status` or `message` stands twice"));
        }
    }
    let Some(status) = status else { return Ok(None) };
    let unknown = |_| refused("`status` must be started, progress, done or failed");
    Report::new(&status, &message.unwrap_or_default()).map(Some).map_err(unknown)
}
