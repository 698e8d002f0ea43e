//! A model of iPXE scripts: reads them, finds their mistakes, runs them in a described
//! world, and proves that they never strand a machine.
//!
//! Facts come from the sources of iPXE at commit `dad20602` (the build of Debian 13) and v2.0.0,
//! and from runs of that build; each module names its source.

mod ast;
mod commands;
#[cfg(any(test, feature = "conformance"))]
mod exercise;
mod expand;
mod finding;
mod flow;
mod kind;
mod lint;
mod name;
mod number;
mod parse;
mod prove;
mod rules;
mod settings;
mod simulate;
mod text;
mod volume;

pub use ast::{Command, Joint, Line, Script, Word};
pub use commands::{Build, COMMANDS, CommandSpec, Fails, Leaves, OptionSpec, OptionValue, Waits};
#[cfg(any(test, feature = "conformance"))]
pub use exercise::{Exercised, exercise};
pub use finding::{Code, Finding, Severity};
pub use kind::Kind;
pub use lint::lint;
pub use parse::{MAX_TEXT, ParseError};
pub use prove::{End, MAX_DEVICES, MAX_STATES, Proof, prove};
pub use rules::{Firmware, Release, Role, Rules};
pub use simulate::{Answer, Disk, Ending, MAX_STEPS, Nic, Run, Step, World, simulate};
pub use text::{CLAIMED_SCRIPT, is_script};
