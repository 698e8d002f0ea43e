//! One server, and it fails: the machine boots its disk, whatever the way in which it fails.

use crate::support::{
    Result,
    faults::Fault,
    follow::{
        HOST, PROMISE, Took, asks_at, boots_its_disk, decides_for_its_disk, installed_machine,
        machines, row, site,
    },
    machine::Firmware,
    vm::Vm,
};
use std::fs;

/// Those that fail at once.
const QUICK: &[Fault] = &[
    Fault::Dead,
    Fault::Status("404 Not Found"),
    Fault::Status("500 Internal Server Error"),
    Fault::Portal,
    Fault::Truncated,
];

/// Those that are silent, each in its own way, until a time-out.
const SILENT: &[Fault] = &[
    Fault::Blackholed,
    Fault::Hanging,
    Fault::DrippingHead,
    Fault::Status("503 Service Unavailable\r\nRetry-After: 1"),
    Fault::Redirecting,
];

/// The machine boots once for each fault; returns how long it took to decide each time.
fn decisions(firmware: Firmware, faults: &[Fault]) -> Result<Vec<Took>> {
    let site = site(&row())?;
    let drive = site.dir().join("drive.iso");
    let machine = installed_machine(firmware, &site)?.iso(&drive);
    let (mut running, mut decisions) = (None, Vec::new());
    for fault in faults {
        let url = fault.start()?;
        // The same file always: it stays in the machine's drive.
        fs::copy(site.image_asking(HOST, &[&url])?, &drive)?;
        let mut vm = match running.take() {
            None => machine.start(&site.dir().join("vm"))?,
            Some(mut vm) => {
                Vm::reset(&mut vm)?;
                vm
            }
        };
        asks_at(&mut vm, &url)?;
        let decision = decides_for_its_disk(&mut vm)?;
        println!("{firmware:?}: {fault:?}: local boot decided after {decision}");
        assert_eq!(boots_its_disk(&mut vm, HOST)?, "before", "{fault:?}");
        decisions.push(decision);
        running = Some(vm);
    }
    Ok(decisions)
}

/// Two requests and the pause between rounds: no time-out is waited for.
fn a_server_that_fails_at_once(firmware: Firmware) -> Result<()> {
    for decision in decisions(firmware, QUICK)? {
        assert!(decision.is_within(PROMISE / 2), "{decision}");
    }
    Ok(())
}

fn a_silent_server(firmware: Firmware) -> Result<()> {
    in_time(&decisions(firmware, SILENT)?);
    Ok(())
}

/// For UEFI, which starts slowly, the others are left to `scripts/test long`.
fn a_server_that_hangs(firmware: Firmware) -> Result<()> {
    in_time(&decisions(firmware, &[Fault::Hanging, Fault::Portal])?);
    Ok(())
}

fn in_time(decisions: &[Took]) {
    assert!(decisions.iter().all(|decision| decision.is_within(PROMISE)), "{decisions:?}");
}

/// iPXE's time-outs start again with each byte of a body, and its scripts have no clock.
/// What bounds such an answer is its own length: the machine does go on, but late.
fn a_body_that_drips(firmware: Firmware) -> Result<()> {
    let decision = decisions(firmware, &[Fault::DrippingBody(20)])?;
    assert!(decision.iter().all(|one| one.is_within(PROMISE * 3)), "{decision:?}");
    Ok(())
}

machines! {
    SeaBios quick_faults_bios => a_server_that_fails_at_once;
    SeaBios silent_faults_bios => a_silent_server;
    Ovmf two_faults_uefi => a_server_that_hangs;
    #[ignore = "long: scripts/test long"]
    Ovmf quick_faults_uefi => a_server_that_fails_at_once;
    #[ignore = "long: scripts/test long"]
    Ovmf silent_faults_uefi => a_silent_server;
    #[ignore = "long: scripts/test long"]
    SeaBios dripping_body_bios => a_body_that_drips;
    #[ignore = "long: scripts/test long"]
    Ovmf dripping_body_uefi => a_body_that_drips;
}
