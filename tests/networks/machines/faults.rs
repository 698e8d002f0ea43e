//! One server that fails: the machine boots its disk, however the server fails.

use crate::support::{
    Result,
    faults::Fault,
    follow::{
        HOST, PROMISE, asks_at, boots_its_disk, decides_for_its_disk, installed_machine, machines,
        row, site,
    },
    machine::Firmware,
    vm::Vm,
};
use std::{fs, time::Duration};

/// Faults that show at once.
const QUICK: &[Fault] = &[
    Fault::Dead,
    Fault::Status("404 Not Found"),
    Fault::Status("500 Internal Server Error"),
    Fault::Portal,
    Fault::Truncated,
];

/// Faults that show only after a time-out, each in its own way.
const SILENT: &[Fault] = &[
    Fault::Blackholed,
    Fault::Hanging,
    Fault::DrippingHead,
    Fault::Status("503 Service Unavailable\r\nRetry-After: 1"),
    Fault::Redirecting,
];

/// The machine boots once for each fault, and decides for its disk within `limit` each time.
fn decides_within(limit: Duration, firmware: Firmware, faults: &[Fault]) -> Result<()> {
    let site = site(&row())?;
    let drive = site.dir().join("drive.iso");
    let machine = installed_machine(firmware, &site)?.iso(&drive);
    let mut running: Option<Vm> = None;
    for fault in faults {
        let url = fault.start()?;
        // Always the same file, because it stays in the machine's drive.
        fs::copy(site.image_asking(HOST, &[&url])?, &drive)?;
        let mut vm = match running.take() {
            None => machine.start(&site.dir().join("vm"))?,
            Some(mut vm) => {
                vm.reset()?;
                vm
            }
        };
        asks_at(&mut vm, &url)?;
        let decision = decides_for_its_disk(&mut vm)?;
        println!("{firmware:?}: {fault:?}: local boot decided after {decision}");
        assert!(decision.is_within(limit), "{fault:?}: {decision}");
        assert_eq!(boots_its_disk(&mut vm, HOST)?, "before", "{fault:?}");
        running = Some(vm);
    }
    Ok(())
}

/// Two requests and the pause between the rounds: there is no time-out to wait for.
fn a_server_that_fails_at_once(firmware: Firmware) -> Result<()> {
    decides_within(PROMISE / 2, firmware, QUICK)
}

fn a_silent_server(firmware: Firmware) -> Result<()> {
    decides_within(PROMISE, firmware, SILENT)
}

/// iPXE's time-outs start again with each byte of a body, and a script cannot read a clock. Only
/// the length of the answer limits it: the machine goes on, but late.
fn a_body_that_drips(firmware: Firmware) -> Result<()> {
    decides_within(PROMISE * 3, firmware, &[Fault::DrippingBody(20)])
}

machines! {
    SeaBios quick_faults_bios => a_server_that_fails_at_once;
    SeaBios silent_faults_bios => a_silent_server;
    Ovmf quick_faults_uefi => a_server_that_fails_at_once;
    Ovmf silent_faults_uefi => a_silent_server;
    #[ignore = "long: scripts/test long"]
    SeaBios dripping_body_bios => a_body_that_drips;
    #[ignore = "long: scripts/test long"]
    Ovmf dripping_body_uefi => a_body_that_drips;
}
