//! The proof: shows by visiting all reachable states that a script ends well, whatever fails.
//!
//! A state consists of the next command, the settings that can steer the script, the selected
//! image, and whether a SAN drive is attached and the claim was granted. A command that depends on
//! the network, disks or firmware goes both ways, success and failure, from each state. All states
//! are visited, at most [`MAX_STATES`]. A path that comes back to a state that it has passed is an
//! endless loop.
//!
//! # What is analysed
//! Labels, command names and numbers may contain settings that the script itself sets (`goto
//! nic${n}` after `set n:int32 0` and `inc n`). A label may also be an item of a menu, or a value that
//! is only ever set to known texts. If nothing is known of a label, the proof follows every label that
//! fits, and the failure of `goto`. Anything else is reported as [`Code::NotAnalysed`].
//!
//! # What is assumed
//! - A machine has at most [`MAX_DEVICES`] network devices, so `${net32/mac}` is empty. Loops over
//!   devices end because of this.
//! - A script chained from a server was proved with [`Role::Server`](super::Role::Server) and
//!   linted. It sets no reserved setting, and its own proof covers what it boots. It may leave an
//!   attached SAN drive, selected images and changes of any other setting.
//! - In a boot image, reserved settings (`idx`, `orch-...`) have no value before the script sets
//!   them. Any other setting may have any value.
//! - A value that comes from outside has at most 256 bytes and is not an option of the command that
//!   it is given to. A value that the machine or its network chooses may contain `$`, and each use of
//!   one is reported ([`Code::ForeignValue`]); another value does not.
//! - The build is one that we know; commands and types of settings are those of Debian 13.
//! - Where iPXE executes what it downloads, the server sends only scripts and errors.
//! - An unknown value in `--filename` does not lead out of its folder.
//! - When a drive or a loader starts, the script has ended: iPXE cannot see what happens then.

mod branch;
mod explore;
mod growth;
mod images;
mod leave;
mod live;
mod local;
mod relevant;
mod state;
#[cfg(test)]
mod tests;

pub(super) use live::targets;

use super::{
    Finding, Firmware, Role, Rules, Script,
    finding::{Code, Severity},
};
use std::collections::BTreeSet;

/// The largest number of states of a proof.
pub const MAX_STATES: usize = 100_000;

/// The largest number of network devices of a machine.
pub const MAX_DEVICES: usize = 32;

/// How a proved script can end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum End {
    /// The selected image boots.
    Kernel,
    /// A downloaded image boots, or a script that ends by itself runs.
    Chained,
    /// A SAN drive boots.
    San,
    /// The disk with this BIOS drive number boots.
    Drive(u32),
    /// This loader on a disk starts.
    Loader(String),
    /// The BIOS tries its next boot device.
    NextDevice,
    /// The UEFI firmware tries its next boot entry.
    NextEntry,
    /// The image that chained the script goes on.
    Returns,
}

/// The result of a proof: the script ends well on every path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// All ends, each with the number of its line.
    pub ends: BTreeSet<(usize, End)>,
    /// The number of states that were visited.
    pub states: usize,
}

/// Proves that every path of the script ends in a booted kernel, a SAN boot or the local disk. The
/// answer of a server may also end by returning to the image that asked.
///
/// # Example
///
/// ```
/// use ipxe_orch_core::script::{Firmware, Role, Script, prove};
/// let script = Script::parse("#!ipxe\n:again\nkernel --timeout 4000 vmlinuz || goto again\nboot ||\n")?;
/// let why = prove(&script, Firmware::Uefi, Role::Server).unwrap_err();
/// assert_eq!(why[0].to_string().split(':').nth(1), Some(" endless-loop"));
/// # Ok::<(), ipxe_orch_core::script::ParseError>(())
/// ```
///
/// # Errors
/// The findings that make the proof fail, sorted by line. All of them have [`Severity::Error`].
pub fn prove(script: &Script, firmware: Firmware, role: Role) -> Result<Proof, Vec<Finding>> {
    prove_within(script, firmware, role, MAX_STATES)
}

/// The same as [`prove`], but gives up after `states` states instead of [`MAX_STATES`].
///
/// # Errors
/// As [`prove`].
pub fn prove_within(
    script: &Script,
    firmware: Firmware,
    role: Role,
    states: usize,
) -> Result<Proof, Vec<Finding>> {
    let found = explore::explore(script, firmware, role, states);
    let wrong: Vec<_> =
        found.findings.into_iter().filter(|f| f.severity() == Severity::Error).collect();
    if wrong.is_empty() { Ok(Proof { ends: found.ends, states: found.states }) } else { Err(wrong) }
}

/// The linter's findings about claims, which depend on paths.
pub(super) fn claims(script: &Script, rules: Rules) -> Vec<Finding> {
    if !rules.claim {
        return Vec::new();
    }
    let mut found = Vec::new();
    for firmware in [Firmware::Bios, Firmware::Uefi] {
        let explored = explore::explore(script, firmware, rules.role, MAX_STATES);
        let given_up = |finding: &Finding| finding.code == Code::TooManyStates;
        found.extend(explored.findings.into_iter().filter(given_up));
        let missing = |line| {
            Finding::new(line, Code::MissingClaim, "something boots here without a claim before it")
        };
        found.extend(explored.unclaimed.into_iter().map(missing));
        let late = |line| {
            Finding::new(line, Code::WorkAfterClaim, "this downloads something after the claim")
        };
        found.extend(explored.late.into_iter().map(late));
    }
    found
}
