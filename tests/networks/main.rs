//! Machines on good and bad networks as they exist in datacentres: whatever a network does, a
//! machine is installed once or boots its own disk, and in time.

#[cfg(test)]
#[expect(dead_code, reason = "other tests use the rest")]
#[path = "../support/mod.rs"]
mod support;

#[cfg(test)]
mod machines {
    mod disks;
    mod faults;
    mod nat;
    mod nics;
    mod protocols;
    mod san;
    mod servers;
    mod usb;
}
