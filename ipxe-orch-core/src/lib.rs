//! Hosts, install lease, boot images and the traits of ipxe-orch.
//!
//! ```text
//! Boot:   BootRequest -> prove -> decide (pure) -> render -> apply (durable) -> respond
//! Image:  host + servers -> script -> ImagePlan -> Image { len, extents }
//! People: Actor -> Authorizer::decide -> Granted<P> -> store call with its audit entry
//! ```
//! Nothing here speaks SQL or HTTP, opens a file, reads a clock or makes randomness: those are
//! parameters ([`time::Clock`], [`time::Random`], the traits in [`stores`] and [`keys`]).

pub mod audit;
pub mod auth;
pub mod boot;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod digest;
pub mod disc;
pub mod error;
#[cfg(any(test, feature = "fakes"))]
pub mod fakes;
pub mod fleet;
pub mod host;
pub mod ids;
pub mod image;
pub mod keys;
pub mod lease;
pub mod media;
pub mod memory;
pub mod names;
pub mod orchestrator;
pub mod profile;
pub mod script;
pub mod stores;
pub mod time;
