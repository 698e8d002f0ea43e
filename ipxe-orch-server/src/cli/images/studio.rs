//! What all images of a run share.

use super::{BuildArgs, files};
use crate::{
    cli::{
        error::{CliError, CliResult, failed},
        firmware,
        output::{Output, Table, note},
    },
    config::Config,
    firmware::{FoundFirmware, Source, find},
};
use ipxe_orch_core::{
    boot::{ServerUrl, Timing},
    image::{ImagePlan, Layout},
    names::HostName,
};
use serde_json::{Value, json};
use std::{
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

/// Firmware, encoded once, and the servers.
pub(super) struct Studio {
    pub(super) servers: Vec<ServerUrl>,
    pub(super) force: bool,
    layout: Layout,
    found: FoundFirmware,
}

impl Studio {
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
        let found = find(&dirs)?;
        found.skipped.iter().for_each(note);
        Ok(Self { servers, force: args.force, layout: Layout::new(&found.firmware)?, found })
    }

    /// Joins the layout with the script of a host.
    pub(super) fn plan(&self, host: &HostName, script: &str) -> CliResult<ImagePlan> {
        let planned = self.layout.plan(script);
        planned.map_err(|error| {
            let remedy = match error {
                ipxe_orch_core::image::ImageError::ScriptTooLarge { .. } => {
                    "; it lists the loaders of all profiles: remove profiles, or shorten their \
                     loaders"
                }
                _ => "",
            };
            let CliError::Failed(text) = CliError::from(error) else { return CliError::Shown };
            CliError::Failed(format!("host {host}: no image can be made: {text}{remedy}"))
        })
    }

    /// Writes one image and says so.
    pub(super) fn write_one(&self, target: &Path, plan: &ImagePlan, out: Output) -> CliResult {
        files::check(target, self.force)?;
        let image = plan.image();
        files::write(target, &image)?;
        self.report(&json!({ "file": target.display().to_string() }), out)
    }

    /// Writes `NAME.iso` of each.
    pub(super) fn write_all(folder: &Path, plans: &[(HostName, ImagePlan)]) -> CliResult {
        let progress = io::stderr().is_terminal();
        for (index, (name, plan)) in plans.iter().enumerate() {
            files::write(&path(folder, name), &plan.image())?;
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
    pub(super) fn prepare(&self, folder: &Path, plans: &[(HostName, ImagePlan)]) -> CliResult {
        std::fs::create_dir_all(folder).map_err(|error| CliError::file("made", folder, &error))?;
        plans.iter().try_for_each(|(name, _)| files::check(&path(folder, name), self.force))
    }

    /// Says what was written, `result` first.
    pub(super) fn report(&self, result: &Value, out: Output) -> CliResult {
        let worst = Timing::new(self.servers.len()).worst_case();
        if out.json {
            let mut value = result.clone();
            if let Value::Object(fields) = &mut value {
                fields.insert("bytes".to_owned(), self.layout.image_len().into());
                fields.insert("servers".to_owned(), json!(self.servers));
                fields.insert("firmware".to_owned(), firmware::as_json(&self.found));
                fields.insert("local_disk_after_seconds".to_owned(), json!(worst.as_secs_f64()));
            }
            return out.json(&value);
        }
        let mut table = Table::of_fields();
        for (name, value) in result.as_object().into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            table.row([name.replace('_', " "), text]);
        }
        table.field("bytes", Some(self.layout.image_len()));
        let servers: Vec<_> = self.servers.iter().map(ToString::to_string).collect();
        table.field("servers", Some(servers.join(", ")));
        self.found.sources.iter().for_each(|source| add_source(&mut table, source));
        let seconds = worst.as_secs_f64();
        let text = format!("at most {seconds:.1} s after link-up of a card, if no server answers");
        table.field("local disk", Some(text));
        out.text(&table.to_string())
    }
}

fn add_source(table: &mut Table, source: &Source) {
    let version = source.version.as_deref().unwrap_or("of unknown version");
    let text = format!("{version} ({})", source.path.display());
    table.field(&source.part.to_string(), Some(text));
}

/// A host's name is safe in a path.
fn path(folder: &Path, host: &HostName) -> PathBuf {
    folder.join(format!("{host}.iso"))
}
