//! Images are made, and what was made is told.

use super::{BuildArgs, MediumArg};
use crate::{
    cli::{
        context::Context,
        error::{CliError, CliResult, failed},
        firmware::without_netvsc,
        output::{Output, Table, note},
    },
    config::Config,
    firmware::{FoundFirmware, Part},
    service::{
        ServiceError,
        images::{ImageRecipe, ImagesError, RecipeError, WantedImages, WriteImage, WriteImages},
    },
    view::{ImageFilesView, ImageRunView},
};
use ipxe_orch_core::{
    names::HostName,
    orchestrator::WhichImages,
    stores::{HostFilter, HostKey},
};
use std::io::{self, IsTerminal as _, Write as _};

/// The recipe, and the firmware of which it was made.
pub(super) struct Run {
    pub(super) recipe: ImageRecipe,
    pub(super) found: FoundFirmware,
}

impl Run {
    /// For registered hosts: whoever may not make their images is told so first.
    pub(super) async fn registered(args: &BuildArgs, context: &Context) -> CliResult<Self> {
        let wanted = wanted(args, context.runtime.config())?;
        let found = context.runtime.image_service().find(&context.caller, wanted).await;
        let (recipe, found) = found.map_err(|error| match error {
            ServiceError::Work(error) => needed(error, args),
            other => other.into(),
        })?;
        Ok(Self::told(recipe, found))
    }

    /// For the hosts of a file, without a database.
    pub(super) fn unregistered(args: &BuildArgs, config: &Config) -> CliResult<Self> {
        let found = ImageRecipe::find(wanted(args, config)?);
        let (recipe, found) = found.map_err(|error| needed(error, args))?;
        Ok(Self::told(recipe, found))
    }

    /// Says what is odd about the firmware.
    fn told(recipe: ImageRecipe, found: FoundFirmware) -> Self {
        found.skipped.iter().filter(|file| file.part.is_needed()).for_each(note);
        found.sources.iter().filter_map(without_netvsc).for_each(note);
        Self { recipe, found }
    }

    /// `--host NAME --out FILE`
    pub(super) async fn one(
        &self,
        host: HostName,
        args: BuildArgs,
        context: &Context,
    ) -> CliResult {
        let request = WriteImage { host: HostKey::Name(host), to: args.out, force: args.force };
        let service = context.runtime.image_service();
        let written = service.write_one(&context.caller, request, &self.recipe).await;
        let written = written.map_err(remedied)?;
        report(&ImageRunView::one(&written, &self.recipe, &self.found), context.out)
    }

    /// `--all --out DIR`, `--outdated --out DIR`
    pub(super) async fn all(&self, args: BuildArgs, context: &Context) -> CliResult {
        let filter = HostFilter::default();
        let which = if args.which.outdated { WhichImages::Outdated } else { WhichImages::All };
        let request = WriteImages { filter, which, folder: args.out, force: args.force };
        let service = context.runtime.image_service();
        let written = service.write_all(&context.caller, request, &self.recipe, progress).await;
        let written = written.map_err(remedied)?;
        if written.images == 0 && !context.out.json {
            note("no image is outdated: there is nothing to do");
            return Ok(());
        }
        report(&ImageRunView::all(&written, &self.recipe, &self.found), context.out)
    }
}

/// The images that the options and the settings want.
fn wanted(args: &BuildArgs, config: &Config) -> CliResult<WantedImages> {
    let mut servers = args.server.clone();
    if servers.is_empty() {
        servers.clone_from(&config.server_urls.value);
    }
    if servers.is_empty() {
        return failed(
            "an image needs a server to ask: give --server http://ADDRESS:PORT, or set \
             server_urls in the configuration",
        );
    }
    let mut dirs = args.firmware_dir.clone();
    dirs.extend(config.firmware_dirs.value.iter().cloned());
    let medium = args.medium.medium();
    Ok(WantedImages { dirs, medium, arm64: args.arm64, servers })
}

/// What is missing, with the option that wants it.
fn needed(error: RecipeError, args: &BuildArgs) -> CliError {
    let RecipeError::Missing { part, skipped } = error else { return error.into() };
    skipped.iter().for_each(note);
    let option = match part {
        Part::IpxeEfiArm64 => "--arm64",
        _ if args.medium == MediumArg::Disk => "--medium disk",
        _ => "this image",
    };
    CliError::Failed(format!("{option} needs {}", part.where_from()))
}

/// The error with the options that help.
pub(super) fn remedied(error: ServiceError<ImagesError>) -> CliError {
    let remedy = match &error {
        ServiceError::Work(ImagesError::NoHosts) => "see `ipxe-orch hosts import --help`",
        ServiceError::Work(ImagesError::NoImage(_) | ImagesError::NoEnrolment(_)) => {
            "give another --out, or replace it with --force"
        }
        ServiceError::Work(ImagesError::NotRegular(_)) => "give another --out",
        ServiceError::Work(ImagesError::LostId { .. }) => {
            "take that file as --csv, give another --out, or replace it with --force"
        }
        ServiceError::Work(ImagesError::NoActiveKey(_)) => {
            "give another file, or one that is not there yet"
        }
        _ => return error.into(),
    };
    CliError::Failed(format!("{error}: {remedy}"))
}

/// Says on a terminal how many images are written.
pub(super) fn progress(done: usize, total: usize) {
    if !io::stderr().is_terminal() {
        return;
    }
    if done == total {
        write!(io::stderr(), "\r\x1b[K").ok();
    } else if done.is_multiple_of(16) {
        write!(io::stderr(), "\r{done} of {total} images").ok();
    }
}

/// Says what was written.
pub(super) fn report(run: &ImageRunView, out: Output) -> CliResult {
    if out.json {
        return out.json(run);
    }
    warn(&run.warnings);
    let mut table = Table::of_fields();
    add_files(&mut table, &run.files);
    table.field("bytes", Some(run.bytes));
    let servers: Vec<_> = run.servers.iter().map(ToString::to_string).collect();
    table.field("servers", Some(servers.join(", ")));
    for file in &run.firmware.used {
        let version = file.version.as_deref().unwrap_or("of unknown version");
        table.field(&file.part, Some(format!("{version} ({})", file.path)));
    }
    let link = run.wait_for_links_seconds;
    table.field("wait for links", Some(format!("at most {link:.1} s, if no NIC has a link")));
    let seconds = run.local_disk_after_seconds;
    let text = format!("at most {seconds:.1} s after link-up of a NIC, if no server answers");
    table.field("local disk", Some(text));
    out.text(&table.to_string())
}

fn add_files(table: &mut Table, files: &ImageFilesView) {
    match files {
        ImageFilesView::File { file } => table.field("file", Some(file)),
        ImageFilesView::Registered { folder, images } => {
            table.field("folder", Some(folder));
            table.field("images", Some(images));
        }
        ImageFilesView::Enrolled { enrolment, folder, images, key } => {
            table.field("enrolment", Some(enrolment));
            table.field("folder", Some(folder));
            table.field("images", Some(images));
            table.field("key", Some(key));
        }
    }
}

/// A site's mistake is in all of its hosts: more lines than these tell nothing new.
const WARNINGS_SHOWN: usize = 20;

fn warn(warnings: &[String]) {
    for warning in warnings.iter().take(WARNINGS_SHOWN) {
        note(format_args!("warning: {warning}"));
    }
    let more = warnings.len().saturating_sub(WARNINGS_SHOWN);
    if more > 0 {
        note(format_args!("{more} more warnings: see them all with --json"));
    }
}
