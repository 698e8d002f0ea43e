//! The simulator: runs a script in a described world, in simulated time.
//!
//! Durations were measured with iPXE 1.21.1+git20250501. A time-out takes as long as it says.
//! Without one it takes 16 s if no packet comes back, and 15 s to wait for a link before DHCP.

mod device;
mod disks;
mod download;
mod images;
mod machine;
mod menu;
mod other;
mod outside;
#[cfg(test)]
mod tests;
mod world;

pub use world::{Answer, Disk, Nic, World};

use super::Script;
use machine::Machine;
use std::time::Duration;

/// The largest number of commands in one run.
pub const MAX_STEPS: usize = 10_000;

/// How a run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// This image boots with these arguments.
    Kernel {
        /// The image's name in iPXE.
        name: String,
        /// The arguments.
        args: String,
    },
    /// The SAN drive at this address boots.
    San(String),
    /// This disk of the machine boots, by the number of its drive.
    Drive(u32),
    /// This loader on a disk of the machine starts.
    Loader(String),
    /// The BIOS tries its next boot device (int 18h).
    NextDevice,
    /// The UEFI firmware tries its next boot entry.
    NextEntry,
    /// The UEFI firmware opens its menu and waits for a person.
    FirmwareMenu,
    /// A failed command in this line ended the script. A BIOS then tries its next device, a UEFI
    /// firmware its next entry.
    Failed {
        /// The number of the line.
        line: usize,
    },
    /// The boot image starts again, without end.
    Itself,
    /// It waits or computes without end.
    Hung,
    /// It waits for a person at the console.
    Person,
    /// The machine restarts.
    Reset,
    /// The machine is switched off.
    Off,
    /// The run was stopped after more than [`MAX_STEPS`] commands, or more than 16 MiB of text in
    /// them.
    Loop,
}

/// A command that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The number of scripts that called this one, directly or not.
    pub depth: usize,
    /// The number of its line.
    pub line: usize,
    /// Its words after settings were expanded, at most 200 characters. They may contain secrets if
    /// the script does.
    pub command: String,
    /// Whether it succeeded. For the command that ended the run: whether it did what it should.
    pub succeeded: bool,
    /// The time at which it ended, since the start of the run.
    pub at: Duration,
}

/// The result of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// How the run ended.
    pub ending: Ending,
    /// The commands, in the order in which they ended.
    pub trace: Vec<Step>,
    /// The requested addresses in order, once for each command.
    pub requests: Vec<String>,
    /// How long the run took.
    pub elapsed: Duration,
}

/// Runs a script from its first line to an ending.
///
/// # Example
///
/// ```
/// use ipxe_orch_core::script::{Answer, Nic, Disk, Ending, Firmware, Script, World, simulate};
/// let text = "#!ipxe\ndhcp --timeout 5000 ||\nkernel --timeout 3000 http://10.0.2.2/vmlinuz quiet && boot ||\n\
///             sanboot --no-describe --drive 0x80 ||\nexit\n";
/// let mut world = World::new(Firmware::Bios);
/// world.nics.push(Nic { mac: "52:54:00:12:34:56".to_owned(), link: true, dhcp: true });
/// world.disks.push(Disk { boots: true, ..Disk::default() });
/// let script = Script::parse(text)?;
/// assert_eq!(simulate(&script, &world).ending, Ending::Drive(0x80));
/// world.answers.insert("http://10.0.2.2/vmlinuz".to_owned(), Answer::Kernel);
/// let args = "quiet".to_owned();
/// assert_eq!(simulate(&script, &world).ending, Ending::Kernel { name: "vmlinuz".to_owned(), args });
/// # Ok::<(), ipxe_orch_core::script::ParseError>(())
/// ```
pub fn simulate(script: &Script, world: &World) -> Run {
    Machine::new(world).run(script)
}
