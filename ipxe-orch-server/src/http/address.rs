//! The address of the server: its base path, and the URL in answer files.

use super::{App, error::HttpError};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header::HOST, request::Parts},
};
use ipxe_orch_core::boot::ServerUrl;
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, fmt, str::FromStr, sync::Arc};

/// The first part of all paths. It is empty, or like `/a/b` with at most 100 characters of `A-Z`,
/// `a-z`, `0-9`, `-`, `_`, `.` and `~`. No part is empty, `.` or `..`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BasePath(String);

/// The text is not a base path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not a base path: expected nothing, or /a/b of at most 100 characters \
     of A-Z, a-z, 0-9 and -._~, without a slash at its end",
    ipxe_orch_core::text::shown(.0)
)]
pub struct InvalidBasePath(String);

impl BasePath {
    /// The path, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BasePath {
    type Err = InvalidBasePath;

    fn from_str(text: &str) -> Result<Self, InvalidBasePath> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let right = |part: &str| {
            !part.is_empty() && part != "." && part != ".." && part.bytes().all(allowed)
        };
        let parts = text.strip_prefix('/').map(|rest| rest.split('/').all(right));
        if text.is_empty() || (text.len() <= 100 && parts == Some(true)) {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidBasePath(text.to_owned()))
    }
}

impl TryFrom<String> for BasePath {
    type Error = InvalidBasePath;

    fn try_from(text: String) -> Result<Self, InvalidBasePath> {
        text.parse()
    }
}

impl From<BasePath> for String {
    fn from(path: BasePath) -> Self {
        path.0
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Host and port under which the request came: of an absolute URL (RFC 9112 section 3.2.2), else
/// of the one `Host` header.
pub(super) struct Authority(pub(super) Option<String>);

impl FromRequestParts<Arc<App>> for Authority {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Infallible> {
        if let Some(authority) = parts.uri.authority() {
            return Ok(Self(Some(authority.as_str().to_owned())));
        }
        let mut hosts = parts.headers.get_all(HOST).iter();
        let (first, second) = (hosts.next(), hosts.next());
        let only = first.filter(|_| second.is_none()).and_then(|host| host.to_str().ok());
        Ok(Self(only.map(str::to_owned)))
    }
}

impl App {
    /// The URL of a ticket, with the `/` at its end, for a request that came under `authority`.
    pub(super) fn ticket_url(
        &self,
        authority: Option<&str>,
        ticket: &str,
    ) -> Result<String, HttpError> {
        let same = |url: &&ServerUrl| authority.is_some_and(|authority| is_at(url, authority));
        let known = self.urls.iter().find(same).or(self.urls.first());
        let server = match known {
            Some(url) => url.clone(),
            None => self.told_by(authority)?,
        };
        Ok(format!("{server}/boot/v1/t/{ticket}/"))
    }

    /// What the request says of the server: all there is where no URL is configured.
    fn told_by(&self, authority: Option<&str>) -> Result<ServerUrl, HttpError> {
        let plain = authority.filter(|text| !text.contains('/'));
        let url = plain.and_then(|text| format!("http://{text}{}", self.base).parse().ok());
        url.ok_or(HttpError::Refused(StatusCode::BAD_REQUEST, "the Host header is not host:port"))
    }
}

/// Whether `authority` names the server of `url`; the scheme's own port may be left out.
fn is_at(url: &ServerUrl, authority: &str) -> bool {
    let text = url.as_str();
    let (rest, port) = match text.strip_prefix("https://") {
        Some(rest) => (rest, ":443"),
        None => (text.trim_start_matches("http://"), ":80"),
    };
    let own = rest.split('/').next().unwrap_or_default();
    let short = |text: &str| text.strip_suffix(port).unwrap_or(text).to_ascii_lowercase();
    short(own) == short(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_is_empty_or_parts_after_slashes() {
        for good in ["", "/a", "/a/b-1._~"] {
            assert_eq!(good.parse::<BasePath>().unwrap().as_str(), good);
        }
        let long = format!("/{}", "a".repeat(100));
        for bad in ["/", "a", "/a/", "//a", "/a//b", "/../a", "/a/.", "/{x}", "/a b", "/%41", &long]
        {
            assert!(bad.parse::<BasePath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_server_is_known_by_its_authority() {
        for (url, authority, same) in [
            ("http://10.0.2.2/x", "10.0.2.2", true),
            ("http://10.0.2.2/x", "10.0.2.2:80", true),
            ("http://10.0.2.2:80", "10.0.2.2", true),
            ("http://boot.Example", "BOOT.example", true),
            ("https://boot", "boot:443", true),
            ("http://[fec0::2]:8080", "[fec0::2]:8080", true),
            ("http://10.0.2.2:8080", "10.0.2.2", false),
            ("http://boot", "boot:443", false),
            ("http://boot", "boot/x", false),
            ("http://boot", "", false),
        ] {
            assert_eq!(is_at(&url.parse().unwrap(), authority), same, "{url} {authority}");
        }
    }
}
