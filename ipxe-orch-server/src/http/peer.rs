//! From where a request comes: the peer, or the client of a trusted proxy.
//!
//! Events and the audit name it. It never proves an identity.

use super::App;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use ipnet::IpNet;
use ipxe_orch_core::auth::Origin;
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address without its port. It is empty if the connection does not tell it.
pub(super) struct Peer(pub(super) Origin);

impl FromRequestParts<Arc<App>> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self(origin(parts, app)))
    }
}

/// The address of whoever sent the request, without its port.
pub(super) fn origin(parts: &Parts, app: &App) -> Origin {
    origin_behind(parts, &app.proxies)
}

/// The same, with the proxies whose word counts.
pub(crate) fn origin_behind(parts: &Parts, proxies: &[IpNet]) -> Origin {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|peer| client(peer.0.ip(), &parts.headers, proxies));
    Origin(address.map(|address| address.to_string()).unwrap_or_default())
}

/// Reads `X-Forwarded-For` from its end, as long as the writer of an entry is trusted. Anybody may
/// have written the entries further left.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    // An IPv4 peer of a socket for both looks like IPv6.
    let mut client = peer.to_canonical();
    let trusted = |address: &IpAddr| proxies.iter().any(|net| net.contains(address));
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let entries = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    for entry in entries {
        let Some(next) = address(entry).filter(|_| trusted(&client)) else { break };
        client = next;
    }
    client
}

/// An address, with or without a port, IPv6 with or without brackets.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bare = entry.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok().or_else(with_port)?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn of(peer: &str, lines: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        let proxies = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        client(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn a_trusted_proxy_speaks_for_its_client() {
        assert_eq!(of("10.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(of("::ffff:10.0.0.1", &["192.0.2.7:4711"]), "192.0.2.7");
        assert_eq!(of("10.0.0.1", &["[2001:db8::7]:80"]), "2001:db8::7");
        assert_eq!(of("10.0.0.1", &["192.0.2.7, 10.0.0.2"]), "192.0.2.7", "two proxies");
        assert_eq!(of("10.0.0.1", &["192.0.2.7", "10.0.0.2"]), "192.0.2.7", "two lines");
    }

    #[test]
    fn nobody_else_does() {
        assert_eq!(of("192.0.2.9", &["192.0.2.7"]), "192.0.2.9");
        assert_eq!(
            of("10.0.0.1", &["198.51.100.1, 192.0.2.7"]),
            "192.0.2.7",
            "the left is made up"
        );
        assert_eq!(of("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &["192.0.2.7, nonsense"]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &[]), "10.0.0.1");
    }
}
