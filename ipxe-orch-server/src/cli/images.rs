//! `images build`

mod enrolment;
mod files;
mod registered;
mod studio;
mod unregistered;

use super::{
    desk::Session,
    error::{CliError, CliResult},
};
use clap::{Args, Subcommand};
use ipxe_orch_core::{boot::ServerUrl, names::HostName};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ipxe-orch images build --host web1 --out web1.iso --server http://10.0.0.1:8080
  ipxe-orch images build --all --out images/
  ipxe-orch images build --csv fleet.csv --server http://10.0.0.1:8080 http://10.0.0.2:8080 \\
      --key image-key.toml --out images/

The last one needs no database. It writes images/enrolment.csv, the rows with the ids that are in
the images: `ipxe-orch keys import image-key.toml` and `ipxe-orch hosts import
images/enrolment.csv` make them known to a server, and the next run takes it as its --csv.

An image holds its host's boot secret: whoever has it can boot as the host, so that it is written
for its owner alone (mode 0600). An image that is there already is replaced, another file is not.";

#[derive(Debug, Subcommand)]
pub(super) enum ImagesCommand {
    /// Make the boot image of one host, of all, or of those in a file
    Build(BuildArgs),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct BuildArgs {
    #[command(flatten)]
    which: Which,
    /// The image of one host, or the folder for NAME.iso of each
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// Servers that the image asks, in this order; at most 3 [default: `server_urls`]
    #[arg(long, value_name = "URL", num_args = 1..)]
    server: Vec<ServerUrl>,
    /// With --csv: the image key; made if it is not there
    #[arg(long, value_name = "FILE", requires = "csv")]
    key: Option<PathBuf>,
    /// Where ISOLINUX and iPXE are looked for first; may be given again
    #[arg(long, value_name = "DIR")]
    firmware_dir: Vec<PathBuf>,
    /// Replace files that are no boot images, and an enrolment.csv of other hosts
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// Of this host
    #[arg(long, value_name = "NAME")]
    host: Option<HostName>,
    /// Of all registered hosts
    #[arg(long)]
    all: bool,
    /// Of the hosts in this file, without a database
    #[arg(long, value_name = "FILE", requires = "key")]
    csv: Option<PathBuf>,
}

pub(super) async fn run(command: ImagesCommand, session: Session) -> CliResult {
    let ImagesCommand::Build(args) = command;
    let studio = studio::Studio::new(&args, &session.config)?;
    match (&args.which.host, &args.which.csv, &args.key) {
        (Some(host), _, _) => registered::one(host, &args.out, &studio, session).await,
        (None, Some(csv), Some(key)) => {
            unregistered::all(csv, key, &args.out, &studio, session).await
        }
        (None, Some(_), None) => Err(CliError::Usage("--csv needs --key".to_owned())),
        (None, None, _) => registered::all(&args.out, &studio, session).await,
    }
}
