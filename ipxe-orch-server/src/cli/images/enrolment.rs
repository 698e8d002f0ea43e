//! `enrolment.csv`: which ids are in the images of a run.

use super::files;
use crate::cli::error::{CliError, CliResult, failed};
use ipxe_orch_core::{
    fleet::{self, FleetHost},
    ids::HostId,
    names::HostName,
};
use std::{
    collections::HashMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

const NAME: &str = "enrolment.csv";

pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Looks whether it may be written: the ids of an earlier run are in images that machines have,
/// and nowhere else.
pub(super) fn check(folder: &Path, hosts: &[FleetHost], force: bool) -> CliResult {
    let path = path(folder);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(CliError::file("read", &path, &error)),
    };
    if force {
        return Ok(());
    }
    let shown = path.display();
    let before = fleet::read(&text);
    if !before.problems.is_empty() {
        return failed(format!(
            "{shown} is there and is no enrolment file: give another --out, or replace it with \
             --force"
        ));
    }
    let ids: HashMap<&HostName, Option<HostId>> =
        hosts.iter().map(|host| (&host.spec.name, host.id)).collect();
    let kept = |host: &&FleetHost| host.id.is_none() || ids.get(&host.spec.name) == Some(&host.id);
    match before.hosts.iter().find(|host| !kept(host)) {
        None => Ok(()),
        Some(host) => failed(format!(
            "{shown} holds the id of host {}, which this run would lose: take that file as --csv, \
             give another --out, or replace it with --force",
            host.spec.name
        )),
    }
}

pub(super) fn write(folder: &Path, hosts: &[FleetHost]) -> CliResult {
    files::write_text(&path(folder), &fleet::write_enrolment(hosts), 0o666)
}
