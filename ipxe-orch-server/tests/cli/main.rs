//! The program as people use it: command lines, exit codes, what it prints and what it leaves.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod approvals;
mod audit;
mod bad_input;
mod complete;
mod copies;
mod database;
mod discovered;
mod exports;
mod firmware;
mod follow;
mod hostile;
mod hosts;
mod image_keys;
mod images;
mod imports;
mod json;
mod keys;
mod lists;
mod loader;
mod media;
mod nics;
mod operations;
mod operator;
mod people;
mod profiles;
mod secrets;
mod servers;
mod settings;
mod sync;
mod warnings;
mod wire;
