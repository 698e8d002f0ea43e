//! The audit.

use super::{App, body::Query, problem::Problem, who::Asked};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderName, HeaderValue, header::CONTENT_TYPE},
    response::Response,
};
use bytes::Bytes;
use futures_core::Stream;
use ipxe_orch_core::{
    audit::{AuditFilter, AuditLine, AuditPlace},
    ids::ChainId,
    names::HostName,
    orchestrator::AuditReading,
    time::Timestamp,
};
use serde::Deserialize;
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::sync::mpsc;

/// Entries of one page.
const MOST: u32 = 1000;
/// What to give as `after` for the entries that follow. It is missing after the last one.
const NEXT: HeaderName = HeaderName::from_static("next-after");

/// From where on, and which entries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The `id` of the last line that is known.
    after: Option<String>,
    #[serde(default)]
    limit: u32,
    chain: Option<String>,
    host: Option<String>,
    actor: Option<String>,
    since: Option<String>,
    until: Option<String>,
}

impl Wanted {
    fn after(&self) -> Result<Option<AuditPlace>, Problem> {
        let wrong =
            |_| Problem::invalid("`after` is CHAIN:SEQUENCE of an entry: the `id` of a line");
        self.after.as_deref().map(str::parse).transpose().map_err(wrong)
    }

    fn filter(&self) -> Result<AuditFilter, Problem> {
        let mut filter = AuditFilter::default();
        filter.chain = one::<ChainId>("chain", self.chain.as_deref())?;
        filter.host = one::<HostName>("host", self.host.as_deref())?;
        filter.actor.clone_from(&self.actor);
        filter.since = one::<jiff::Timestamp>("since", self.since.as_deref())?.map(moment);
        filter.until = one::<jiff::Timestamp>("until", self.until.as_deref())?.map(moment);
        Ok(filter)
    }
}

fn moment(moment: jiff::Timestamp) -> Timestamp {
    Timestamp::from_millis(moment.as_millisecond())
}

fn one<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &str,
    text: Option<&str>,
) -> Result<Option<T>, Problem> {
    let read = text.map(str::parse).transpose();
    read.map_err(|error| Problem::invalid(format!("`{name}`: {error}")))
}

/// One page of JSON Lines, in the order of chain and sequence. A program goes on with `after` where
/// it stopped.
pub(super) async fn read(
    State(app): State<Arc<App>>,
    asked: Asked,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let limit = if wanted.limit == 0 { MOST } else { wanted.limit.min(MOST) };
    let (filter, after) = (wanted.filter()?, wanted.after()?);
    let reading = app.orchestrator.read_audit(asked.caller()?, "audit.read", filter, after).await?;
    let mut reading = reading.with_page(limit);
    let mut text = Vec::new();
    // A filter may leave nothing of a page.
    while text.is_empty()
        && let Some(lines) = reading.next().await?
    {
        text = bytes(&lines).map_err(|error| Problem::internal(&error.to_string()))?;
    }
    let mut response = answer(Body::from(text));
    if let Some(place) = reading.place().filter(|_| !reading.is_ended())
        && let Ok(next) = HeaderValue::from_str(&place.to_string())
    {
        response.headers_mut().insert(NEXT, next);
    }
    Ok(response)
}

/// All of it as one stream of JSON Lines, each of which has the `id` to go on with. A connection that
/// is cut before the end shows that it was.
pub(super) async fn export(
    State(app): State<Arc<App>>,
    asked: Asked,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    if wanted.limit != 0 {
        return Err(Problem::invalid("`limit` is for /api/v1/audit; this gives all entries"));
    }
    let place = Arc::clone(&app.exports).try_acquire_owned().map_err(|_| Problem::busy())?;
    let (filter, after) = (wanted.filter()?, wanted.after()?);
    let reading =
        app.orchestrator.read_audit(asked.caller()?, "audit.export", filter, after).await?;
    let (pages, body) = mpsc::channel(1);
    tokio::spawn(async move {
        send(reading, pages).await;
        drop(place);
    });
    Ok(answer(Body::from_stream(Pages(body))))
}

/// Ends when nobody reads any longer.
async fn send(mut reading: AuditReading, pages: mpsc::Sender<io::Result<Bytes>>) {
    loop {
        let page = match reading.next().await {
            Ok(None) => return,
            Ok(Some(lines)) => bytes(&lines).map(Bytes::from),
            Err(error) => Err(io::Error::other(error)),
        };
        let failed = page.as_ref().err().map(ToString::to_string);
        if let Some(error) = &failed {
            tracing::warn!(error, "an export of the audit was cut off");
        }
        if pages.send(page).await.is_err() || failed.is_some() {
            return;
        }
    }
}

struct Pages(mpsc::Receiver<io::Result<Bytes>>);

impl Stream for Pages {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

fn bytes(lines: &[AuditLine]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for line in lines {
        text.extend_from_slice(line.to_json().map_err(io::Error::other)?.as_bytes());
        text.push(b'\n');
    }
    Ok(text)
}

fn answer(body: Body) -> Response {
    let mut response = Response::new(body);
    let lines = HeaderValue::from_static("application/jsonl");
    response.headers_mut().insert(CONTENT_TYPE, lines);
    response
}
