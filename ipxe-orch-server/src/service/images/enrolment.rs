//! `enrolment.csv`: which ids are in the images of a run.

use super::{
    ImagesError,
    files::{self, failed},
};
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
pub(super) fn check(folder: &Path, hosts: &[FleetHost], force: bool) -> Result<(), ImagesError> {
    let path = path(folder);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("read", &path, error)),
    };
    if force {
        return Ok(());
    }
    let before = fleet::read(&text);
    if !before.problems.is_empty() {
        return Err(ImagesError::NoEnrolment(path));
    }
    let ids: HashMap<&HostName, Option<HostId>> =
        hosts.iter().map(|host| (&host.spec.name, host.id)).collect();
    let kept = |host: &&FleetHost| host.id.is_none() || ids.get(&host.spec.name) == Some(&host.id);
    match before.hosts.iter().find(|host| !kept(host)) {
        None => Ok(()),
        Some(host) => Err(ImagesError::LostId { path, host: host.spec.name.clone() }),
    }
}

pub(super) fn write(folder: &Path, hosts: &[FleetHost]) -> Result<(), ImagesError> {
    files::write_text(&path(folder), &fleet::write_enrolment(hosts), 0o666)
}
