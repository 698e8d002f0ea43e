//! Whole boot images, read by independent tools, and for any size by a small reader of our own.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod firmware;
mod images;
mod properties;
mod reader;
mod tools;
mod with_tools;
