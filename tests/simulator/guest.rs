//! A machine that runs one case after another, and is started again after a case has ended it.

use crate::{
    corpus::{Case, Hardware},
    media,
    site::Site,
    support::{
        Result,
        disk::Disk,
        follow::BOOT,
        machine::{Firmware, Machine},
        poll, secs,
        vm::Vm,
    },
    watch,
};
use ipxe_orch_core::{image::Medium, script};
use std::path::PathBuf;

/// A machine with its server and its files.
pub(crate) struct Guest {
    firmware: Firmware,
    site: Site,
    dir: tempfile::TempDir,
    vms: usize,
    running: Option<(Hardware, Vm)>,
    /// Whether the last case still runs and can be cancelled.
    stuck: bool,
}

/// What a case did in iPXE.
pub(crate) struct Real {
    pub(crate) ending: String,
    pub(crate) requests: Vec<String>,
    pub(crate) console: String,
}

impl Guest {
    pub(crate) fn new(firmware: Firmware) -> Result<Self> {
        let (site, dir) = (Site::start()?, tempfile::tempdir()?);
        Ok(Self { firmware, site, dir, vms: 0, running: None, stuck: false })
    }

    pub(crate) fn port(&self) -> u16 {
        self.site.port()
    }

    /// Runs a case.
    pub(crate) fn run(&mut self, case: &Case) -> Result<Real> {
        self.prepare(&case.hardware())?;
        let control = control(&case.hardware());
        let (site, running) = (self.site.clone(), self.running.as_mut());
        let (_, vm) = running.ok_or("no machine")?;
        let from = vm.log()?.len();
        site.hand(case, control)?;
        let ending = watch::ending(vm, &site, case, from)?;
        self.stuck = matches!(ending.as_str(), "hung" | "person");
        let console = vm.log()?.get(from..).unwrap_or_default().to_owned();
        Ok(Real { ending, requests: site.requests(), console })
    }

    /// Makes sure that a machine with this hardware waits for a case.
    fn prepare(&mut self, hardware: &Hardware) -> Result<()> {
        let ended = match &mut self.running {
            Some((own, vm)) => own != hardware || vm.has_ended()?,
            None => true,
        };
        if ended {
            self.running = None;
            self.site.forget();
            self.running = Some((hardware.clone(), self.start(hardware)?));
        } else if !self.comes_back()? {
            let (_, vm) = self.running.as_mut().ok_or("no machine")?;
            vm.reset()?;
            self.site.forget();
        }
        let site = self.site.clone();
        let waits = poll(BOOT, || Ok(site.is_waiting().then_some(())))?;
        let log = self.running.as_ref().map_or(Ok(String::new()), |(_, vm)| vm.log())?;
        waits.ok_or_else(|| format!("the machine does not ask for a script: {log}").into())
    }

    /// Whether the machine waits for a case, if necessary after the running one is cancelled.
    fn comes_back(&self) -> Result<bool> {
        let waits = |limit| poll(limit, || Ok(self.site.is_waiting().then_some(())));
        if self.site.status().is_some() {
            return Ok(waits(secs(20))?.is_some());
        }
        // A machine that restarts would read the key when it asks for a case.
        if !self.stuck {
            return Ok(false);
        }
        let (_, vm) = self.running.as_ref().ok_or("no machine")?;
        vm.press("ctrl-c")?;
        Ok(waits(secs(4))?.is_some())
    }

    fn start(&mut self, hardware: &Hardware) -> Result<Vm> {
        let script = media::asking(self.port(), control(hardware));
        let medium = if self.firmware == Firmware::Ovmf { Medium::Cd } else { hardware.medium };
        self.start_with(hardware, medium, &script)
    }

    /// Starts a machine whose image has this script.
    pub(crate) fn start_with(
        &mut self,
        hardware: &Hardware,
        medium: Medium,
        script: &str,
    ) -> Result<Vm> {
        self.vms += 1;
        let dir = self.dir.path().join(format!("vm{}", self.vms));
        std::fs::create_dir_all(&dir)?;
        let image = media::image(&dir, medium, script)?;
        let mut machine = Machine::without_nics(self.firmware);
        machine = if medium == Medium::Cd { machine.iso(&image) } else { machine.usb(&image) };
        if let Some(serial) = &hardware.serial {
            machine = machine.serial(serial);
        }
        for nic in &hardware.nics {
            // iPXE takes every virtio-net NIC for connected.
            let model = if nic.link { "virtio-net-pci" } else { "e1000" };
            machine = machine.nic(model, &nic.mac);
        }
        for (index, disk) in hardware.disks.iter().enumerate() {
            let path: PathBuf = media::disk(&dir, index, of(self.firmware), disk)?;
            machine = machine.disk(&Disk::at(path));
        }
        let vm = machine.start(&dir)?;
        if hardware.nics.first().is_some_and(|nic| !nic.link) {
            vm.set_link(false)?;
        }
        Ok(vm)
    }
}

/// The firmware in the model.
pub(crate) fn of(firmware: Firmware) -> script::Firmware {
    match firmware {
        Firmware::SeaBios => script::Firmware::Bios,
        Firmware::Ovmf => script::Firmware::Uefi,
    }
}

/// The first NIC that can reach a server.
fn control(hardware: &Hardware) -> usize {
    hardware.nics.iter().position(|nic| nic.link && nic.dhcp).unwrap_or_default()
}
