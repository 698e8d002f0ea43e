//! A model of iPXE's script language. It reads scripts, finds mistakes in them, runs them in a
//! simulated world, and proves that they never strand a machine.
//!
//! | function | does |
//! |---|---|
//! | [`Script::parse`] | splits a text into lines, labels, commands and words, as iPXE does |
//! | [`lint()`] | finds mistakes, each with its line, a stable code and a remedy |
//! | [`simulate()`] | runs a script in a described [`World`], in simulated time |
//! | [`prove()`] | visits all states that a script can reach and shows that each path ends well |
//!
//! The facts come from the sources of iPXE at commit `dad20602` (the build of Debian 13) and of
//! v2.0.0, and from measurements with the former build. Each module names its source file.

mod ast;
mod commands;
#[cfg(any(test, feature = "conformance"))]
mod exercise;
mod expand;
mod finding;
mod flow;
mod foreign;
mod kind;
mod known;
mod lint;
mod name;
mod number;
mod parse;
mod pattern;
mod prove;
mod reach;
mod rules;
mod settings;
mod simulate;
mod stack;
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
pub use prove::{End, MAX_DEVICES, MAX_STATES, Proof, prove, prove_within};
pub use rules::{Firmware, Release, Role, Rules};
pub use simulate::{Answer, Disk, Ending, MAX_STEPS, Nic, Run, Step, World, simulate};
pub use text::{CLAIMED_SCRIPT, is_script};
