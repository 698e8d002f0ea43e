//! TLS: certificates, and handshakes.

#[cfg(feature = "tls")]
mod acceptor;
#[cfg(feature = "tls")]
mod certificates;
#[cfg(not(feature = "tls"))]
mod none;
#[cfg(feature = "tls")]
mod self_signed;

#[cfg(feature = "tls")]
pub(super) use acceptor::Acceptor;
#[cfg(feature = "tls")]
pub use certificates::{Certificates, TlsError, Watch};
#[cfg(not(feature = "tls"))]
pub(super) use none::Acceptor;
#[cfg(feature = "tls")]
pub use self_signed::self_signed;
