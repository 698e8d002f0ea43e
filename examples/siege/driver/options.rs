//! What is attacked, and how long.

use clap::Parser;
use std::path::PathBuf;

/// Attacks a server as strangers can, and looks whether machines boot meanwhile
#[derive(Clone, Debug, Parser)]
#[command(name = "siege")]
pub(crate) struct Options {
    /// All attacks together, in seconds; each takes 2 s at least
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u64,
    /// How many files the server may open, one run for each
    #[arg(long, value_delimiter = ',', default_value = "1024,20000")]
    pub(crate) files: Vec<u64>,
    /// Only attacks whose name contains this
    #[arg(long)]
    pub(crate) only: Option<String>,
    /// The program under test [default: the one that cargo built beside this]
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,
}
