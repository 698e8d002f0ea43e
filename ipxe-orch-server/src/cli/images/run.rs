//! What all images of a run share.

use super::{BuildArgs, MediumArg, files};
use crate::{
    cli::{
        error::{CliError, CliResult, failed},
        firmware,
        output::{Output, Table, note},
    },
    config::Config,
    firmware::{FoundFirmware, Part, Source, find},
    view::FirmwareView,
};
use ipxe_orch_core::{
    boot::{BuiltScript, ServerUrl, Timing, Warning},
    host::HostSpec,
    image::{ImagePlan, Layout, Medium},
    names::HostName,
};
use serde_json::{Value, json};
use std::{
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

/// Firmware, encoded once, and the servers.
pub(super) struct ImageRun {
    pub(super) servers: Vec<ServerUrl>,
    pub(super) force: bool,
    medium: MediumArg,
    layout: Layout,
    found: FoundFirmware,
}

impl ImageRun {
    pub(super) fn new(args: &BuildArgs, config: &Config) -> CliResult<Self> {
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
        let mut found = find(&dirs)?;
        found.skipped.iter().filter(|file| file.part.is_needed()).for_each(note);
        choose(&mut found, args)?;
        check_https(&found, &servers)?;
        found.sources.iter().filter_map(firmware::without_netvsc).for_each(note);
        let medium = args.medium;
        let layout = Layout::for_medium(&found.firmware, medium.medium())?;
        Ok(Self { servers, force: args.force, medium, layout, found })
    }

    /// What the images are attached as.
    pub(super) const fn medium(&self) -> Medium {
        self.medium.medium()
    }

    /// The file of a host's image in `folder`; a host's name is safe in a path.
    pub(super) fn path(&self, folder: &Path, host: &HostName) -> PathBuf {
        folder.join(format!("{host}.{}", self.medium.extension()))
    }

    /// Joins the layout with the script of a host.
    pub(super) fn plan(&self, host: &HostSpec, script: BuiltScript) -> CliResult<Planned> {
        let name = host.name.clone();
        let plan = self.layout.plan(&script.text).map_err(|error| {
            let remedy = match error {
                ipxe_orch_core::image::ImageError::ScriptTooLarge { .. } => {
                    "; it lists the loaders of all profiles: remove profiles, or shorten their \
                     loaders"
                }
                _ => "",
            };
            let CliError::Failed(text) = CliError::from(error) else { return CliError::Shown };
            CliError::Failed(format!("host {name}: no image can be made: {text}{remedy}"))
        })?;
        Ok(Planned { name, plan, nics: host.nics.len(), warnings: script.warnings })
    }

    /// Writes one image and says so.
    pub(super) fn write_one(&self, target: &Path, planned: Planned, out: Output) -> CliResult {
        files::check(target, self.force)?;
        files::write(target, &planned.plan.image())?;
        self.report(&json!({ "file": target.display().to_string() }), &[planned], out)
    }

    /// Writes the image of each.
    pub(super) fn write_all(&self, folder: &Path, plans: &[Planned]) -> CliResult {
        let progress = io::stderr().is_terminal();
        for (index, planned) in plans.iter().enumerate() {
            files::write(&self.path(folder, &planned.name), &planned.plan.image())?;
            if progress && index % 16 == 0 {
                write!(io::stderr(), "\r{index} of {} images", plans.len()).ok();
            }
        }
        if progress {
            write!(io::stderr(), "\r\x1b[K").ok();
        }
        Ok(())
    }

    /// Makes the folder, and looks whether all images may be written.
    pub(super) fn prepare(&self, folder: &Path, plans: &[Planned]) -> CliResult {
        std::fs::create_dir_all(folder).map_err(|error| CliError::file("made", folder, &error))?;
        plans
            .iter()
            .try_for_each(|planned| files::check(&self.path(folder, &planned.name), self.force))
    }

    /// Says what was written, `result` first; the times are those of the host with most NICs.
    pub(super) fn report(&self, result: &Value, plans: &[Planned], out: Output) -> CliResult {
        let nics = plans.iter().map(|planned| planned.nics).max().unwrap_or(1);
        let timing = Timing::new(self.servers.len(), nics);
        if out.json {
            return out.json(&self.as_json(result, plans, timing));
        }
        warn(plans);
        let mut table = Table::of_fields();
        for (name, value) in result.as_object().into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            table.row([name.replace('_', " "), text]);
        }
        table.field("bytes", Some(self.layout.image_len()));
        let servers: Vec<_> = self.servers.iter().map(ToString::to_string).collect();
        table.field("servers", Some(servers.join(", ")));
        self.found.sources.iter().for_each(|source| add_source(&mut table, source));
        let (link, decision) = (timing.worst_link_wait(), timing.worst_case());
        let text = format!("at most {:.1} s, if no NIC has a link", link.as_secs_f64());
        table.field("wait for links", Some(text));
        let seconds = decision.as_secs_f64();
        let text = format!("at most {seconds:.1} s after link-up of a NIC, if no server answers");
        table.field("local disk", Some(text));
        out.text(&table.to_string())
    }

    fn as_json(&self, result: &Value, plans: &[Planned], timing: Timing) -> Value {
        let mut value = result.clone();
        if let Value::Object(fields) = &mut value {
            let mut add = |name: &str, value| fields.insert(name.to_owned(), value);
            add("bytes", self.layout.image_len().into());
            add("servers", json!(self.servers));
            add("firmware", json!(FirmwareView::from(&self.found)));
            add("wait_for_links_seconds", json!(timing.worst_link_wait().as_secs_f64()));
            add("local_disk_after_seconds", json!(timing.worst_case().as_secs_f64()));
            add("warnings", plans.iter().flat_map(Planned::warnings).collect());
        }
        value
    }
}

