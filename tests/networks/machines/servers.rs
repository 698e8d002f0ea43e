//! Several servers: the first one that can installs the machine.

use crate::support::{
    Result,
    faults::Fault,
    follow::{
        HOST, PROMISE, asks, blank_machine, boots_its_disk, decides_for_its_disk,
        installed_machine, installs_once, machines, row, site, started,
    },
    machine::Firmware,
    proxy::Proxy,
    server::Site,
};

/// Two servers are dead, one of them silent. The third one installs.
fn the_third_server_installs(firmware: Firmware) -> Result<()> {
    let mut site = site(&row())?;
    let proxy = started(&mut site)?;
    let (dead, silent) = (Fault::Dead.start()?, Fault::Blackholed.start()?);
    let image = site.image_asking(HOST, &[&dead, &silent, &Site::url(proxy.port())])?;
    let machine = blank_machine(firmware, &site)?.iso(&image);
    let mut vm = machine.start(&site.dir().join("vm"))?;
    asks(&mut vm)?;
    let took = installs_once(&mut vm, HOST, &proxy)?;
    println!("{firmware:?}: two dead servers: the installer runs {took:.1?} after link-up");
    vm.stop()
}

/// The first server has lost its database and says so (5xx) instead of "nothing to install".
fn a_server_without_its_database_is_passed_over(firmware: Firmware) -> Result<()> {
    let mut site = site(&row())?;
    let mut broken = site.twin()?;
    site.start()?;
    broken.start()?;
    broken.spoil_database()?;
    let (first, second) = (Proxy::start(broken.address())?, Proxy::start(site.address())?);
    let urls = [Site::url(first.port()), Site::url(second.port())];
    let image = site.image_asking(HOST, &[&urls[0], &urls[1]])?;
    let machine = blank_machine(firmware, &site)?.iso(&image);
    let mut vm = machine.start(&site.dir().join("vm"))?;
    asks(&mut vm)?;
    let took = installs_once(&mut vm, HOST, &second)?;
    println!(
        "{firmware:?}: first server without database: installer runs {took:.1?} after link-up"
    );
    let seen = first.exchanges("/boot/v1/script");
    assert!(seen.iter().all(|one| one.status >= 500), "{seen:?}");
    let asked = second.exchanges("/boot/v1/script").pop().ok_or("no boot request")?;
    let told = broken.get(&asked.target);
    let (status, _) = told.map_err(|error| format!("{error:?}: {}", broken.log()))?;
    assert!(status >= 500, "{status}");
    vm.stop()
}

/// As many servers as an image can have, and none answers: the machine boots its disk in the same
/// time.
fn three_silent_servers_lead_to_the_disk(firmware: Firmware) -> Result<()> {
    let site = site(&row())?;
    let faults = [Fault::Blackholed, Fault::Hanging, Fault::Redirecting];
    let urls = faults.into_iter().map(Fault::start).collect::<Result<Vec<_>>>()?;
    let image = site.image_asking(HOST, &urls.iter().map(String::as_str).collect::<Vec<_>>())?;
    let machine = installed_machine(firmware, &site)?.iso(&image);
    let mut vm = machine.start(&site.dir().join("vm"))?;
    asks(&mut vm)?;
    let decision = decides_for_its_disk(&mut vm)?;
    println!("{firmware:?}: three silent servers: local boot decided after {decision}");
    assert!(decision.is_within(PROMISE), "{decision}");
    assert_eq!(boots_its_disk(&mut vm, HOST)?, "before");
    vm.stop()
}

machines! {
    SeaBios third_server_bios => the_third_server_installs;
    #[ignore = "long: scripts/test long"]
    Ovmf third_server_uefi => the_third_server_installs;
    SeaBios no_database_bios => a_server_without_its_database_is_passed_over;
    Ovmf no_database_uefi => a_server_without_its_database_is_passed_over;
    SeaBios three_silent_bios => three_silent_servers_lead_to_the_disk;
    #[ignore = "long: scripts/test long"]
    Ovmf three_silent_uefi => three_silent_servers_lead_to_the_disk;
}
