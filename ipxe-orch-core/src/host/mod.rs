//! Hosts: what people say of a machine.

mod bond;
mod clash;
mod diff;
mod local_boot;
mod mac;
mod network;
mod problem;
mod value;

pub use bond::{Bond, BondMode, InvalidBond};
pub use clash::Clash;
pub use diff::FieldChange;
pub use local_boot::{InvalidLoaderPath, InvalidLocalBoot, LoaderPath, LocalBoot, OwnLoader};
pub use mac::{InvalidMac, Mac};
pub use network::{InvalidRoute, Mtu, Nic, OutOfRange, Route, StaticV4, StaticV6, VlanId};
pub use problem::{HostProblem, MAX_BONDS, MAX_NAME_SERVERS, MAX_NICS, MAX_ROUTES, problems};
pub use value::{HostValue, InvalidHostValue, SECRET};

use crate::{
    digest::Digest,
    names::{HostName, LabelKey, LabelValue, ProfileName, Serial, SiteName, VariableName},
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
    /// Its NICs, in the order in which the boot stage tries them; 1 to [`MAX_NICS`].
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
    /// Links of several NICs in the installed system.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bonds: Vec<Bond>,
    /// Values of its profile's variables; checked when it is marked, for the profile may come later.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<VariableName, HostValue>,
}

impl HostSpec {
    /// A host with these NICs and nothing else said.
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
        }
    }

    /// For people: sealed values show as [`SECRET`].
    #[must_use]
    pub fn masked(&self) -> Self {
        let masked = |(name, value): (&VariableName, &HostValue)| (name.clone(), value.masked());
        Self { values: self.values.iter().map(masked).collect(), ..self.clone() }
    }

    /// SHA-256 of the specification's JSON; what an approval covers and a mark pins.
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
