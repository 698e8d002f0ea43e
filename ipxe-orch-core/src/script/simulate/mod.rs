//! Runs a script in a described world, in simulated time.
//!
//! Durations are those measured with iPXE 1.21.1+git20250501: a time-out takes as long as it
//! says; without one, 16 s where no packet comes back, and 15 s for a link before DHCP.

mod device;
mod disks;
mod download;
mod images;
mod machine;
mod other;
mod outside;
#[cfg(test)]
mod tests;
mod world;

pub use world::{Answer, Disk, Nic, World};

use super::Script;
use machine::Machine;
use std::time::Duration;

/// Most commands of a run.
pub const MAX_STEPS: usize = 10_000;

/// How a run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// This image boots, with these arguments.
    Kernel {
        /// Its name in iPXE.
        name: String,
        /// Its arguments.
        args: String,
    },
    /// The drive at this address boots.
    San(String),
    /// This drive boots: a disk of the machine.
    Drive(u32),
    /// This loader on a disk of the machine starts.
    Loader(String),
    /// BIOS goes on to its next device (int 18h).
    NextDevice,
    /// UEFI goes on to its next boot entry.
    NextEntry,
    /// UEFI opens its menu, and waits.
    FirmwareMenu,
    /// A failed command in this line ended the script: BIOS goes on to its next device, UEFI to
    /// its next entry.
    Failed {
        /// The line.
        line: usize,
    },
    /// The boot image starts again, for ever.
    Itself,
    /// It waits or computes for ever.
    Hung,
    /// It waits for a person.
    Person,
    /// The machine restarts.
    Reset,
    /// The machine is off.
    Off,
    /// More than [`MAX_STEPS`] commands, or 16 MiB of text in them.
    Loop,
}

/// A command that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How many scripts are around it.
    pub depth: usize,
    /// Its line.
    pub line: usize,
    /// Its words with settings expanded, at most 200 characters. They hold what the script holds,
    /// secrets included.
    pub command: String,
    /// Whether it succeeded; for the one that ended the run, whether it did what it was to do.
    pub succeeded: bool,
    /// When it ended.
    pub at: Duration,
}

/// What became of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// How it ended.
    pub ending: Ending,
    /// The commands in the order in which they ended.
    pub trace: Vec<Step>,
    /// The addresses that it asked for, in order; each once for each command.
    pub requests: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Runs a script from its first line to an ending.
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
