//! Two disks, the first one blank: the machine boots the one with a system.

use crate::support::{
    Result,
    disk::Disk,
    faults::Fault,
    follow::{HOST, MAC, PROMISE, asks, boots_its_disk, decides_for_its_disk, machines, row, site},
    machine::{Firmware, Machine},
};

/// A BIOS goes on to the second drive. Under UEFI the loader is found on any disk.
fn the_second_disk_is_booted(firmware: Firmware) -> Result<()> {
    let site = site(&row())?;
    let image = site.image_asking(HOST, &[&Fault::Dead.start()?])?;
    let blank = Disk::blank(&site.dir().join("first"), 64)?;
    let second = Disk::installed(&site.dir().join("second"), HOST, "second")?;
    let machine = Machine::new(firmware, MAC).iso(&image).disk(&blank).disk(&second);
    let mut vm = machine.start(&site.dir().join("vm"))?;
    asks(&mut vm)?;
    let decision = decides_for_its_disk(&mut vm)?;
    println!("{firmware:?}: two disks: local boot decided after {decision}");
    assert!(decision.is_within(PROMISE), "{decision}");
    assert_eq!(boots_its_disk(&mut vm, HOST)?, "second");
    vm.stop()
}

machines! {
    SeaBios second_disk_bios => the_second_disk_is_booted;
    #[ignore = "long: scripts/test long"]
    Ovmf second_disk_uefi => the_second_disk_is_booted;
}
