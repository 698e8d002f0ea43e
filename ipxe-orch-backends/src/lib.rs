//! Implementations of core's traits: stores, a template renderer, a key provider, a clock and
//! random numbers. Each one is behind a feature.

#[cfg(feature = "handlebars")]
pub mod handlebars;

#[cfg(feature = "local")]
pub mod local;

#[cfg(feature = "sqlite")]
pub mod sql;
