//! Feeds the parsers of untrusted bytes with changed copies of good inputs and looks for faults.
//!
//! ```sh
//! cargo run -p ipxe-orch-core --profile fuzz --example fuzz -- script --runs 1000000
//! ```
//! A run that panics or takes longer than `--limit` seconds is a finding. The program then saves
//! its input, prints where, and ends with status 1. The inputs depend only on `--seed` and the
//! number of `--workers`, so the same command finds it again.
//!
//! An input whose outcome (errors, findings and endings) was not seen before is used to make
//! further inputs. This replaces guidance by code coverage, for which stable Rust has no tool.

mod disc;
mod hunt;
mod script;
mod text;
mod values;

use clap::{Parser, ValueEnum};
use hunt::{Options, hunt};
use std::process::ExitCode;

/// What is tested.
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
