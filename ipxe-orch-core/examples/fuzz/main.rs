//! Feeds the readers of foreign bytes with mutations of good input, and looks for a fault.
//!
//! ```sh
//! cargo run -p ipxe-orch-core --profile fuzz --example fuzz -- script --runs 1000000
//! ```
//! A run that panics, or takes longer than `--limit` seconds, is a finding: the program saves its
//! input, says where, and ends with 1. The inputs come from `--seed` and the number of `--workers`
//! alone, so that the same command finds it again.
//!
//! Inputs are mutated whose outcome (which errors, findings and endings) was not seen before, too.
//! It stands in for a guidance by coverage, which stable Rust has no tool for.

mod disc;
mod hunt;
mod script;
mod text;
mod values;

use clap::{Parser, ValueEnum};
use hunt::{Options, hunt};
use std::process::ExitCode;

/// What is fed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Target {
    /// Parser, linter, proof and simulator of iPXE scripts.
    Script,
    /// Hostile values in templates of every syntax.
    Values,
    /// The reader of ISO 9660, UDF, El Torito and FAT.
    Disc,
}

#[derive(Debug, Parser)]
struct Arguments {
    target: Target,
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    let Arguments { target, options } = Arguments::parse();
    let done = match target {
        Target::Script => hunt(script::Scripts, &options),
        Target::Values => hunt(values::Values, &options),
        Target::Disc => hunt(disc::Discs::new(), &options),
    };
    match done {
        Ok(report) => {
            println!("{target:?}: {report}");
            ExitCode::SUCCESS
        }
        Err(finding) => {
            eprintln!("fuzz: {finding}");
            ExitCode::FAILURE
        }
    }
}
