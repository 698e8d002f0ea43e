//! The commands of iPXE as data: their options and operands (`hci/commands/*.c`), and whether they
//! can fail, wait without end, or leave the script.

mod options;
mod table;

pub(super) use options::{BadArguments, Call, call};
pub use table::COMMANDS;

use super::rules::Release;

/// One command of iPXE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandSpec {
    /// The name of the command.
    pub name: &'static str,
    /// The options that it accepts.
    pub options: &'static [OptionSpec],
    /// The smallest and largest number of operands.
    pub operands: (usize, usize),
    /// The builds that have the command.
    pub build: Build,
    /// Whether it can fail with correct options and operands.
    pub fails: Fails,
    /// How long it can wait.
    pub waits: Waits,
    /// Where a script can end through it.
    pub leaves: Leaves,
}

/// An option of a command. Options come before operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionSpec {
    /// The long name, written after `--`.
    pub long: &'static str,
    /// The short name, written after `-`.
    pub short: char,
    /// What must follow the option.
    pub value: OptionValue,
}

/// What follows an option. A value that is a word of its own must not begin with `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionValue {
    /// Nothing.
    Flag,
    /// Any text.
    Text,
    /// A number. With anything else the command fails.
    Number,
    /// A time in milliseconds. 0 means no limit.
    Timeout,
}

/// The builds of iPXE that have a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Both Debian 13's build (1.21.1+git20250501) and the release v2.0.0.
    Debian13,
    /// Debian 13's build. v2.0.0 has it only if this option is set in `config/general.h`.
    Debian13Only(&'static str),
    /// The release v2.0.0, but not Debian 13's build.
    V2,
    /// Only builds in which this option is set in `config/general.h`.
    Option(&'static str),
}

/// Whether a command can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    /// With correct options and operands it always succeeds.
    Never,
    /// It depends on settings, which the script can read.
    OnSettings,
    /// It depends on the network, disks or firmware.
    OnWorld,
}

/// How long a command can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// A few seconds at most.
    Never,
    /// Without end, unless it has `--timeout`. For downloads that limits the time without progress
    /// only.
    Network,
    /// As long as iPXE's own limits allow. `--timeout` makes it shorter.
    Limited,
    /// Without end, unless it has `--count`.
    Counted,
    /// As long as its operand says.
    Operand,
    /// For a person at the console, unless it has `--timeout`.
    PersonOrTimeout,
    /// For a person at the console.
    Person,
}

/// Where a script can end through a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// It does not end: the next command runs.
    Stays,
    /// In the script that chained it, or in the firmware.
    Exits,
    /// In the system that the command boots.
    Boots,
    /// In another script or a booted image; the script may also go on.
    Chains,
    /// In a reset or a power-off.
    Resets,
    /// At the console, where a person has to type.
    Person,
}

impl CommandSpec {
    /// The command with this name.
    pub fn lookup(name: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|spec| spec.name == name)
    }

    /// The option with this long name.
    pub fn option(&self, long: &str) -> Option<&'static OptionSpec> {
        self.options.iter().find(|option| option.long == long)
    }

    /// Whether a build has the command.
    pub fn is_in(&self, release: Release) -> bool {
        match self.build {
            Build::Debian13 => true,
            Build::Debian13Only(_) => release == Release::Debian13,
            Build::V2 => release == Release::V2,
            Build::Option(_) => false,
        }
    }

    /// Whether the first operand is the URI of a download.
    pub fn downloads(&self) -> bool {
        matches!(
            self.name,
            "imgfetch"
                | "module"
                | "initrd"
                | "kernel"
                | "chain"
                | "imgselect"
                | "imgload"
                | "imgexec"
                | "boot"
                | "imgargs"
                | "shim"
                | "certstore"
                | "imgextract"
                | "imgdecrypt"
                | "imgverify"
                | "fdt"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_command_and_option_is_there_once() {
        let names: BTreeSet<_> = COMMANDS.iter().map(|spec| spec.name).collect();
        assert_eq!(names.len(), COMMANDS.len());
        for spec in COMMANDS {
            let long: BTreeSet<_> = spec.options.iter().map(|option| option.long).collect();
            let short: BTreeSet<_> = spec.options.iter().map(|option| option.short).collect();
            assert_eq!((long.len(), short.len()), (spec.options.len(), spec.options.len()));
            assert!(spec.operands.0 <= spec.operands.1, "{}", spec.name);
        }
    }

    /// Counted in Debian 13's `ipxe-amd64.efi` and in the decompressed `ipxe.lkrn`.
    #[test]
    fn debian_13_has_62_commands() {
        let has = |spec: &&CommandSpec| spec.is_in(Release::Debian13);
        assert_eq!(COMMANDS.iter().filter(has).count(), 62);
        assert!(CommandSpec::lookup("params").is_some_and(|spec| spec.build == Build::V2));
    }

    #[test]
    fn what_waits_for_the_network_can_be_limited() {
        for spec in COMMANDS.iter().filter(|spec| spec.waits == Waits::Network) {
            assert!(spec.option("timeout").is_some(), "{}", spec.name);
        }
    }
}
