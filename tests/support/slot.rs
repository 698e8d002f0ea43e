//! Limits how many virtual machines run at the same time on this computer.

use super::{Result, poll, secs};
use std::fs::{File, OpenOptions};

/// Emulation needs one core for each machine, and small computers have two.
const SLOTS: usize = 2;

/// The right to run a virtual machine, until it is dropped.
///
/// It is a lock on a file, because test runners use threads or processes.
#[derive(Debug)]
pub(crate) struct Slot(#[expect(dead_code, reason = "held for its lock")] File);

impl Slot {
    /// Waits for a free slot.
    pub(crate) fn take() -> Result<Self> {
        let files = (0..SLOTS).map(lock_file).collect::<Result<Vec<_>>>()?;
        let free = || Ok(files.iter().position(|file| file.try_lock().is_ok()));
        let index = poll(secs(1800), free)?.ok_or("no free slot for a virtual machine")?;
        files.into_iter().nth(index).map(Self).ok_or_else(|| "no such slot".into())
    }
}

fn lock_file(index: usize) -> Result<File> {
    let path = std::env::temp_dir().join(format!("ipxe-orch-test-vm-{index}.lock"));
    Ok(OpenOptions::new().create(true).truncate(false).write(true).open(path)?)
}
