//! What these tests have in common: a host, its network, and its console read step by step.

use crate::support::{
    Result,
    disk::Disk,
    machine::{Firmware, Machine},
    proxy::Proxy,
    secs,
    server::Site,
    vm::Vm,
};
use std::{fmt, time::Duration};

pub(crate) const HOST: &str = "web1";
pub(crate) const MAC: &str = "52:54:00:00:00:01";

const ASKING: &str = "/boot/v1/canary";
const LOCAL: &str = "booting the local disk";
const INSTALLER: &str = "tiny: installer started for ";
const INSTALLED: &str = "tiny: booted from local disk host=";
const ENDS: [&str; 2] = ["tiny: reported done", "tiny: FAILED"];

/// Emulated, on a busy machine with two cores.
pub(crate) const BOOT: Duration = secs(120);

/// From the first request, for which the link is up, to the decision for the local disk.
pub(crate) const PROMISE: Duration = secs(20);

/// A site that knows the hosts of `rows`, not running yet.
pub(crate) fn site(rows: &str) -> Result<Site> {
    let site = Site::new()?;
    site.import(&format!("name,mac,address,gateway,dns,profile,first_boot\n{rows}\n"))?;
    Ok(site)
}

/// The row of the usual host, which is to be installed.
pub(crate) fn row() -> String {
    format!("{HOST},{MAC},10.0.2.15/24,10.0.2.2,10.0.2.3,tiny,install")
}

/// The usual machine, with a disk on which `before` is the attempt that installed it.
pub(crate) fn installed_machine(firmware: Firmware, site: &Site) -> Result<Machine> {
    let disk = Disk::installed(&site.dir().join("disk"), HOST, "before")?;
    Ok(Machine::new(firmware, MAC).disk(&disk))
}

/// The usual machine with a blank disk.
pub(crate) fn blank_machine(firmware: Firmware, site: &Site) -> Result<Machine> {
    Ok(Machine::new(firmware, MAC).disk(&Disk::blank(&site.dir().join("disk"), 64)?))
}

/// The site's server, and a proxy before it.
pub(crate) fn started(site: &mut Site) -> Result<Proxy> {
    site.start()?;
    Proxy::start(site.address())
}

/// Waits for the first request to a server: the link is up.
pub(crate) fn asks(vm: &mut Vm) -> Result<()> {
    asks_at(vm, "")
}

/// Waits for the first request to the server at `url`.
pub(crate) fn asks_at(vm: &mut Vm, url: &str) -> Result<()> {
    vm.wait_for(&format!("{url}{ASKING}"), BOOT).map(drop)
}

/// How long something took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    all: Duration,
    /// The part for which other programs kept the machine from running. A busy test machine
    /// makes the clock of a firmware late by up to so much; an idle one has none of it.
    starved: Duration,
}

impl Took {
    pub(crate) fn is_within(&self, limit: Duration) -> bool {
        self.all < limit + self.starved
    }
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1?} (starved for {:.1?})", self.all, self.starved)
    }
}

/// Follows a boot to the decision for the local disk; returns how long it took.
pub(crate) fn decides_for_its_disk(vm: &mut Vm) -> Result<Took> {
    let before = vm.starved()?;
    let (index, all) = vm.wait_for_any(&[LOCAL, INSTALLER], BOOT)?;
    assert_eq!(index, 0, "the installer ran: {}", vm.log()?);
    let starved = vm.starved()?.saturating_sub(before);
    Ok(Took { all, starved })
}

/// Follows a boot from the local disk; returns "HOST attempt=ATTEMPT" of what is on it.
pub(crate) fn boots_its_disk(vm: &mut Vm) -> Result<String> {
    let (index, _) = vm.wait_for_any(&[INSTALLED, INSTALLER], BOOT)?;
    assert_eq!(index, 0, "the installer ran: {}", vm.log()?);
    vm.rest_of_line()
}

/// Follows an install up to the installed system: that of `host`, and it was claimed once.
pub(crate) fn installs(vm: &mut Vm, host: &str, proxy: &Proxy) -> Result<Duration> {
    let (index, took) = vm.wait_for_any(&[INSTALLER, LOCAL], BOOT)?;
    assert_eq!(index, 0, "it did not install: {}", vm.log()?);
    assert_eq!(vm.rest_of_line()?, host);
    let (index, _) = vm.wait_for_any(&ENDS, BOOT)?;
    assert_eq!(index, 0, "the install failed: {}", vm.log()?);
    let booted = boots_its_disk(vm)?;
    assert!(booted.starts_with(&format!("{host} attempt=")), "{booted}");
    assert_eq!(proxy.exchanges("/claim").len(), 1, "claims");
    Ok(took)
}

/// A test of each case on a firmware.
macro_rules! machines {
    ($($(#[$attribute:meta])* $firmware:ident $name:ident => $case:ident;)*) => {$(
        $(#[$attribute])*
        #[test]
        fn $name() -> $crate::support::Result<()> {
            $case($crate::support::machine::Firmware::$firmware)
        }
    )*};
}
pub(crate) use machines;
