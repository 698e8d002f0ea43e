//! Completes what a fleet file says of a known host with what is registered.

use super::columns::Column;
use crate::{
    host::{HostSpec, Mac, Nic, SECRET},
    names::VariableName,
};
use std::collections::BTreeSet;

/// What an import does with values of a known host about which the file says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unsaid {
    /// It keeps the values of columns that the file does not have, and the NICs that no row names.
    #[default]
    Keep,
    /// It erases them: a column that the file does not have counts as empty. Variables without a
    /// column are kept.
    Erase,
}

/// The columns of a fleet file. An empty cell erases a value; a column that the file does not have
/// says nothing about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    pub(super) named: BTreeSet<Column>,
    pub(super) variables: BTreeSet<VariableName>,
}

impl Columns {
    fn lacks(&self, column: Column) -> bool {
        !self.named.contains(&column)
    }

    /// What becomes of the host `known` if the file says `said` of it. The way to the local disk is
    /// kept, because no column has it. [`SECRET`] stands for the secret that is stored.
    #[must_use]
    pub fn complete(&self, said: &HostSpec, known: &HostSpec, unsaid: Unsaid) -> HostSpec {
        let mut spec = said.clone();
        spec.local_boot.clone_from(&known.local_boot);
        self.values(&mut spec, known);
        if unsaid == Unsaid::Keep {
            self.host(&mut spec, known);
            self.nics(&mut spec, known);
        }
        spec
    }

    fn values(&self, spec: &mut HostSpec, known: &HostSpec) {
        for (name, value) in &known.values {
            let kept = match spec.values.get(name) {
                Some(given) => given.as_str() == SECRET,
                None => !self.variables.contains(name),
            };
            if kept {
                spec.values.insert(name.clone(), value.clone());
            }
        }
    }

    fn host(&self, spec: &mut HostSpec, known: &HostSpec) {
        if self.lacks(Column::Site) {
            spec.site.clone_from(&known.site);
        }
        if self.lacks(Column::Profile) {
            spec.profile.clone_from(&known.profile);
        }
        if self.lacks(Column::Uuid) {
            spec.uuid = known.uuid;
        }
        if self.lacks(Column::Serial) {
            spec.serial.clone_from(&known.serial);
        }
        if self.lacks(Column::Labels) {
            spec.labels.clone_from(&known.labels);
        }
        if self.lacks(Column::Bonds) {
            spec.bonds.clone_from(&known.bonds);
        }
    }

    fn nics(&self, spec: &mut HostSpec, known: &HostSpec) {
        let named: BTreeSet<Mac> = spec.nics.iter().map(|nic| nic.mac).collect();
        let mut left: Vec<&Nic> = known.nics.iter().collect();
        let mut replaced = Vec::new();
        for nic in &mut spec.nics {
            let Some(at) = left.iter().position(|before| is_same(nic, before, &named)) else {
                continue;
            };
            let before = left.remove(at);
            self.nic(nic, before);
            replaced.push((before.mac, nic.mac));
        }
        spec.nics.extend(left.into_iter().cloned());
        for (old, new) in replaced {
            spec.replace_mac(old, new);
        }
    }

    fn nic(&self, nic: &mut Nic, before: &Nic) {
        if self.lacks(Column::Address) {
            nic.v4.clone_from(&before.v4);
        } else if self.lacks(Column::Gateway)
            && let Some(v4) = &mut nic.v4
        {
            v4.gateway = before.v4.as_ref().and_then(|before| before.gateway);
        }
        if self.lacks(Column::Address6) {
            nic.v6.clone_from(&before.v6);
        } else if self.lacks(Column::Gateway6)
            && let Some(v6) = &mut nic.v6
        {
            v6.gateway = before.v6.as_ref().and_then(|before| before.gateway);
        }
        if self.lacks(Column::Vlan) {
            nic.vlan = before.vlan;
        }
        if self.lacks(Column::Dns) {
            nic.dns.clone_from(&before.dns);
        }
        if self.lacks(Column::Mtu) {
            nic.mtu = before.mtu;
        }
        if self.lacks(Column::Routes) {
            nic.routes.clone_from(&before.routes);
        }
    }
}

/// Whether a row is about the NIC `before`: it has its MAC address or, if no row has that, one of
/// its addresses. Then the adapter was replaced.
fn is_same(row: &Nic, before: &Nic, named: &BTreeSet<Mac>) -> bool {
    let address = || row.addresses().any(|address| before.addresses().any(|its| its == address));
    row.mac == before.mac || (!named.contains(&before.mac) && address())
}

#[cfg(test)]
mod tests {
    use super::{super::read, *};

