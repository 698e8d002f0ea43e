//! `sanboot`: a drive of the network, or one of the machine.

use super::{End, branch::Step};
use crate::{
    image::Medium,
    script::{
        commands::Call,
        expand::HOLE,
        finding::Code,
        number::number,
        rules::{Firmware, Role},
    },
};

/// The first hard disk; what `sanboot` takes without `--drive`.
const FIRST_DISK: u32 = 0x80;

pub(super) fn sanboot(step: &mut Step<'_>, call: &Call<'_>) {
    step.fails();
    if !call.operands.is_empty() {
        return step.boots(End::San);
    }
    if step.state.hooked {
        return match step.around.role {
            Role::Server => step.boots(End::San),
            Role::Image(_) => step.found(Code::StaleSan, "a drive may be hooked here"),
        };
    }
    let drive = call.option("drive").unwrap_or("0x80");
    let drive = if drive.contains(HOLE) { None } else { number(drive) };
    match (step.around.firmware, drive) {
        (_, None) => step.found(Code::NotAnalysed, "the number of the drive is not known"),
        (Firmware::Bios, Some(drive)) => bios(step, drive),
        (Firmware::Uefi | Firmware::Arm64, Some(drive)) => uefi(step, call, drive),
    }
}

/// As a disk, the image is the first one.
fn bios(step: &mut Step<'_>, drive: u32) {
    if step.around.role == Role::Image(Medium::Disk) && drive == FIRST_DISK {
        return step.found(Code::BootsItself, format!("drive {drive:#04x} is this image"));
    }
    step.found.ends.push(End::Drive(drive));
}

/// Without a file name or a label, a search of all disks finds the image's own loader first.
fn uefi(step: &mut Step<'_>, call: &Call<'_>, drive: u32) {
    let told = ["filename", "extra", "label", "uuid"].iter().find_map(|name| call.option(name));
    match told {
        Some(loader) => step.found.ends.push(End::Loader(loader.replace(HOLE, "..."))),
        None if drive > FIRST_DISK => {
            step.found.ends.push(End::Loader(format!("{drive:#04x}")));
        }
        None => step.found(Code::BootsItself, "without --filename UEFI finds this image"),
    }
}
