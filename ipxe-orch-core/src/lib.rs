//! The library behind ipxe-orch: hosts, the install lease, boot images, scripts, profiles, and the
//! traits that connect them to a database, key storage and a web server.
//!
//! ```text
//! Boot:   BootRequest -> prove -> decide (pure) -> render -> apply (durable) -> respond
//! Image:  host + servers -> script -> ImagePlan -> Image { len, extents }
//! People: Actor -> Authorizer::decide -> Granted<P> -> store call with its audit entry
//! ```
//!
//! This crate does no input or output of its own. It contains no SQL and no HTTP, opens no file,
//! reads no clock and makes no random numbers. All of these are parameters: [`time::Clock`],
//! [`time::Random`], and the traits in [`stores`] and [`keys`].
//!
//! Good places to start reading:
//!
//! - [`host`] and [`fleet`]: what people say about a machine, and how a CSV file says it.
//! - [`lease`]: the states of an install order and the table of all transitions.
//! - [`boot`]: the script in a boot image, and the request that it sends.
//! - [`image`]: how a boot image is made, byte by byte.
//! - [`script`]: a model of iPXE's language, with a linter, a simulator and a proof.
//! - [`profile`]: templates, variables and the check of the rendered texts.
//! - [`auth`] and [`access`]: who may do what, and who can sign in.
//! - [`orchestrator`]: the methods that a server or another program calls, with an example of all
//!   parts together.
//!
//! To use this crate in a program of your own, start with [`orchestrator`]. To keep hosts in a
//! database of your own, start with [`stores`]. For boot images alone, start with [`image`] and
//! [`boot::image_script`].
//!
//! These features are off by default, and are meant for tests:
//!
//! | feature | adds |
//! |---|---|
//! | `conformance` | `conformance`: the tests that every store must pass |
//! | `fakes` | `fakes`: parts that fail, each in one way |
//! | `mocks` | `mocks`: mocks of the traits, made with `mockall` |

pub mod access;
pub mod access_control;
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
mod hex;
pub mod host;
pub mod ids;
pub mod image;
pub mod keys;
pub mod lease;
pub mod media;
pub mod memory;
#[cfg(feature = "mocks")]
pub mod mocks;
pub mod names;
pub mod orchestrator;
pub mod policy;
pub mod profile;
pub mod script;
mod server_url;
pub mod stores;
pub mod text;
pub mod time;
pub mod work;
