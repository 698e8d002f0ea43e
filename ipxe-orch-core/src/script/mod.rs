//! A model of iPXE scripts: reads them, finds their mistakes, runs them against a described
//! world, and proves that they never strand a machine.
//!
//! Facts come from the sources of iPXE at commit `dad20602` (the build of Debian 13) and v2.0.0,
//! and from runs of that build; each module names its source.

#![expect(dead_code, unused_imports, reason = "the linter, which uses it, comes next")]

mod ast;
mod commands;
mod expand;
mod flow;
mod kind;
mod name;
mod number;
mod parse;
mod settings;

pub use ast::{Command, Joint, Line, Script, Word};
pub use commands::{Build, COMMANDS, CommandSpec, Fails, Leaves, OptionSpec, OptionValue, Waits};
pub use kind::Kind;
pub use parse::{MAX_TEXT, ParseError};
