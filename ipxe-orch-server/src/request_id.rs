//! The id of a request: in each line that is logged for it, and in what its sender gets.

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, HeaderValue},
};
use ipnet::IpNet;
use ipxe_orch_core::time::Random;
use std::{fmt, net::SocketAddr, sync::Arc};
use tracing::Span;

/// In which proxies name it, and in which the API tells it.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that a proxy may give.
const LONGEST: usize = 64;

/// An id: 16 hexadecimal digits, or what a trusted proxy has named it, at most 64 characters of
/// `A-Z`, `a-z`, `0-9` and `-_.:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// The id of `request`, which has it among its extensions then.
    pub(crate) fn of(request: &mut Request, proxies: &[IpNet], random: &dyn Random) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let trusted = peer.is_some_and(|ConnectInfo(peer)| {
            let address = peer.ip().to_canonical();
            proxies.iter().any(|net| net.contains(&address))
        });
        let named = trusted.then(|| named(request.headers())).flatten();
        let id = named.unwrap_or_else(|| Self::new(random));
        request.extensions_mut().insert(id.clone());
        id
    }

    fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        Self(format!("{:016x}", u64::from_be_bytes(bytes)).into())
    }

    /// What all lines of the request are logged in. It counts at each level.
    pub(crate) fn span(&self) -> Span {
        tracing::error_span!("request", id = %self)
    }

    /// As a header.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The one id in the header, if it is well-formed.
fn named(headers: &HeaderMap) -> Option<RequestId> {
    let mut all = headers.get_all(X_REQUEST_ID).iter();
    let only = all.next().filter(|_| all.next().is_none())?;
    let text = only.to_str().ok().filter(|text| (1..=LONGEST).contains(&text.len()))?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    text.bytes().all(allowed).then(|| RequestId(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use ipxe_orch_core::memory::CountingRandom;

    fn id(peer: Option<&str>, lines: &[&str]) -> String {
        let mut request = Request::new(Body::empty());
        for line in lines {
            request.headers_mut().append(X_REQUEST_ID, line.parse().unwrap());
        }
        if let Some(peer) = peer {
            let peer: SocketAddr = peer.parse().unwrap();
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let id = RequestId::of(&mut request, &proxies, &CountingRandom::default());
        assert_eq!(request.extensions().get::<RequestId>(), Some(&id));
        id.to_string()
    }

    #[test]
    fn a_trusted_proxy_names_it() {
        for peer in ["10.0.0.1:5", "[::ffff:10.0.0.1]:5"] {
            assert_eq!(id(Some(peer), &["3f0c-Ab.c_d:9"]), "3f0c-Ab.c_d:9");
        }
    }

    #[test]
    fn all_others_get_one() {
        let long = "a".repeat(65);
        for (peer, lines) in [
            (Some("192.0.2.1:5"), &["abc"][..]),
            (None, &["abc"]),
            (Some("10.0.0.1:5"), &[]),
            (Some("10.0.0.1:5"), &[""]),
            (Some("10.0.0.1:5"), &["a b"]),
            (Some("10.0.0.1:5"), &["a\"b"]),
            (Some("10.0.0.1:5"), &["abc", "def"]),
            (Some("10.0.0.1:5"), &[&long]),
        ] {
            let id = id(peer, lines);
            assert!(id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
        }
    }
}
