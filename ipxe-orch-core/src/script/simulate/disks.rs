//! Commands on SAN drives and on the machine's own disks: `hci/commands/sanboot_cmd.c`,
//! `usr/autoboot.c`, `interface/efi/efi_block.c`.

use super::{
    Answer, Disk, Ending, World,
    download::{connects, download},
    machine::{Did, Machine},
};
use crate::{
    image::{DefaultLoader, Medium},
    script::{Firmware, commands::Call, number::number, volume::FIRST_DISK},
};

/// Where the firmware goes on when the script ends with this status (measured with SeaBIOS and
/// OVMF).
pub(super) fn firmware(firmware: Firmware, status: u32) -> Ending {
    match (firmware, status) {
        (Firmware::Bios, _) => Ending::NextDevice,
        (Firmware::Uefi | Firmware::Arm64, 0) => Ending::FirmwareMenu,
        (Firmware::Uefi | Firmware::Arm64, _) => Ending::NextEntry,
    }
}

/// Runs a command on drives; `None` for any other command.
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

/// Attaches a SAN drive. Several addresses are paths to the same drive (`core/sanboot.c`): all of
/// them are opened at once, and the first one that connects is used, whatever it answers.
fn hook(machine: &mut Machine<'_>, call: &Call<'_>, drive: u32) -> Result<bool, Ending> {
    // A drive number can be used once only.
    if machine.hooked.contains_key(&drive) {
        return Ok(false);
    }
    let open = call.operands.iter().find(|uri| connects(machine, uri));
    let Some(uri) = open.or(call.operands.first()) else { return Ok(false) };
    if let Some((address, Answer::Disk)) = download(machine, call, uri)? {
        machine.hooked.insert(drive, address);
        return Ok(true);
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
    match world.firmware {
        Firmware::Bios => bios(world, drive),
        Firmware::Uefi => uefi(world, call, drive, DefaultLoader::X64),
        Firmware::Arm64 => uefi(world, call, drive, DefaultLoader::Arm64),
    }
}

fn bios(world: &World, drive: u32) -> Option<Ending> {
    let own = u32::from(world.medium == Medium::Disk);
    if drive == FIRST_DISK && own == 1 {
        return Some(Ending::Itself);
    }
    let index = drive.checked_sub(FIRST_DISK + own)?;
    let disk = world.disks.get(usize::try_from(index).ok()?)?;
    disk.boots.then_some(Ending::Drive(drive))
}

/// The first volume that has everything that the command asks for. The image's own volume is drive
/// 0x80; it also comes first for drive 0, which means any drive.
fn uefi(world: &World, call: &Call<'_>, drive: u32, default: DefaultLoader) -> Option<Ending> {
    // The volumes of a simulated world have neither labels nor UUIDs.
    if call.option("label").or(call.option("uuid")).is_some() {
        return None;
    }
    let (filename, extra) = (call.option("filename"), call.option("extra"));
    let wanted = || [Some(filename.unwrap_or(default.path())), extra].into_iter().flatten();
    let is_default = |path: &str| DefaultLoader::at(path) == Some(default);
    if [0, FIRST_DISK].contains(&drive) && wanted().all(is_default) {
        return Some(Ending::Itself);
    }
    let has = |disk: &Disk, path: &str| {
        let named = disk.loaders.iter().any(|loader| loader.eq_ignore_ascii_case(path));
        named || (disk.boots && is_default(path))
    };
    let fits = |(number, disk): &(u32, &Disk)| {
        (drive == 0 || drive == *number) && wanted().all(|path| has(disk, path))
    };
    let (number, _) = (FIRST_DISK + 1..).zip(&world.disks).find(fits)?;
    Some(match filename.or(extra) {
        None => Ending::Drive(number),
        Some(_) => Ending::Loader(filename.unwrap_or(default.path()).to_owned()),
    })
}
