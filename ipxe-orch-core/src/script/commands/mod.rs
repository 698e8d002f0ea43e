//! The commands of iPXE as data: their options and operands (`hci/commands/*.c`), whether they
//! can fail, wait without end, or leave the script.

mod options;
mod table;

pub(super) use options::{BadArguments, Call, call};
pub use table::COMMANDS;

use super::rules::Release;

/// A command of iPXE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandSpec {
    /// Its name.
    pub name: &'static str,
    /// Its options.
    pub options: &'static [OptionSpec],
    /// Fewest and most operands.
    pub operands: (usize, usize),
    /// Which builds have it.
    pub build: Build,
    /// Whether it can fail, with right options and operands.
    pub fails: Fails,
    /// How long it can wait.
    pub waits: Waits,
    /// Where a script can end by it.
    pub leaves: Leaves,
}

/// An option of a command, before its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionSpec {
    /// After `--`.
    pub long: &'static str,
    /// After `-`.
    pub short: char,
    /// What must follow it.
    pub value: OptionValue,
}

/// What follows an option. A value must not begin with `-` as a word of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionValue {
    /// Nothing.
    Flag,
    /// Any text.
    Text,
    /// A number; a wrong one fails the command.
    Number,
    /// Milliseconds; 0 is no limit.
    Timeout,
}

/// Which builds of iPXE have a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Debian 13's 1.21.1+git20250501, and v2.0.0 as released.
    Debian13,
    /// Debian 13's; v2.0.0 only where this option is set in `config/general.h`.
    Debian13Only(&'static str),
    /// v2.0.0 as released; not Debian 13's.
    V2,
    /// Where this option is set in `config/general.h`.
    Option(&'static str),
}

/// Whether a command can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    /// With right options and operands it succeeds.
    Never,
    /// It depends on settings that the script can see.
    OnSettings,
    /// It depends on the world.
    OnWorld,
}

/// How long a command can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// At most a few seconds.
    Never,
    /// Without end, unless it has `--timeout`, which is an idle time-out for downloads.
    Network,
    /// As long as iPXE's own limits allow: `--timeout` shortens it.
    Limited,
    /// Without end, unless it has `--count`.
    Counted,
    /// As long as its operand says.
    Operand,
    /// For a person, unless it has `--timeout`.
    PersonOrTimeout,
    /// For a person.
    Person,
}

/// Where a script can end by a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// The next command runs.
    Stays,
    /// In the caller or the firmware.
    Exits,
    /// In what it boots.
    Boots,
    /// In another script, a booted image, or here again.
    Chains,
    /// In a reset or without power.
    Resets,
    /// At a person's keyboard.
    Person,
}

impl CommandSpec {
    /// The command with this name.
    pub fn lookup(name: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|spec| spec.name == name)
    }

    /// Its option with this long name.
    pub fn option(&self, long: &str) -> Option<&'static OptionSpec> {
        self.options.iter().find(|option| option.long == long)
    }

    /// Whether a build has it.
    pub fn is_in(&self, release: Release) -> bool {
        match self.build {
            Build::Debian13 => true,
            Build::Debian13Only(_) => release == Release::Debian13,
            Build::V2 => release == Release::V2,
            Build::Option(_) => false,
        }
    }

    /// Whether its first operand is the URI of what it downloads.
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
