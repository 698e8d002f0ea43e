//! Hosts: what people say of a machine.

mod mac;
mod network;
mod problem;

pub use mac::{InvalidMac, Mac};
pub use network::{Mtu, Nic, OutOfRange, Route, StaticV4, StaticV6, VlanId};
pub use problem::{HostProblem, MAX_NAME_SERVERS, MAX_NICS, problems};

use crate::{
    digest::Digest,
    names::{HostName, LabelKey, LabelValue, ProfileName, Serial, SiteName},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What people say of a host; editing it never touches a mark or an install under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostSpec {
    /// Unique among the hosts of a store.
    pub name: HostName,
    /// Where it stands; addresses are unique within a site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteName>,
    /// What a mark installs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileName>,
    /// Its cards, in the order in which the boot stage tries them; 1 to [`MAX_NICS`].
    pub nics: Vec<Nic>,
    /// SMBIOS system UUID; checked at boot where it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<Uuid>,
    /// SMBIOS system serial number; checked at boot where it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<Serial>,
    /// For selection.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// How the machine gets to its own disk.
    #[serde(default, skip_serializing_if = "LocalBoot::is_auto")]
    pub local_boot: LocalBoot,
    /// Links of several cards in the installed system.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bonds: Vec<Bond>,
}

impl HostSpec {
    /// A host with these cards and nothing else said.
    pub const fn new(name: HostName, nics: Vec<Nic>) -> Self {
        Self {
            name,
            site: None,
            profile: None,
            nics,
            uuid: None,
            serial: None,
            labels: BTreeMap::new(),
            local_boot: LocalBoot::Auto,
            bonds: Vec::new(),
        }
    }

    /// SHA-256 of the specification's JSON; what an approval covers and a mark pins.
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }
}

/// How a machine gets from the boot image to its own disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LocalBoot {
    /// BIOS: the first hard disk. UEFI: the known loaders in turn, then the next boot entry.
    #[default]
    Auto,
    /// The firmware's next boot entry.
    NextEntry,
    /// UEFI: this loader on any disk, then as `Auto`.
    Loader(LoaderPath),
    /// BIOS: this drive, `0x80` the first; UEFI as `Auto`.
    Drive(u8),
}

impl LocalBoot {
    /// Whether nothing special was said.
    pub fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

/// A file on an EFI system partition, as `\EFI\debian\shimx64.efi`: at most 120 characters, parts
/// of `A-Z`, `a-z`, `0-9`, `-`, `_` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LoaderPath(String);

/// The text is no loader path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not the path of a loader: at most 120 characters as \\EFI\\debian\\shimx64.efi, \
     parts of A-Z, a-z, 0-9, `-`, `_` and `.`",
    .0.escape_debug()
)]
pub struct InvalidLoaderPath(String);

impl LoaderPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LoaderPath {
    type Error = InvalidLoaderPath;

    fn try_from(text: String) -> Result<Self, InvalidLoaderPath> {
        let part = |part: &str| {
            !part.is_empty()
                && !part.chars().all(|c| c == '.')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let right = text.len() <= 120
            && text.strip_prefix('\\').is_some_and(|rest| rest.split('\\').all(part));
        if right { Ok(Self(text)) } else { Err(InvalidLoaderPath(text)) }
    }
}

impl From<LoaderPath> for String {
    fn from(path: LoaderPath) -> Self {
        path.0
    }
}

/// Several cards as one link in the installed system; the boot stage uses one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bond {
    /// Its cards.
    pub members: Vec<Mac>,
    /// How they share the work.
    pub mode: BondMode,
    /// Tag on top of the bond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan: Option<VlanId>,
}

/// Linux bonding modes that installers know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BondMode {
    /// One card at a time.
    ActiveBackup,
    /// IEEE 802.1AX link aggregation.
    #[serde(rename = "802.3ad")]
    Lacp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loader_paths_cannot_leave_their_command() {
        for bad in ["", "EFI\\x.efi", "\\", "\\EFI\\..\\x", "\\EFI\\a b", "\\EFI\\${x}", "\\EFI\\"]
        {
            assert!(LoaderPath::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        assert!(LoaderPath::try_from(r"\EFI\debian\shimx64.efi".to_owned()).is_ok());
    }

    #[test]
    fn a_specification_survives_json_and_refuses_unknown_fields() {
        let json = r#"{"name":"web1","nics":[{"mac":"52:54:00:12:34:56","vlan":123,
            "v4":{"address":"10.0.2.15/24","gateway":"10.0.2.2"},"dns":["10.0.2.3"]}]}"#;
        let spec: HostSpec = serde_json::from_str(json).unwrap();
        let again: HostSpec = serde_json::from_str(&serde_json::to_string(&spec).unwrap()).unwrap();
        assert_eq!(spec, again);
        assert_eq!(spec.digest(), again.digest());
        let unknown = json.replace("\"dns\"", "\"nds\"");
        assert!(serde_json::from_str::<HostSpec>(&unknown).is_err());
    }
}
