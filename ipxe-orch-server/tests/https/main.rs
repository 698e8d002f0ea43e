//! Listeners with TLS.
#![cfg(feature = "tls")]
#![expect(clippy::unwrap_used, reason = "the helpers of tests end a test as tests do")]

mod files;
mod serving;
mod site;
