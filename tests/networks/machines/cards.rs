//! Several network cards: the registered ones are used, in their order, wherever they are.

use crate::support::{
    Result,
    disk::Disk,
    follow::{BOOT, HOST, MAC, asks, installs_once, machines, row, site, started},
    machine::{Firmware, Machine},
    secs,
};
use std::time::Duration;

/// Cards of every kind that iPXE and QEMU share, none of them registered.
const STRANGERS: [&str; 8] = [
    "virtio-net-pci",
    "e1000",
    "e1000e",
    "vmxnet3",
    "rtl8139",
    "pcnet",
    "i82559er",
    "virtio-net-pci-transitional",
];

/// For which the links of all cards are awaited.
const LINKS: Duration = secs(30);

/// Eight strangers before the registered card.
fn the_ninth_card_is_the_one(firmware: Firmware) -> Result<()> {
    let mut site = site(&row())?;
    let proxy = started(&mut site)?;
    let disk = Disk::blank(&site.dir().join("disk"), 64)?;
    let image = site.image(HOST, proxy.port())?;
    let mut machine = Machine::without_cards(firmware).disk(&disk).iso(&image);
    for (index, model) in STRANGERS.into_iter().enumerate() {
        machine = machine.card(model, &format!("52:54:00:00:09:{index:02x}"));
    }
    let mut vm = machine.card("virtio-net-pci", MAC).start(&site.dir().join("vm"))?;
    asks(&mut vm)?;
    let took = installs_once(&mut vm, HOST, &proxy)?;
    println!("{firmware:?}: ninth card: the installer runs {took:.1?} after link-up");
    vm.stop()
}

/// The first card has no link: the second is asked through, and the installer uses it, too.
/// The first is an e1000, as iPXE takes every virtio-net card for connected.
fn a_card_without_a_link_is_passed_over(firmware: Firmware) -> Result<()> {
    let second = "52:54:00:00:00:02";
    let both = format!("{}\n{HOST},{second},10.0.2.16/24,10.0.2.2,10.0.2.3,tiny,install", row());
    let mut site = site(&both)?;
    let proxy = started(&mut site)?;
    let disk = Disk::blank(&site.dir().join("disk"), 64)?;
    let machine = Machine::without_cards(firmware).disk(&disk);
    let machine = machine.card("e1000", MAC).card("virtio-net-pci", second);
    let mut vm = machine.iso(&site.image(HOST, proxy.port())?).start(&site.dir().join("vm"))?;
    vm.set_link(false)?;
    vm.wait_for("iPXE initialising devices", BOOT)?;
    let waited = asks(&mut vm)?;
    println!("{firmware:?}: first card without a link: asked after {waited}");
    assert!(waited.is_within(LINKS), "{waited}");
    installs_once(&mut vm, HOST, &proxy)?;
    let log = vm.log()?;
    assert!(log.contains(&format!(" 10.0.2.16/24 mac={second}")), "{log}");
    assert!(!log.contains("Connection timed out"), "asked without a link: {log}");
    vm.stop()
}

machines! {
    SeaBios ninth_card_bios => the_ninth_card_is_the_one;
    Ovmf ninth_card_uefi => the_ninth_card_is_the_one;
    SeaBios no_link_bios => a_card_without_a_link_is_passed_over;
    #[ignore = "long: scripts/test long"]
    Ovmf no_link_uefi => a_card_without_a_link_is_passed_over;
}
