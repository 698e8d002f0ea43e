//! Hosts, and orders for them.

mod approve;
mod list;
mod mark;
mod operate;

pub(super) use approve::{approve, reject};
pub(super) use list::{list, show};
pub(super) use mark::mark;
pub(super) use operate::{abandon, cancel, hold, protect, release, unprotect, withdraw};

use super::problem::Problem;
use axum::http::{HeaderMap, HeaderValue, header::IF_MATCH};
use ipxe_orch_core::ids::Generation;

/// The generation of a host as an entity tag (RFC 9110 section 8.8.3).
fn tag(generation: Generation) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{generation}\"")).ok()
}

/// The generation that the caller has looked at.
fn seen(headers: &HeaderMap) -> Result<Option<Generation>, Problem> {
    let Some(value) = headers.get(IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let number = number.and_then(|number| number.parse().ok()).map(Generation);
    number.map(Some).ok_or_else(|| Problem::invalid("`If-Match` is the `ETag` of the host"))
}
