//! Kernels, initrds and images, whole or in parts: iPXE's `sanboot` reads a disk by ranges.

use super::{
    App,
    error::HttpError,
    peer::Peer,
    proof::{self, Proof},
    range::{Part, part},
    ticket::{Wanted, found},
};
use crate::media::MediaError;
use axum::{
    body::Body,
    extract::State,
    http::{
        HeaderMap, Method, StatusCode,
        header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, RANGE},
    },
    response::{IntoResponse, Response},
};
use ipxe_orch_core::media::{MediaFault, MediaFile};
use std::{sync::Arc, time::SystemTime};

pub(super) async fn media(
    State(app): State<Arc<App>>,
    Peer(origin): Peer,
    Proof(ticket): proof::Ticket,
    at: Wanted,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    // An installer fetches thousands of files of a tree, so these requests are not recorded as
    // events.
    let whole = method == Method::GET && !headers.contains_key(RANGE) && at.inside.is_none();
    let media = app.orchestrator.media(&ticket, &at.name, whole, origin.clone()).await?;
    let media = found(media)?;
    let library = app.orchestrator.media_library();
    let sent = library.open(&media, at.inside.as_deref()).await.and_then(|file| {
        let unreadable = |error| MediaError::Unreadable(media.source.to_string(), error);
        let sent = file.map(|file| respond(file, &method, &headers)).transpose();
        sent.map_err(unreadable).map_err(MediaFault::from)
    });
    match sent {
        Ok(sent) => sent.ok_or(HttpError::NotFound),
        Err(fault) => {
            app.orchestrator.media_fault(&ticket, &fault, origin).await;
            Err(fault.into())
        }
    }
}

/// The response for a file: all of it, a part of it, or its headers only.
pub(super) fn respond(
    file: MediaFile,
    method: &Method,
    headers: &HeaderMap,
) -> std::io::Result<Response> {
    let etag = etag(&file);
    // A range means something with GET only (RFC 9110 section 14.2).
    let part = if *method == Method::GET { part(headers, &etag, file.len) } else { Part::Whole };
    let about = [(ETAG, etag), (ACCEPT_RANGES, "bytes".to_owned())];
    let sent = send(file, part, *method == Method::HEAD)?;
    Ok((about, sent).into_response())
}

/// Strong: of pinned content, the same on every server; else another length or time of writing is
/// another file.
fn etag(file: &MediaFile) -> String {
    if let Some(content) = file.content {
        return format!("\"{content}\"");
    }
    let since = file.modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("\"{:x}-{:x}\"", file.len, since.as_nanos())
}

/// A file that gets shorter while it is sent ends its connection: it never looks complete.
fn send(file: MediaFile, part: Part, head: bool) -> std::io::Result<Response> {
    let len = file.len;
    let (status, first, count) = match part {
        Part::Whole => (StatusCode::OK, 0, len),
        Part::Bytes { first, last } => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Part::Beyond => {
            let range = [(CONTENT_RANGE, format!("bytes */{len}"))];
            let text = "the file is shorter than that\n";
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, range, text).into_response());
        }
    };
    let body =
        if head { Body::empty() } else { Body::from_stream(file.read(first..first + count)?) };
    let kind = (CONTENT_TYPE, "application/octet-stream".to_owned());
    let mut response = (status, [kind, (CONTENT_LENGTH, count.to_string())], body).into_response();
    if let Part::Bytes { first, last } = part
        && let Ok(range) = format!("bytes {first}-{last}/{len}").parse()
    {
        response.headers_mut().insert(CONTENT_RANGE, range);
    }
    Ok(response)
}
