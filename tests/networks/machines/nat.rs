//! Two machines behind one address translation: the server sees the same address for both.

use crate::support::{
    Result,
    disk::Disk,
    follow::{HOST, MAC, installs_once, row, site, started},
    machine::{Firmware, Machine},
    proxy::Proxy,
};

const OTHER: &str = "web2";
const OTHER_MAC: &str = "52:54:00:00:00:02";

/// Both at the same time, one through the server's own port and one through a forwarded port; one
/// with BIOS and one with UEFI. This is the only test that takes two slots for machines.
#[test]
fn two_machines_behind_one_address() -> Result<()> {
    let other = format!("{OTHER},{OTHER_MAC},10.0.2.16/24,10.0.2.2,10.0.2.3,tiny,install");
    let mut site = site(&format!("{}\n{other}", row()))?;
    let first = started(&mut site)?;
    let forwarded = Proxy::start(site.address())?;
    let machine = |firmware, host: &str, mac: &str, port| -> Result<_> {
        let disk = Disk::blank(&site.dir().join(format!("{host}.disk")), 64)?;
        let machine = Machine::new(firmware, mac).iso(&site.image(host, port)?).disk(&disk);
        machine.start(&site.dir().join(format!("{host}.vm")))
    };
    let mut slow = machine(Firmware::Ovmf, OTHER, OTHER_MAC, forwarded.port())?;
    let mut quick = machine(Firmware::SeaBios, HOST, MAC, first.port())?;

    installs_once(&mut quick, HOST, &first)?;
    installs_once(&mut slow, OTHER, &forwarded)?;
    for host in [HOST, OTHER] {
        let shown = site.cli(&["hosts", "show", host, "--json"])?;
        assert!(shown.contains("installed"), "{shown}");
    }
    quick.stop()?;
    slow.stop()
}
