//! Hosts: what people say about a machine, and the check of it.

mod bond;
mod clash;
mod diff;
mod identity;
mod local_boot;
mod mac;
mod net;
mod network;
mod nics;
mod other;
mod problem;
mod reported;
mod value;

pub use bond::{Bond, BondMode, InvalidBond};
pub use clash::Clash;
pub use diff::FieldChange;
pub use identity::{InvalidSerial, SameUuid, Serial, ShownSerial, own_uuid};
pub use local_boot::{InvalidLoaderPath, InvalidLocalBoot, LoaderPath, LocalBoot, OwnLoader};
pub use mac::{InvalidMac, Mac};
pub use net::{InvalidNet, parse_net};
pub use network::{InvalidRoute, Mtu, Nic, OutOfRange, Route, StaticV4, StaticV6, VlanId};
pub use other::Other;
pub use problem::{HostProblem, MAX_BONDS, MAX_NAME_SERVERS, MAX_NICS, MAX_ROUTES, problems};
pub use value::{HostValue, InvalidHostValue, SECRET};

use crate::{
    digest::Digest,
    names::{HostName, LabelKey, LabelValue, ProfileName, SiteName, VariableName},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What people say about a host: the specification.
///
/// Editing it never changes a mark or an install that is under way: a mark keeps the specification
/// of the moment when it was set.
///
/// # Example
///
/// ```
/// use ipxe_orch_core::host::{self, HostSpec, Nic, StaticV4};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut nic = Nic::new("52:54:00:12:34:56".parse()?);
/// nic.v4 = Some(StaticV4 {
///     address: "10.0.2.15/24".parse()?,
///     gateway: Some("10.0.3.1".parse()?),
/// });
/// let spec = HostSpec::new("web1".parse()?, vec![nic]);
///
/// let problems = host::problems(&spec);
/// assert_eq!(problems.len(), 1);
/// assert_eq!(
///     problems[0].to_string(),
///     "gateway 10.0.3.1 is off-link: it is not in 10.0.2.0/24"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSpec {
    /// Its name; unique among the hosts of a store.
    pub name: HostName,
    /// The site where it stands; addresses are unique within a site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteName>,
    /// The profile that a mark installs, unless the mark names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileName>,
    /// Its NICs, in the order in which the boot stage tries them; 1 to [`MAX_NICS`].
    pub nics: Vec<Nic>,
    /// SMBIOS system UUID. If it is given, a boot request with another UUID is refused. One that
    /// many boards show counts as none ([`own_uuid`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<Uuid>,
    /// SMBIOS system serial number. If it is given, a boot request with another one is refused. One
    /// that many boards show counts as none ([`Serial::is_placeholder`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<Serial>,
    /// Labels by which people select hosts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// How the machine starts the system on its own disk.
    #[serde(default, skip_serializing_if = "LocalBoot::is_auto")]
    pub local_boot: LocalBoot,
    /// Bonds of the installed system; at most [`MAX_BONDS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bonds: Vec<Bond>,
    /// Values of the profile's variables. They are checked when the host is marked and not before,
    /// because the profile may be stored later than the host.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<VariableName, HostValue>,
    /// Fields that a newer version of this program added.
    #[serde(flatten)]
    pub other: Other,
}

impl HostSpec {
    /// A host with these NICs and otherwise the defaults.
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
            values: BTreeMap::new(),
            other: Other::new(),
        }
    }

    /// A copy to show to people, with [`SECRET`] in place of each sealed value.
    #[must_use]
    pub fn masked(&self) -> Self {
        let masked = |(name, value): (&VariableName, &HostValue)| (name.clone(), value.masked());
        let values = self.values.iter().map(masked).collect();
        // This version does not know whether a field of a newer version is secret.
        let nics = self.nics.iter().map(|nic| Nic { other: Other::new(), ..nic.clone() });
        Self { values, nics: nics.collect(), other: Other::new(), ..self.clone() }
    }

    /// Copies the fields of newer versions from `known`, which is the same host as it is stored,
    /// unless this specification has them. NICs are matched by their MAC addresses.
    pub fn keep_other(&mut self, known: &Self) {
        if self.other.is_empty() {
            self.other.clone_from(&known.other);
        }
        for nic in self.nics.iter_mut().filter(|nic| nic.other.is_empty()) {
            if let Some(same) = known.nics.iter().find(|same| same.mac == nic.mac) {
                nic.other.clone_from(&same.other);
            }
        }
    }

    /// SHA-256 of the specification's JSON. A mark pins it, and an approval is for this digest
    /// only.
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row that a newer version wrote can be read, and loses nothing when it is edited.
    #[test]
    fn what_a_newer_version_added_is_kept() {
        let json = r#"{"name":"web1","nics":[{"mac":"52:54:00:12:34:56","speed":100}],
            "rack":{"row":7},"labels":{"role":"web"}}"#;
        let known: HostSpec = serde_json::from_str(json).unwrap();
        let text = serde_json::to_string(&known).unwrap();
        assert!(text.contains(r#""speed":100"#) && text.contains(r#""rack":{"row":7}"#), "{text}");
        let fleet = r#"{"name":"web1","nics":[{"mac":"52:54:00:12:34:56","vlan":3}]}"#;
        let mut edited: HostSpec = serde_json::from_str(fleet).unwrap();
        edited.keep_other(&known);
        let text = serde_json::to_string(&edited).unwrap();
        assert!(text.contains(r#""speed":100"#) && text.contains(r#""rack":{"row":7}"#), "{text}");
        assert!(!serde_json::to_string(&known.masked()).unwrap().contains("rack"));
    }

    #[test]
    fn a_specification_survives_json() {
        let json = r#"{"name":"web1","nics":[{"mac":"52:54:00:12:34:56","vlan":123,
            "v4":{"address":"10.0.2.15/24","gateway":"10.0.2.2"},"dns":["10.0.2.3"]}]}"#;
        let spec: HostSpec = serde_json::from_str(json).unwrap();
        let again: HostSpec = serde_json::from_str(&serde_json::to_string(&spec).unwrap()).unwrap();
        assert_eq!(spec, again);
        assert_eq!(spec.digest(), again.digest());
    }
}
