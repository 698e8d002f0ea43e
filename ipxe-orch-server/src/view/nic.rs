//! The NICs of a host.

use ipxe_orch_core::{
    host::{HostSpec, Nic, Other},
    names::HostName,
};
use serde::Serialize;

/// A NIC of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NicView {
    /// The host.
    pub host: HostName,
    /// The NIC, with the fields that `spec.nics` of a host has.
    #[serde(flatten)]
    pub nic: Nic,
    /// The bond of the installed system that the NIC belongs to, as `MODE=MAC+MAC`.
    pub bond: Option<String>,
}

impl NicView {
    /// All NICs of a host, in the order in which the boot stage tries them.
    pub fn all(spec: &HostSpec) -> Vec<Self> {
        let bond = |nic: &Nic| {
            let its = spec.bonds.iter().find(|bond| bond.members.contains(&nic.mac));
            its.map(ToString::to_string)
        };
        let one = |nic: &Nic| Self {
            host: spec.name.clone(),
            // This version does not know whether a field of a newer version is secret.
            nic: Nic { other: Other::new(), ..nic.clone() },
            bond: bond(nic),
        };
        spec.nics.iter().map(one).collect()
    }
}
