//! The audit.

use super::{App, body::Query, problem::Problem, who::Asked};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderName, HeaderValue, header::CONTENT_TYPE},
    response::Response,
};
use ipxe_orch_core::{
    audit::{ChainHead, ChainedEntry},
    digest::Digest,
    ids::ChainId,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;

/// Entries of one answer.
const MOST: u32 = 1000;
/// What to give as `after` for the entries that follow. It is missing after the last one.
const NEXT: HeaderName = HeaderName::from_static("next-after");

/// From where on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    /// `CHAIN:SEQUENCE` of the last entry that is known.
    after: Option<String>,
    #[serde(default)]
    limit: u32,
}

/// One line: the entry, byte for byte as its hash covers it.
#[derive(Serialize)]
struct Line<'a> {
    chain: ChainId,
    sequence: u64,
    hash: Digest,
    entry: &'a RawValue,
}

/// JSON Lines, in the order of chain and sequence. A program goes on with `after` where it stopped.
pub(super) async fn read(
    State(app): State<Arc<App>>,
    asked: Asked,
    Query(Start { after, limit }): Query<Start>,
) -> Result<Response, Problem> {
    let after = after.as_deref().map(place).transpose()?;
    let limit = if limit == 0 { MOST } else { limit.min(MOST) };
    let entries = app.orchestrator.export_audit(asked.caller()?, after, limit).await?;
    let mut text = Vec::new();
    for entry in &entries {
        line(entry, &mut text).map_err(|error| Problem::internal(&error.to_string()))?;
    }
    let mut response = Response::new(Body::from(text));
    let lines = HeaderValue::from_static("application/jsonl");
    response.headers_mut().insert(CONTENT_TYPE, lines);
    let full = u32::try_from(entries.len()).is_ok_and(|count| count == limit);
    if let Some(last) = entries.last().filter(|_| full)
        && let Ok(next) = HeaderValue::from_str(&format!("{}:{}", last.chain, last.sequence))
    {
        response.headers_mut().insert(NEXT, next);
    }
    Ok(response)
}

fn line(entry: &ChainedEntry, text: &mut Vec<u8>) -> serde_json::Result<()> {
    let ChainedEntry { chain, sequence, hash, .. } = *entry;
    let entry: &RawValue = serde_json::from_str(&entry.text)?;
    serde_json::to_writer(&mut *text, &Line { chain, sequence, hash, entry })?;
    text.push(b'\n');
    Ok(())
}

fn place(text: &str) -> Result<ChainHead, Problem> {
    let wrong = || Problem::invalid("`after` is CHAIN:SEQUENCE of an entry");
    let (chain, sequence) = text.split_once(':').ok_or_else(wrong)?;
    let chain = chain.parse().map_err(|_| wrong())?;
    let sequence = sequence.parse().map_err(|_| wrong())?;
    Ok(ChainHead { sequence, ..ChainHead::empty(chain) })
}
