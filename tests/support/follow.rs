//! What the tests with machines share: a host, its network, and reading its console step by step.

use super::{
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

/// For a boot of an emulated machine, on a busy computer with two cores.
pub(crate) const BOOT: Duration = secs(120);

/// From the first request, for which the link is up, to the decision for the local disk.
pub(crate) const PROMISE: Duration = secs(20);

/// A site that knows the hosts in `rows`. Its server does not run yet.
pub(crate) fn site(rows: &str) -> Result<Site> {
    with_hosts(Site::new()?, rows)
}

/// The same for a site that is there.
pub(crate) fn with_hosts(site: Site, rows: &str) -> Result<Site> {
    site.import(&format!("name,mac,address,gateway,dns,profile,first_boot\n{rows}\n"))?;
    Ok(site)
}

/// The row of the usual host, which is to be installed.
pub(crate) fn row() -> String {
    format!("{HOST},{MAC},10.0.2.15/24,10.0.2.2,10.0.2.3,tiny,install")
}

/// The usual machine. Its disk was installed by the attempt `before`.
pub(crate) fn installed_machine(firmware: Firmware, site: &Site) -> Result<Machine> {
    let disk = Disk::installed(&site.dir().join("disk"), HOST, "before")?;
    Ok(Machine::new(firmware, MAC).disk(&disk))
}

/// The usual machine with a blank disk.
pub(crate) fn blank_machine(firmware: Firmware, site: &Site) -> Result<Machine> {
    Ok(Machine::new(firmware, MAC).disk(&Disk::blank(&site.dir().join("disk"), 64)?))
}

/// Starts the site's server and a proxy in front of it.
pub(crate) fn started(site: &mut Site) -> Result<Proxy> {
    site.start()?;
    Proxy::start(site.address())
}

/// Waits for the first request to a server, for which the link must be up. Returns how long it
/// took.
pub(crate) fn asks(vm: &mut Vm) -> Result<Took> {
    asks_at(vm, "")
}

/// Waits for the first request to the server at `url`.
pub(crate) fn asks_at(vm: &mut Vm, url: &str) -> Result<Took> {
    Ok(Took::until(vm, &[&format!("{url}{ASKING}")])?.1)
}

/// How long something took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    all: Duration,
    /// The part of the time in which other programs kept the machine from running. On a busy
    /// computer the clock of a firmware is late by up to this much; on an idle one it is near zero.
    starved: Duration,
}

impl Took {
    /// Waits until one of `texts` appears, and says which one.
    fn until(vm: &mut Vm, texts: &[&str]) -> Result<(usize, Self)> {
        let before = vm.starved()?;
        let (index, all) = vm.wait_for_any(texts, BOOT)?;
        let starved = vm.starved()?.saturating_sub(before);
        Ok((index, Self { all, starved }))
    }

    pub(crate) fn is_within(&self, limit: Duration) -> bool {
        self.all < limit + self.starved
    }
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1?} (starved for {:.1?})", self.all, self.starved)
    }
}

/// Follows a boot to the decision for the local disk. Returns how long it took.
pub(crate) fn decides_for_its_disk(vm: &mut Vm) -> Result<Took> {
    let (index, took) = Took::until(vm, &[LOCAL, INSTALLER])?;
    assert_eq!(index, 0, "the installer ran: {}", vm.log()?);
    Ok(took)
}

/// Follows a boot from the local disk. Returns the attempt that has installed `host` on it.
pub(crate) fn boots_its_disk(vm: &mut Vm, host: &str) -> Result<String> {
    let (index, _) = vm.wait_for_any(&[INSTALLED, INSTALLER], BOOT)?;
    assert_eq!(index, 0, "the installer ran: {}", vm.log()?);
    let installed = vm.rest_of_line()?;
    let attempt = installed.strip_prefix(&format!("{host} attempt=")).map(str::to_owned);
    attempt.ok_or_else(|| format!("not the disk of {host}: {installed}").into())
}

/// An install, measured from the last text that was waited for.
pub(crate) struct Installed {
    /// How long it took until the installer ran.
    pub(crate) took: Duration,
    pub(crate) attempt: String,
}

/// Follows an install of `host` until the installed system runs.
pub(crate) fn installs(vm: &mut Vm, host: &str) -> Result<Installed> {
    let (index, took) = vm.wait_for_any(&[INSTALLER, LOCAL], BOOT)?;
    assert_eq!(index, 0, "it did not install: {}", vm.log()?);
    assert_eq!(vm.rest_of_line()?, host);
    let (index, _) = vm.wait_for_any(&ENDS, BOOT)?;
    assert_eq!(index, 0, "the install failed: {}", vm.log()?);
    Ok(Installed { took, attempt: boots_its_disk(vm, host)? })
}

/// The same, and checks that `proxy` has seen exactly one claim.
pub(crate) fn installs_once(vm: &mut Vm, host: &str, proxy: &Proxy) -> Result<Duration> {
    let installed = installs(vm, host)?;
    assert_eq!(proxy.exchanges("/claim").len(), 1, "claims");
    Ok(installed.took)
}

/// A test for each case, on one firmware.
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
