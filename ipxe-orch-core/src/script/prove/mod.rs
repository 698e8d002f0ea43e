//! Proves by reachability that a script ends well, whatever fails.
//!
//! Each command that depends on the world goes both ways, from each state that is reached: a
//! command, the settings that can steer the script, the selected image, whether a drive is hooked
//! and the claim was granted. All states are visited, at most [`MAX_STATES`]; a path that comes
//! back to a state is a loop.
//!
//! # What is analysed
//! Labels, command names and numbers may hold settings as far as the script itself sets them
//! (`goto nic${n}` after `set n:int32 0` and `inc n`). Anything else is
//! [`Code::NotAnalysed`].
//!
//! # What is assumed
//! - A machine has at most [`MAX_DEVICES`] network devices: `${net32/mac}` is empty. Loops over
//!   devices end by this.
//! - A script chained from a server was proved with [`Role::Server`](super::Role::Server) and
//!   linted: it sets no reserved setting, and what it boots is its own proof's matter. It may leave a hooked
//!   drive, selected images and any other setting behind.
//! - In a boot image reserved settings (`idx`, `orch-...`) have no value before the script sets
//!   them. Every other one may have any.
//! - No value that comes from outside holds `$` or more than 256 bytes, or is an option of the
//!   command that it is given to.
//! - Where iPXE executes what it gets, the server sends scripts and errors only.
//! - No value that is not known, as a part of `--filename`, leads out of its folder.
//! - A drive or a loader that starts is the end: iPXE cannot see what becomes of it.

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

/// Most states of a proof.
pub const MAX_STATES: usize = 100_000;

/// Network devices that a machine has at most.
pub const MAX_DEVICES: usize = 32;

/// How a proved script can end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum End {
    /// The selected image boots.
    Kernel,
    /// It boots a downloaded image, or a script that ends by itself.
    Chained,
    /// A drive of the network boots.
    San,
    /// This drive of a BIOS boots.
    Drive(u32),
    /// A loader on a disk starts.
    Loader(String),
    /// BIOS goes on to its next device.
    NextDevice,
    /// UEFI goes on to its next boot entry.
    NextEntry,
    /// The image that chained the script goes on.
    Returns,
}

/// A script that ends well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// All its ends, with their lines.
    pub ends: BTreeSet<(usize, End)>,
    /// How many states were visited.
    pub states: usize,
}

/// Proves that every path of the script ends in a booted kernel, a SAN boot or the local disk,
/// or, for the answer of a server, in the image that asked.
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
/// What stands in the way, by line.
pub fn prove(script: &Script, firmware: Firmware, role: Role) -> Result<Proof, Vec<Finding>> {
    prove_within(script, firmware, role, MAX_STATES)
}

/// [`prove`], giving up after so many states.
pub(super) fn prove_within(
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

/// What the linter says of claims, which takes paths.
pub(super) fn claims(script: &Script, rules: Rules) -> Vec<Finding> {
    if !rules.claim {
        return Vec::new();
    }
    let mut found = Vec::new();
    for firmware in [Firmware::Bios, Firmware::Uefi] {
        let explored = explore::explore(script, firmware, rules.role, MAX_STATES);
        let given_up = |finding: &Finding| finding.code == Code::TooManyStates;
        found.extend(explored.findings.into_iter().filter(given_up));
        let missing = |line| Finding::new(line, Code::MissingClaim, "it boots without a claim");
        found.extend(explored.unclaimed.into_iter().map(missing));
        let late = |line| Finding::new(line, Code::WorkAfterClaim, "a download after the claim");
        found.extend(explored.late.into_iter().map(late));
    }
    found
}
