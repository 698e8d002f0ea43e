//! The profiles that come with the server: what machines get, and what their formats say of it.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod esxi;
mod generic;
mod texts;
mod windows;
