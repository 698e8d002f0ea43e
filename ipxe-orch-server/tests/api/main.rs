//! The API for people, with everything in memory.
#![expect(clippy::unwrap_used, reason = "the helpers of tests end a test as tests do")]

mod access;
mod approvals;
mod audit;
mod hosts;
mod metrics;
mod own;
mod site;
mod walk;
