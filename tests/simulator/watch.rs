//! Finds out how a script ended by watching its machine.

use crate::{
    corpus::Case,
    media::MARK,
    site::Site,
    support::{Result, follow::BOOT, poll, secs, vm::Vm},
};
use ipxe_orch_core::{image::Medium, script::Firmware};
use std::time::Duration;

/// How long a script that should not end is watched after its last request. This is longer than all
/// limited waits in the corpus.
const QUIET: Duration = secs(4);

/// How long a person waits for the effect of a key.
const TOUCH: Duration = secs(2);

/// What a firmware prints when it starts anything.
const BANNERS: [&str; 2] = ["SeaBIOS (version", "BdsDxe: "];

/// What iPXE prints when it begins to boot a drive.
const DRIVE: &str = "Booting from SAN device ";

/// Watches a case until it ends. The console before `from` was there before the case.
pub(crate) fn ending(vm: &mut Vm, site: &Site, case: &Case, from: usize) -> Result<String> {
    let stays = matches!(case.kind(), "hung" | "loop" | "person");
    if stays {
        let asks = case.run.requests.len();
        poll(BOOT, || {
            let moved = look(vm, site, case, from)?.is_some() || site.requests().len() >= asks;
            Ok(moved.then_some(()))
        })?;
    }
    let limit = if stays { QUIET } else { BOOT };
    if let Some(found) = poll(limit, || look(vm, site, case, from))? {
        return Ok(found);
    }
    let before = printed(vm)?;
    for key in ["x", "ret"] {
        vm.press(key)?;
        let moved = poll(TOUCH, || {
            let moved = look(vm, site, case, from)?.is_some() || printed(vm)? != before;
            Ok(moved.then_some(()))
        })?;
        if moved.is_some() {
            return Ok("person".to_owned());
        }
    }
    Ok("hung".to_owned())
}

/// The console without the dots of a download that makes no progress.
fn printed(vm: &Vm) -> Result<String> {
    Ok(vm.log()?.replace('.', ""))
}

/// The ending, if the script has ended by now.
fn look(vm: &mut Vm, site: &Site, case: &Case, from: usize) -> Result<Option<String>> {
    if vm.has_ended()? {
        return Ok(Some("off".to_owned()));
    }
    if let Some(status) = site.status() {
        return Ok(Some(returned(case.world.firmware, status).to_owned()));
    }
    let waits = site.is_waiting();
    let log = vm.log()?;
    let text = log.get(from..).unwrap_or_default();
    Ok(booted(text, case).or_else(|| {
        let banner = BANNERS.iter().any(|banner| text.contains(banner));
        let started = if banner { "reset" } else { "itself" };
        (banner || waits).then(|| started.to_owned())
    }))
}

/// The ending of a script that has returned to the script around it.
fn returned(firmware: Firmware, status: u32) -> &'static str {
    match (firmware, status) {
        // No `exit` of the corpus uses a number that looks like an error.
        (_, 256..) => "failed",
        (Firmware::Bios, _) => "next-device",
        (_, 0) => "firmware-menu",
        (_, _) => "next-entry",
    }
}

/// What the firmware does after a script: `next` for the next device, or what the text `menu`
/// shows.
pub(crate) fn firmwares_turn(vm: &mut Vm, case: &Case, menu: &str) -> Result<String> {
    let found = poll(BOOT, || {
        let log = vm.log()?;
        let shown = log.contains(menu).then(|| "menu".to_owned());
        Ok(booted(&log, case).or(shown))
    })?;
    found.ok_or_else(|| {
        format!("neither a disk nor a menu: {}", vm.log().unwrap_or_default()).into()
    })
}

/// What a booted system prints about itself. A disk that the firmware booted is `next`.
fn booted(text: &str, case: &Case) -> Option<String> {
    if let Some(line) = line_behind(text, "Command line: ") {
        return Some(format!("kernel {line}"));
    }
    let what = line_behind(text, MARK)?;
    let Some(index) = what.strip_prefix("disk ") else { return Some(what.to_owned()) };
    let drive = text.rfind(DRIVE).and_then(|at| line_behind(text.get(at..)?, DRIVE));
    Some(drive.map_or("next".to_owned(), |drive| by_drive(drive, index, case)))
}

/// The drive that was booted. The number that iPXE printed and the disk must agree.
fn by_drive(drive: &str, index: &str, case: &Case) -> String {
    // UEFI counts the image as a drive, too.
    let image_is_first = case.world.medium == Medium::Disk || case.world.firmware == Firmware::Uefi;
    let first = 0x80 + u32::from(image_is_first);
    match index.parse::<u32>() {
        Ok(index) if drive == format!("{:#04x}", first + index) => format!("drive {drive}"),
        _ => format!("drive {drive}, which is disk {index}"),
    }
}

/// The rest of the first line that contains `mark`, if the line is complete.
fn line_behind<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(mark)?;
    let (line, _) = rest.split_once('\n')?;
    Some(line.trim_end())
}
