//! The image as a USB stick. For a BIOS, the stick itself is the first hard disk.

use crate::support::{
    Result,
    follow::{
        HOST, PROMISE, asks, blank_machine, boots_its_disk, decides_for_its_disk, installs_once,
        machines, row, site, started,
    },
    machine::Firmware,
};

/// The stick installs the machine's disk and then always boots that disk, whether the server says
/// so or does not answer. A stick that booted itself would ask again without end.
fn a_stick_installs_and_leads_to_the_disk(firmware: Firmware) -> Result<()> {
    let mut site = site(&row())?;
    let proxy = started(&mut site)?;
    let stick = site.stick(HOST, proxy.port())?;
    let mut vm = blank_machine(firmware, &site)?.usb(&stick).start(&site.dir().join("vm"))?;
    asks(&mut vm)?;
    let took = installs_once(&mut vm, HOST, &proxy)?;
    println!("{firmware:?}: USB stick: the installer runs {took:.1?} after link-up");
    assert_eq!(proxy.exchanges("/boot/v1/script").len(), 2, "asked once in each boot");

    proxy.stop()?;
    vm.reset()?;
    asks(&mut vm)?;
    let decision = decides_for_its_disk(&mut vm)?;
    println!("{firmware:?}: USB stick, dead server: local boot decided after {decision}");
    assert!(decision.is_within(PROMISE), "{decision}");
    boots_its_disk(&mut vm, HOST)?;
    if firmware == Firmware::SeaBios {
        // 0x80 is the stick itself.
        let log = vm.log()?;
        assert!(log.contains("Booting from SAN device 0x81"), "{log}");
        assert!(!log.contains("Booting from SAN device 0x80"), "{log}");
    }
    vm.stop()
}

machines! {
    SeaBios usb_bios => a_stick_installs_and_leads_to_the_disk;
    Ovmf usb_uefi => a_stick_installs_and_leads_to_the_disk;
}
