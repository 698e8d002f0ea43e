//! `images build`, `images rotate` and `images revoke`

mod generations;
mod run;
mod unregistered;

use super::{
    context::Session,
    error::{CliError, CliResult},
};
use clap::{Args, Subcommand, ValueEnum};
use ipxe_orch_core::{boot::ServerUrl, image::Medium, names::HostName};
use run::Run;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ipxe-orch images build --host web1 --out web1.iso \\
      --server http://10.0.0.1:8080
  ipxe-orch images build --all --out images/
  # After changes of hosts, profiles or servers
  ipxe-orch images build --outdated --out images/
  # For a USB stick
  ipxe-orch images build --host web1 --medium disk --out web1.img
  # Without a database
  ipxe-orch images build --csv fleet.csv --key image-key.toml --out images/ \\
      --server http://10.0.0.1:8080 http://10.0.0.2:8080

The last one writes images/enrolment.csv, the rows with the ids that are in the images: \
`ipxe-orch keys import image-key.toml` and `ipxe-orch hosts import images/enrolment.csv` make \
them known to a server, and the next run takes it as its --csv.

An image holds its host's boot secret: whoever has it can boot as the host, so that it is \
written for its owner alone (mode 0600). An image that is there already is replaced, another \
file is not.";

#[derive(Debug, Subcommand)]
pub(super) enum ImagesCommand {
    /// Make the boot image of one host, of all, or of those in a file
    Build(BuildArgs),
    /// Give the images of hosts a new generation; earlier images still count
    Rotate(generations::RotateArgs),
    /// Refuse the earlier images of hosts
    Revoke(generations::RevokeArgs),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct BuildArgs {
    #[command(flatten)]
    which: Which,
    /// The image of one host, or the folder for NAME.iso or NAME.img of each
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
    /// What the image is attached as
    #[arg(long, value_enum, default_value_t = MediumArg::Cd)]
    medium: MediumArg,
    /// Add iPXE for 64-bit ARM; the image starts on either processor under UEFI
    #[arg(long)]
    arm64: bool,
    /// Replace files that are no boot images, and an enrolment.csv of other hosts
    #[arg(long)]
    force: bool,
}

/// What an image is attached as, and how its file is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MediumArg {
    /// A CD: NAME.iso, for virtual machines and virtual media
    Cd,
    /// A hard disk or USB stick: NAME.img, to be written to it as it is
    Disk,
}

impl MediumArg {
    const fn medium(self) -> Medium {
        match self {
            Self::Cd => Medium::Cd,
            Self::Disk => Medium::Disk,
        }
    }
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
    /// Of hosts that have no image yet, or whose image would be another one now
    #[arg(long)]
    outdated: bool,
    /// Of the hosts in this file, without a database
    #[arg(long, value_name = "FILE", requires = "key")]
    csv: Option<PathBuf>,
}

pub(super) async fn run(command: ImagesCommand, session: Session) -> CliResult {
    match command {
        ImagesCommand::Build(args) => build(args, session).await,
        ImagesCommand::Rotate(args) => generations::rotate(args, session).await,
        ImagesCommand::Revoke(args) => generations::revoke(args, session).await,
    }
}

async fn build(mut args: BuildArgs, session: Session) -> CliResult {
    if let Some(csv) = args.which.csv.take() {
        let Some(key) = args.key.take() else {
            return Err(CliError::Usage("--csv needs --key".to_owned()));
        };
        let run = Run::unregistered(&args, &session.config)?;
        return unregistered::all(&csv, key, args, &run, session).await;
    }
    let context = session.open().await?;
    let run = Run::registered(&args, &context).await?;
    match args.which.host.take() {
        Some(host) => run.one(host, args, &context).await,
        None => run.all(args, &context).await,
    }
}
