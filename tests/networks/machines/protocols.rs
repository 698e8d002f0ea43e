//! Networks with IPv6 only, and networks on which all frames have a tag.

use crate::support::{
    Result,
    disk::Disk,
    follow::{HOST, MAC, asks, blank_machine, installs_once, machines, row, started},
    machine::{Firmware, Machine},
    proxy::Proxy,
    server::Site,
    trunk::Trunk,
};
use std::net::Ipv6Addr;

const VLAN: u16 = 123;

/// Ethernet types (RFC 7042, appendix B.1).
const IPV4_AND_ARP: [u16; 2] = [0x0800, 0x0806];

/// Nothing in this machine's network uses IPv4: neither the boot request nor the install nor the
/// reports.
fn a_network_of_ipv6_alone(firmware: Firmware) -> Result<()> {
    let mut site = Site::at(Ipv6Addr::LOCALHOST.into())?;
    let columns = "name,mac,address6,gateway6,dns,profile,first_boot";
    site.import(&format!("{columns}\n{HOST},{MAC},fec0::15/64,fec0::2,fec0::3,tiny,install\n"))?;
    site.start()?;
    let proxy = Proxy::start_at(Ipv6Addr::LOCALHOST.into(), site.address())?;
    let server = format!("http://[fec0::2]:{}", proxy.port());
    let image = site.image_asking(HOST, &[&server])?;
    let disk = Disk::blank(&site.dir().join("disk"), 64)?;
    let machine = Machine::new(firmware, MAC).ipv6_only().iso(&image).disk(&disk);
    let mut vm = machine.start(&site.dir().join("vm"))?;
    asks(&mut vm)?;
    let took = installs_once(&mut vm, HOST, &proxy)?;
    println!("{firmware:?}: IPv6 only: the installer runs {took:.1?} after link-up");
    assert_eq!(proxy.exchanges("report?status=done").len(), 1);
    vm.stop()
}

/// The network is behind a trunk that forwards only frames with the host's tag. The NIC must not
/// send any of its IPv4 frames without the tag.
fn a_network_with_tags(firmware: Firmware) -> Result<()> {
    let mut site = Site::new()?;
    let columns = "name,mac,address,gateway,dns,profile,first_boot,vlan";
    site.import(&format!("{columns}\n{},{VLAN}\n", row()))?;
    let proxy = started(&mut site)?;
    let dir = site.dir().join("vm");
    let trunk = Trunk::start(&dir, VLAN)?;
    let image = site.image(HOST, proxy.port())?;
    let mut vm = blank_machine(firmware, &site)?.iso(&image).trunk(&trunk).start(&dir)?;
    asks(&mut vm)?;
    let took = installs_once(&mut vm, HOST, &proxy)?;
    println!("{firmware:?}: VLAN: the installer runs {took:.1?} after link-up");
    let strays = trunk.strays();
    assert!(!strays.iter().any(|kind| IPV4_AND_ARP.contains(kind)), "untagged: {strays:04x?}");
    vm.stop()
}

machines! {
    SeaBios ipv6_bios => a_network_of_ipv6_alone;
    Ovmf ipv6_uefi => a_network_of_ipv6_alone;
    SeaBios vlan_bios => a_network_with_tags;
    Ovmf vlan_uefi => a_network_with_tags;
}
