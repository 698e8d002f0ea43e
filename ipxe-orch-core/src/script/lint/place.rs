//! Checks for labels, addresses and settings in the wrong place.

use super::{Place, shown};
use crate::script::{
    ast::Script,
    commands::Call,
    expand::HOLE,
    finding::{Code, Finding},
    name::SettingName,
    number::number,
    rules::{Role, is_reserved},
    volume::{self, FIRST_DISK},
};

pub(super) fn labels(script: &Script) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, line) in script.lines().iter().enumerate() {
        let Some(label) = &line.label else { continue };
        if script.label(label) != Some(index) {
            let what = format!("the label `{label}` is used twice");
            found.push(Finding::new(line.number, Code::DuplicateLabel, what));
        }
    }
    found
}

/// Checks that the label of a `goto` exists. If a setting names the label, the proof checks it.
pub(super) fn target(place: &Place<'_>, call: &Call<'_>) -> Option<Finding> {
    let label = call.operand().filter(|label| call.spec.name == "goto" && !label.contains(HOLE))?;
    let missing = place.script.label(label).is_none();
    missing.then(|| place.finding(Code::MissingLabel, format!("no line has the label `{label}`")))
}

/// Refuses a `sanboot` that finds the volume of the image itself under UEFI. Without a file name,
/// drive 0x80 is the first disk of a BIOS; the proof knows the firmware and decides this case.
pub(super) fn own_volume(place: &Place<'_>, call: &Call<'_>) -> Option<Finding> {
    let boots = call.spec.name == "sanboot" && call.operands.is_empty();
    let drive = call.option("drive").map_or(Some(FIRST_DISK), number).filter(|_| boots)?;
    let named = call.option("filename").is_some() && drive <= FIRST_DISK;
    let what = volume::finds_image(call).filter(|_| named || drive == 0)?;
    Some(place.finding(Code::BootsItself, what))
}

/// Checks that apply to the answers of servers only.
pub(super) fn server(place: &Place<'_>, call: &Call<'_>) -> Vec<Finding> {
    if place.rules.role != Role::Server {
        return Vec::new();
    }
    let mut found = Vec::new();
    for uri in call.uris().iter().filter(|uri| is_absolute(uri)) {
        found.push(place.finding(Code::AbsoluteServer, format!("`{}`", shown(uri))));
    }
    found
}

/// Refuses changes to the settings with which the image counts. Answers of servers must not change
/// them. No script may set them in a scope, because iPXE would find them without the scope as well.
pub(super) fn reserved(place: &Place<'_>, call: &Call<'_>) -> Option<Finding> {
    let sets = matches!(call.spec.name, "set" | "clear" | "inc" | "read" | "choose");
    let path = call.operand().filter(|_| sets).and_then(SettingName::parse)?.path();
    let foreign = place.rules.role == Role::Server || path.contains('/');
    let wrong = foreign && is_reserved(&path);
    wrong.then(|| place.finding(Code::ReservedSetting, format!("`{}`", shown(&path))))
}

fn is_absolute(uri: &str) -> bool {
    let scheme = uri.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| ["http", "https", "tftp", "ftp", "nfs"].contains(&scheme))
}
