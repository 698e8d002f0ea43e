//! The commands of iPXE as data: their options and operands (`hci/commands/*.c`), and whether they
//! can fail, wait without end, or leave the script.

mod options;
mod table;
mod wait;

pub(super) use options::{BadArguments, Call, call};
pub use table::COMMANDS;
pub(super) use wait::Wait;

use super::rules::{Firmware, Release};

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
    /// The builds that have the option, if they have the command.
    pub build: Build,
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
    /// A character, or the number of a key. With anything else the command fails.
    Key,
    /// A UUID. With anything else the command fails.
    Uuid,
    /// A way to configure a network device: `dhcp` or `ipv6`. With anything else the command fails.
    Configurator,
}

/// The builds of iPXE that have a command or an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// All of them: Debian 13's build (1.21.1+git20250501), the release v2.0.0 and master.
    Debian13,
    /// Debian 13's build. v2.0.0 and master have it under UEFI only.
    Debian13OrUefi,
    /// Debian 13's build. v2.0.0 and master have it only if this option is set in
    /// `config/general.h`.
    Debian13Only(&'static str),
    /// The release v2.0.0 and master, but not Debian 13's build.
    V2,
    /// The release v2.0.0 and master under UEFI.
    V2OnUefi,
    /// The development after v2.0.0 (commit `0ab2277c4` of August 2026).
    Master,
    /// Only builds in which this option is set in `config/general.h` or `config/crypto.h`.
    Option(&'static str),
}

impl Build {
    /// Whether a build is one of these.
    pub fn is_in(self, release: Release, firmware: Firmware) -> bool {
        let (debian, uefi) = (release == Release::Debian13, firmware != Firmware::Bios);
        match self {
            Self::Debian13 => true,
            Self::Debian13OrUefi => debian || uefi,
            Self::Debian13Only(_) => debian,
            Self::V2 => !debian,
            Self::V2OnUefi => !debian && uefi,
            Self::Master => release == Release::Master,
            Self::Option(_) => false,
        }
    }
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
    /// Without end if it downloads something, because it has no `--timeout`.
    Ever,
    /// For a person at the console, unless it has `--timeout`.
    PersonOrTimeout,
    /// For a person at the console. `--timeout` ends with the first key that is pressed; after that
    /// only `--retimeout` limits it, if the command has that option.
    PersonAfterKey,
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
    pub fn is_in(&self, release: Release, firmware: Firmware) -> bool {
        self.build.is_in(release, firmware)
    }

    /// The operands that must be numbers, by their index. With anything else the command fails.
    pub fn numbers(&self) -> &'static [usize] {
        match self.name {
            "exit" | "sleep" | "colour" | "cpair" | "cpuid" => &[0],
            "inc" | "pxebs" => &[1],
            "imgmem" => &[0, 1],
            _ => &[],
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
        for firmware in Firmware::ALL {
            let has = |spec: &&CommandSpec| spec.is_in(Release::Debian13, firmware);
            assert_eq!(COMMANDS.iter().filter(has).count(), 62);
        }
        assert!(CommandSpec::lookup("params").is_some_and(|spec| spec.build == Build::V2OnUefi));
    }

    /// From the sources of v2.0.0 and of master (`config/general.h`).
    #[test]
    fn newer_builds_have_other_commands() {
        let has =
            |name, release, firmware| CommandSpec::lookup(name).unwrap().is_in(release, firmware);
        for name in ["sha256sum", "sha512sum", "params", "ntp", "vcreate", "console"] {
            assert!(has(name, Release::V2, Firmware::Uefi), "{name}");
            assert!(!has(name, Release::Master, Firmware::Bios), "{name}");
        }
        assert!(has("imgset", Release::Master, Firmware::Bios));
        assert!(!has("imgset", Release::V2, Firmware::Uefi));
    }

    #[test]
    fn what_waits_for_the_network_can_be_limited() {
        for spec in COMMANDS.iter().filter(|spec| spec.waits == Waits::Network) {
            assert!(spec.option("timeout").is_some(), "{}", spec.name);
        }
    }
}
