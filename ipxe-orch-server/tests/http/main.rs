//! What machines get, asked as they ask.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod admission;
mod boot;
mod broken;
mod connections;
mod events;
mod fakes;
mod log;
mod media;
mod peers;
mod pinned;
mod serving;
mod site;
mod sweep;
mod ticket;
mod walk;
