//! Several NICs: the registered ones are used in their order, wherever they are in the machine.

use crate::support::{
    Result,
    disk::Disk,
    follow::{BOOT, HOST, MAC, asks, installs_once, machines, row, site, started},
    machine::{Firmware, Machine},
    secs,
};
use std::time::Duration;

/// NICs of every kind that both iPXE and QEMU support. None of them is registered.
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

/// The time for which the links of all NICs together are awaited.
const LINKS: Duration = secs(30);

/// Eight other NICs come before the registered one.
fn the_ninth_nic_is_the_one(firmware: Firmware) -> Result<()> {
    let mut site = site(&row())?;
    let proxy = started(&mut site)?;
    let disk = Disk::blank(&site.dir().join("disk"), 64)?;
    let image = site.image(HOST, proxy.port())?;
    let mut machine = Machine::without_nics(firmware).disk(&disk).iso(&image);
    for (index, model) in STRANGERS.into_iter().enumerate() {
        machine = machine.nic(model, &format!("52:54:00:00:09:{index:02x}"));
    }
    let mut vm = machine.nic("virtio-net-pci", MAC).start(&site.dir().join("vm"))?;
    asks(&mut vm)?;
    let took = installs_once(&mut vm, HOST, &proxy)?;
    println!("{firmware:?}: ninth NIC: the installer runs {took:.1?} after link-up");
    vm.stop()
}

/// The first NIC has no link, so the machine asks through the second one, and the installer uses it
/// as well. The first NIC is an e1000, because iPXE takes every virtio-net NIC for connected.
fn a_nic_without_a_link_is_passed_over(firmware: Firmware) -> Result<()> {
    let second = "52:54:00:00:00:02";
    let both = format!("{}\n{HOST},{second},10.0.2.16/24,10.0.2.2,10.0.2.3,tiny,install", row());
    let mut site = site(&both)?;
    let proxy = started(&mut site)?;
    let disk = Disk::blank(&site.dir().join("disk"), 64)?;
    let machine = Machine::without_nics(firmware).disk(&disk);
    let machine = machine.nic("e1000", MAC).nic("virtio-net-pci", second);
    let mut vm = machine.iso(&site.image(HOST, proxy.port())?).start(&site.dir().join("vm"))?;
    vm.set_link(false)?;
    vm.wait_for("iPXE initialising devices", BOOT)?;
    let waited = asks(&mut vm)?;
    println!("{firmware:?}: first NIC without a link: asked after {waited}");
    assert!(waited.is_within(LINKS), "{waited}");
    installs_once(&mut vm, HOST, &proxy)?;
    let log = vm.log()?;
    assert!(log.contains(&format!(" 10.0.2.16/24 mac={second}")), "{log}");
    assert!(!log.contains("Connection timed out"), "asked without a link: {log}");
    vm.stop()
}

machines! {
    SeaBios ninth_nic_bios => the_ninth_nic_is_the_one;
    Ovmf ninth_nic_uefi => the_ninth_nic_is_the_one;
    SeaBios no_link_bios => a_nic_without_a_link_is_passed_over;
    #[ignore = "long: scripts/test long"]
    Ovmf no_link_uefi => a_nic_without_a_link_is_passed_over;
}
