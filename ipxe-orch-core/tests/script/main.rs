//! The model of iPXE scripts, tested with the scripts that this project makes.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod any;
mod boots;
mod corpus;
mod images;
mod stored;
mod words;
mod world;
