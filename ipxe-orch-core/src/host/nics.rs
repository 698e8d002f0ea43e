//! Edits of a host's NICs.

use super::{HostSpec, Mac, Nic};

impl HostSpec {
    /// The NIC with this MAC address.
    pub fn nic_mut(&mut self, mac: Mac) -> Option<&mut Nic> {
        self.nics.iter_mut().find(|nic| nic.mac == mac)
    }

    /// Gives the NIC `old` the MAC address `new`, as when an adapter was replaced. Bonds then have
    /// the new address, too.
    pub fn replace_mac(&mut self, old: Mac, new: Mac) {
        let nics = self.nics.iter_mut().map(|nic| &mut nic.mac);
        let members = self.bonds.iter_mut().flat_map(|bond| bond.members.iter_mut());
        nics.chain(members).filter(|mac| **mac == old).for_each(|mac| *mac = new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::problems;

    #[test]
    fn a_replaced_nic_stays_in_its_bond() {
        let mut spec: HostSpec = serde_json::from_str(
            r#"{"name":"web1","nics":[
                {"mac":"52:54:00:00:00:01","v4":{"address":"10.0.2.15/24"}},
                {"mac":"52:54:00:00:00:02","v4":{"address":"10.0.3.15/24"}}],
                "bonds":[{"members":["52:54:00:00:00:01","52:54:00:00:00:02"],"mode":"802.3ad"}]}"#,
        )
        .unwrap();
        let (old, new) =
            ("52:54:00:00:00:02".parse().unwrap(), "52:54:00:00:00:09".parse().unwrap());
        spec.replace_mac(old, new);
        assert_eq!((spec.nics[1].mac, spec.bonds[0].members[1]), (new, new));
        assert_eq!(problems(&spec), []);
        assert!(spec.nic_mut(old).is_none() && spec.nic_mut(new).is_some());
    }
}
