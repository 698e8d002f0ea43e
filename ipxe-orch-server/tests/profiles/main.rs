//! The profiles that come with the server: what machines get, and what their formats say of it.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod answers;
mod cases;
mod esxi;
mod families;
mod generic;
mod installed;
mod kernel;
mod loader;
mod scripts;
mod texts;
mod tools;
mod windows;