/// An image that can be written.
pub(super) struct Planned {
    pub(super) name: HostName,
    plan: ImagePlan,
    nics: usize,
    warnings: Vec<Warning>,
}

impl Planned {
    fn warnings(&self) -> impl Iterator<Item = String> {
        self.warnings.iter().map(|warning| format!("host {}: {warning}", self.name))
    }
}

/// A site's mistake is in all of its hosts: more lines than these tell nothing new.
const WARNINGS_SHOWN: usize = 20;

fn warn(plans: &[Planned]) {
    let mut warnings = plans.iter().flat_map(Planned::warnings);
    for warning in warnings.by_ref().take(WARNINGS_SHOWN) {
        note(format_args!("warning: {warning}"));
    }
    let more = warnings.count();
    if more > 0 {
        note(format_args!("{more} more warnings: see them all with --json"));
    }
}

fn add_source(table: &mut Table, source: &Source) {
    let version = source.about.version.as_deref().unwrap_or("of unknown version");
    let text = format!("{version} ({})", source.path.display());
    table.field(&source.part.to_string(), Some(text));
}

/// Leaves out what these images do not need, and wants what they do.
fn choose(found: &mut FoundFirmware, args: &BuildArgs) -> CliResult {
    let wanted = |part| match part {
        Part::IpxeEfiArm64 => args.arm64,
        Part::Isohdpfx => args.medium == MediumArg::Disk,
        _ => true,
    };
    for (part, option) in [(Part::IpxeEfiArm64, "--arm64"), (Part::Isohdpfx, "--medium disk")] {
        if wanted(part) && found.source(part).is_none() {
            let of_part = found.skipped.iter().filter(|file| file.part == part);
            of_part.for_each(note);
            return failed(format!("{option} needs {}", part.where_from()));
        }
    }
    found.sources.retain(|source| wanted(source.part));
    if !wanted(Part::IpxeEfiArm64) {
        found.firmware.ipxe_efi_arm64 = None;
    }
    Ok(())
}

/// A build without HTTPS would never reach such a server. Builds for BIOS do not tell.
fn check_https(found: &FoundFirmware, servers: &[ServerUrl]) -> CliResult {
    let Some(server) = servers.iter().find(|server| server.is_https()) else { return Ok(()) };
    let lacks = |source: &&Source| source.about.has_feature("HTTPS") == Some(false);
    match found.sources.iter().find(lacks) {
        None => Ok(()),
        Some(source) => failed(format!(
            "{} has no HTTPS, and server {server} is asked over it: give another build of iPXE, \
             or a server with http://",
            source.path.display()
        )),
    }
}