    const KNOWN: &str = r#"{"name":"web1","site":"fra","profile":"tiny","serial":"SN1",
        "uuid":"4c4c4544-0000-1010-8000-b7c04f000001","labels":{"rack":"r1"},
        "local_boot":"next_entry","values":{"disk":"/dev/sda","user":"ann"},
        "bonds":[{"members":["52:54:00:00:00:01","52:54:00:00:00:02"],"mode":"802.3ad"}],
        "nics":[{"mac":"52:54:00:00:00:01","vlan":7,"mtu":9000,"dns":["10.0.2.3"],
            "v4":{"address":"10.0.2.15/24","gateway":"10.0.2.2"},"v6":{"address":"fd00::15/64"},
            "routes":[{"destination":"10.1.0.0/16","via":"10.0.2.9"}]},
            {"mac":"52:54:00:00:00:02","v4":{"address":"10.0.3.15/24"}}]}"#;

    fn known() -> HostSpec {
        serde_json::from_str(KNOWN).unwrap()
    }

    /// The changes that a file makes; it has one host.
    fn changes(file: &str, unsaid: Unsaid) -> Vec<String> {
        let fleet = read(file.as_bytes());
        assert_eq!(fleet.problems, []);
        let spec = fleet.columns.complete(&fleet.hosts[0].spec, &known(), unsaid);
        known().changes_to(&spec).iter().map(ToString::to_string).collect()
    }

    const ROW: &str = "web1,52:54:00:00:00:01,10.0.2.15/24";

    #[test]
    fn a_column_that_is_absent_leaves_what_is_there() {
        assert_eq!(changes(&format!("name,mac,address\n{ROW}\n"), Unsaid::Keep), [""; 0]);
        let moved = format!("name,mac,address,site\n{ROW},ber\n");
        assert_eq!(changes(&moved, Unsaid::Keep), ["site: fra -> ber"]);
    }

    #[test]
    fn an_empty_cell_erases() {
        let header = "name,mac,address,gateway,address6,dns,vlan,mtu,routes,profile,site,uuid,\
                      serial,labels,bonds,var.disk";
        let file = format!("{header}\n{ROW},,,,,,,,,,,,,\n");
        assert_eq!(
            changes(&file, Unsaid::Keep),
            [
                "bonds: {\"members\":[\"52:54:00:00:00:01\",\"52:54:00:00:00:02\"],\"mode\":\"802.3ad\"} -> -",
                "labels.rack: r1 -> -",
                "nics.52:54:00:00:00:01.dns: 10.0.2.3 -> -",
                "nics.52:54:00:00:00:01.mtu: 9000 -> -",
                "nics.52:54:00:00:00:01.routes: {\"destination\":\"10.1.0.0/16\",\"via\":\"10.0.2.9\"} -> -",
                "nics.52:54:00:00:00:01.v4.gateway: 10.0.2.2 -> -",
                "nics.52:54:00:00:00:01.v6.address: fd00::15/64 -> -",
                "nics.52:54:00:00:00:01.vlan: 7 -> -",
                "profile: tiny -> -",
                "serial: SN1 -> -",
                "site: fra -> -",
                "uuid: 4c4c4544-0000-1010-8000-b7c04f000001 -> -",
                "values.disk: /dev/sda -> -",
            ]
        );
    }

    #[test]
    fn a_replaced_adapter_is_the_nic_with_its_address() {
        let file = "name,mac,address\nweb1,52:54:00:00:00:0a,10.0.2.15/24\n";
        let changed = changes(file, Unsaid::Keep);
        assert!(changed.iter().any(|change| change
            == "nics: 52:54:00:00:00:01 52:54:00:00:00:02 -> 52:54:00:00:00:0a 52:54:00:00:00:02"));
        let kept = "nics.52:54:00:00:00:0a.mtu: - -> 9000";
        assert!(changed.iter().any(|change| change == kept), "{changed:?}");
        let fleet = read(file.as_bytes());
        let spec = fleet.columns.complete(&fleet.hosts[0].spec, &known(), Unsaid::Keep);
        assert_eq!(spec.bonds[0].members[0], spec.nics[0].mac);
    }

    #[test]
    fn two_nics_may_swap_their_addresses() {
        let file = "name,mac,address\nweb1,52:54:00:00:00:01,10.0.3.15/24\n\
                    web1,52:54:00:00:00:02,10.0.2.15/24\n";
        let fleet = read(file.as_bytes());
        let spec = fleet.columns.complete(&fleet.hosts[0].spec, &known(), Unsaid::Keep);
        assert_eq!(spec.nics.len(), 2);
        assert_eq!(spec.nics[0].vlan, known().nics[0].vlan, "the MAC address says which NIC it is");
    }

    #[test]
    fn all_that_is_not_said_is_erased_on_demand() {
        let fleet = read(format!("name,mac,address\n{ROW}\n").as_bytes());
        let spec = fleet.columns.complete(&fleet.hosts[0].spec, &known(), Unsaid::Erase);
        let said = HostSpec {
            local_boot: known().local_boot,
            values: known().values,
            ..fleet.hosts[0].spec.clone()
        };
        assert_eq!(spec, said);
    }

    #[test]
    fn the_word_for_a_secret_keeps_the_secret() {
        let file = format!("name,mac,address,var.disk\n{ROW},{SECRET}\n");
        assert_eq!(changes(&file, Unsaid::Keep), [""; 0]);
    }
}
