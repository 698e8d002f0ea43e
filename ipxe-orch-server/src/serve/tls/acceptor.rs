//! Handshakes.

use super::Certificates;
use crate::serve::link::Socket;
use rustls::{ServerConfig, crypto::aws_lc_rs};
use std::{fmt, io, sync::Arc};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// Makes an encrypted stream of a connection.
#[derive(Clone)]
pub(in crate::serve) struct Acceptor(TlsAcceptor);

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acceptor")
    }
}

impl Acceptor {
    pub(in crate::serve) fn new(certificates: Arc<Certificates>) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)
            .unwrap_or_else(|_| ServerConfig::builder());
        let mut config = builder.with_no_client_auth().with_cert_resolver(certificates);
        config.alpn_protocols = vec![HTTP2.to_owned(), HTTP1.to_owned()];
        Self(TlsAcceptor::from(Arc::new(config)))
    }

    /// The encrypted stream, and whether HTTP/2 is spoken on it.
    pub(in crate::serve) async fn accept(
        &self,
        socket: Socket,
    ) -> io::Result<(TlsStream<Socket>, bool)> {
        let stream = self.0.accept(socket).await?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(HTTP2);
        Ok((stream, http2))
    }
}
