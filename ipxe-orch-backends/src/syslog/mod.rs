//! Sends messages of syslog over TLS (RFC 5425).

mod options;
mod send;
mod tls;

pub use options::{Facility, InvalidSink, SinkOptions};
pub use send::{SendError, Sink};
