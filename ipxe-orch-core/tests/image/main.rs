//! Whole boot images, read back: by independent tools, and by a small reader for any sizes.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod firmware;
mod images;
mod properties;
mod reader;
mod tools;
mod with_tools;
