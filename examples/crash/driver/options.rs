//! What is driven, and how long.

use super::engine::Kind;
use clap::Parser;
use ipxe_orch_backends::local::SystemRandom;
use ipxe_orch_core::time::Random as _;
use std::path::PathBuf;

/// Boots machines against servers that are killed, and looks for broken promises
#[derive(Clone, Debug, Parser)]
#[command(name = "crash")]
pub(crate) struct Options {
    /// How many installs are ordered and booted
    #[arg(long, default_value_t = 1000)]
    pub(crate) boots: u64,
    /// Server processes over the one database
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=9))]
    pub(crate) servers: u16,
    /// Machines that boot at the same time
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub(crate) hosts: u32,
    /// A server is killed once in so many boots, on average; 0 for never
    #[arg(long, default_value_t = 25)]
    pub(crate) kill_every: u64,
    /// The database
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    pub(crate) database: Kind,
    /// The server of the database is killed once in so many boots, on average; 0 for never
    #[arg(long, default_value_t = 100)]
    pub(crate) kill_database_every: u64,
    /// From which machines' and killer's decisions come [default: a random one]
    #[arg(long, default_value_t = random_seed(), hide_default_value = true)]
    pub(crate) seed: u64,
    /// Print the figures as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Where database, keys and logs are kept [default: a temporary folder]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// The program under test [default: the one that cargo built beside this]
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,
}

fn random_seed() -> u64 {
    let mut bytes = [0; 4];
    SystemRandom.fill(&mut bytes);
    u32::from_be_bytes(bytes).into()
}
