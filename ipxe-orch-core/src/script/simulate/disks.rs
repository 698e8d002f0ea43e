//! Drives of the network and of the machine: `hci/commands/sanboot_cmd.c`, `usr/autoboot.c`.

use super::{
    Answer, Ending,
    download::download,
    machine::{Did, Machine},
};
use crate::{
    image::Medium,
    script::{Firmware, commands::Call, number::number},
};

/// The first hard disk, and the default.
const FIRST_DISK: u32 = 0x80;

/// What UEFI starts from a volume without being told.
const DEFAULT_LOADER: &str = r"\EFI\BOOT\BOOTX64.EFI";

/// Where the firmware goes on when the script ends with this status (measured with SeaBIOS and
/// OVMF).
pub(super) fn firmware(firmware: Firmware, status: u32) -> Ending {
    match (firmware, status) {
        (Firmware::Bios, _) => Ending::NextDevice,
        (Firmware::Uefi | Firmware::Arm64, 0) => Ending::FirmwareMenu,
        (Firmware::Uefi | Firmware::Arm64, _) => Ending::NextEntry,
    }
}

/// Runs a command on drives; `None` for every other.
pub(super) fn run(machine: &mut Machine<'_>, call: &Call<'_>) -> Option<Did> {
    let drive = call.option("drive").and_then(number).unwrap_or(FIRST_DISK);
    match call.spec.name {
        "sanunhook" => {
            machine.hooked.remove(&drive);
            Some(Did::Status(true))
        }
        "sanhook" => Some(hook(machine, call, drive).map_or_else(Did::Ends, Did::Status)),
        "sanboot" => Some(sanboot(machine, call, drive)),
        _ => None,
    }
}

/// Hooks the first address that is a disk.
fn hook(machine: &mut Machine<'_>, call: &Call<'_>, drive: u32) -> Result<bool, Ending> {
    for uri in call.operands {
        let found = download(machine, call, uri)?;
        if let Some((address, Answer::Disk)) = found {
            machine.hooked.insert(drive, address);
            return Ok(true);
        }
    }
    Ok(false)
}

fn sanboot(machine: &mut Machine<'_>, call: &Call<'_>, drive: u32) -> Did {
    if !call.operands.is_empty() {
        match hook(machine, call, drive) {
            Err(ending) => return Did::Ends(ending),
            Ok(false) => return Did::Status(false),
            Ok(true) => {}
        }
    }
    if let Some(address) = machine.hooked.get(&drive) {
        return Did::Ends(Ending::San(address.clone()));
    }
    local(machine, call, drive).map_or(Did::Status(false), Did::Ends)
}

fn local(machine: &Machine<'_>, call: &Call<'_>, drive: u32) -> Option<Ending> {
    let world = &machine.outside.world;
    if world.firmware == Firmware::Bios {
        let own = u32::from(world.medium == Medium::Disk);
        if drive == FIRST_DISK && own == 1 {
            return Some(Ending::Itself);
        }
        let index = drive.checked_sub(FIRST_DISK + own)?;
        let disk = world.disks.get(usize::try_from(index).ok()?)?;
        return disk.boots.then_some(Ending::Drive(drive));
    }
    // The volumes of a world have neither labels nor UUIDs.
    if call.option("label").or(call.option("uuid")).is_some() {
        return None;
    }
    let (filename, extra) = (call.option("filename"), call.option("extra"));
    if filename.or(extra).is_some() {
        let path = filename.unwrap_or(DEFAULT_LOADER);
        let both = [path, extra.unwrap_or(path)];
        let has = |loaders: &[String], path: &str| {
            loaders.iter().any(|loader| loader.eq_ignore_ascii_case(path))
        };
        let found = world.disks.iter().any(|disk| both.iter().all(|path| has(&disk.loaders, path)));
        return found.then(|| Ending::Loader(path.to_owned()));
    }
    // The image itself comes first.
    if drive <= FIRST_DISK {
        return Some(Ending::Itself);
    }
    let disk = world.disks.get(usize::try_from(drive - FIRST_DISK - 1).ok()?)?;
    disk.boots.then_some(Ending::Drive(drive))
}
