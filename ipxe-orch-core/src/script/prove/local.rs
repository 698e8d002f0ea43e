//! `sanboot`: starts a SAN drive or a disk of the machine.

use super::{End, branch::Step};
use crate::{
    image::Medium,
    script::{
        commands::Call,
        expand::HOLE,
        finding::Code,
        number::number,
        rules::{Firmware, Role},
        volume::{self, FIRST_DISK},
    },
};

pub(super) fn sanboot(step: &mut Step<'_>, call: &Call<'_>) {
    step.fails();
    if !call.operands.is_empty() {
        return step.boots(End::San);
    }
    if step.state.hooked {
        return match step.around.role {
            Role::Server => step.boots(End::San),
            Role::Image(_) => step.found(Code::StaleSan, "a SAN drive may still be attached here"),
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

/// Under BIOS an image that is attached as a disk is the first drive.
fn bios(step: &mut Step<'_>, drive: u32) {
    if step.around.role == Role::Image(Medium::Disk) && drive == FIRST_DISK {
        return step.found(Code::BootsItself, format!("drive {drive:#04x} is this image"));
    }
    step.found.ends.push(End::Drive(drive));
}

fn uefi(step: &mut Step<'_>, call: &Call<'_>, drive: u32) {
    if drive <= FIRST_DISK
        && let Some(what) = volume::finds_image(call)
    {
        return step.found(Code::BootsItself, what);
    }
    let told = ["filename", "extra", "label", "uuid"].iter().find_map(|name| call.option(name));
    let told = told.map_or_else(|| format!("{drive:#04x}"), |told| told.replace(HOLE, "..."));
    step.found.ends.push(End::Loader(told));
}
