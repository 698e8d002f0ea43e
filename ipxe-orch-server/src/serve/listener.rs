//! What listens: an address, with TLS or without.

#[cfg(feature = "tls")]
use super::Certificates;
use super::tls::Acceptor;
#[cfg(feature = "tls")]
use std::sync::Arc;
use std::{io, net::SocketAddr};
use tokio::net::TcpListener;

/// An address on which connections are taken. A [`TcpListener`] alone takes them without TLS.
#[derive(Debug)]
pub struct Listener {
    pub(super) tcp: TcpListener,
    pub(super) tls: Option<Acceptor>,
}

impl Listener {
    #[cfg(feature = "tls")]
    /// Takes connections with TLS 1.2 or 1.3, for HTTP/2 and HTTP/1.1.
    pub fn https(tcp: TcpListener, certificates: Arc<Certificates>) -> Self {
        Self { tcp, tls: Some(Acceptor::new(certificates)) }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// That of the system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// The scheme of its URLs.
    pub const fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

impl From<TcpListener> for Listener {
    fn from(tcp: TcpListener) -> Self {
        Self { tcp, tls: None }
    }
}
