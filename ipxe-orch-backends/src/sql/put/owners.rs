//! Whom the names and addresses belong to that hosts want.

use super::super::{
    driver::Session,
    error::Done,
    row::{Columns, Row},
    statement::{MANY, Statement},
};
use ipxe_orch_core::{
    host::{Clash, HostSpec, Mac, Nic},
    ids::HostId,
    names::{HostName, SiteName},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// Who has something.
#[derive(Clone, Debug)]
struct Owner {
    id: HostId,
    name: HostName,
}

/// The owners of names and addresses, as far as these are wanted.
#[derive(Debug, Default)]
pub(in super::super) struct Owners {
    names: BTreeMap<HostName, Owner>,
    /// By the six bytes of the MAC address.
    macs: BTreeMap<[u8; 6], Owner>,
    addresses: BTreeMap<(Option<SiteName>, IpAddr), Owner>,
}

impl Owners {
    /// The owners of all that these hosts want.
    pub(in super::super) async fn read<'s>(
        session: &mut dyn Session,
        specs: impl Iterator<Item = &'s HostSpec>,
    ) -> Done<Self> {
        let (mut names, mut macs) = (BTreeSet::new(), BTreeSet::new());
        let mut addresses: BTreeMap<Option<&SiteName>, BTreeSet<IpAddr>> = BTreeMap::new();
        for spec in specs {
            names.insert(&spec.name);
            macs.extend(spec.nics.iter().map(|nic| nic.mac));
            let of_site = addresses.entry(spec.site.as_ref()).or_default();
            of_site.extend(spec.nics.iter().flat_map(Nic::addresses));
        }
        let mut owners = Self::default();
        owners.read_names(session, names.into_iter().collect()).await?;
        owners.read_macs(session, macs.into_iter().collect()).await?;
        for (site, addresses) in addresses {
            owners.read_addresses(session, site, addresses.into_iter().collect()).await?;
        }
        Ok(owners)
    }

    /// The ids of all owners.
    pub(in super::super) fn ids(&self) -> BTreeSet<HostId> {
        let owners = self.names.values().chain(self.macs.values());
        owners.chain(self.addresses.values()).map(|owner| owner.id).collect()
    }

    async fn read_names(&mut self, session: &mut dyn Session, names: Vec<&HostName>) -> Done<()> {
        for names in names.chunks(MANY) {
            for row in &session.rows(names_query(names)).await? {
                let owner = owner(row)?;
                self.names.insert(owner.name.clone(), owner);
            }
        }
        Ok(())
    }

    async fn read_macs(&mut self, session: &mut dyn Session, macs: Vec<Mac>) -> Done<()> {
        for macs in macs.chunks(MANY) {
            for row in &session.rows(macs_query(macs)).await? {
                let columns = Columns { row, table: "host_macs", key: "host_id" };
                self.macs.insert(columns.bytes("mac")?, owner(row)?);
            }
        }
        Ok(())
    }

    async fn read_addresses(
        &mut self,
        session: &mut dyn Session,
        site: Option<&SiteName>,
        addresses: Vec<IpAddr>,
    ) -> Done<()> {
        for addresses in addresses.chunks(MANY) {
            for row in &session.rows(addresses_query(site, addresses)).await? {
                let columns = Columns { row, table: "host_addresses", key: "host_id" };
                let address = columns.parse("address")?;
                self.addresses.insert((site.cloned(), address), owner(row)?);
            }
        }
        Ok(())
    }

    /// The host gives up what it has.
    pub(super) fn release(&mut self, host: HostId, spec: &HostSpec) {
        let is_its_own = |owner: Option<&Owner>| owner.is_some_and(|owner| owner.id == host);
        if is_its_own(self.names.get(&spec.name)) {
            self.names.remove(&spec.name);
        }
        for nic in &spec.nics {
            if is_its_own(self.macs.get(nic.mac.as_bytes())) {
                self.macs.remove(nic.mac.as_bytes());
            }
        }
        for address in spec.nics.iter().flat_map(Nic::addresses) {
            let key = (spec.site.clone(), address);
            if is_its_own(self.addresses.get(&key)) {
                self.addresses.remove(&key);
            }
        }
    }

    /// The host gets what it wants, or learns what another host has already.
    pub(super) fn take(&mut self, host: HostId, spec: &HostSpec) -> Result<(), Clash> {
        if let Some(clash) = self.clash(spec) {
            return Err(clash);
        }
        let owner = Owner { id: host, name: spec.name.clone() };
        self.names.insert(spec.name.clone(), owner.clone());
        for nic in &spec.nics {
            self.macs.insert(*nic.mac.as_bytes(), owner.clone());
        }
        for address in spec.nics.iter().flat_map(Nic::addresses) {
            self.addresses.insert((spec.site.clone(), address), owner.clone());
        }
        Ok(())
    }

    fn clash(&self, spec: &HostSpec) -> Option<Clash> {
        if self.names.contains_key(&spec.name) {
            return Some(Clash::Name(spec.name.clone()));
        }
        let mac = spec.nics.iter().find_map(|nic| {
            Some(Clash::Mac(nic.mac, self.macs.get(nic.mac.as_bytes())?.name.clone()))
        });
        mac.or_else(|| {
            spec.nics.iter().flat_map(Nic::addresses).find_map(|address| {
                let owner = self.addresses.get(&(spec.site.clone(), address))?;
                Some(Clash::Address(address, spec.site.clone(), owner.name.clone()))
            })
        })
    }
}

pub(in super::super) fn names_query(names: &[&HostName]) -> Statement {
    let sql = "SELECT h.id AS host_id, h.name FROM hosts h WHERE h.name IN ";
    let mut query = Statement::new(sql).once();
    query.push_list(names.iter().copied());
    query
}

pub(in super::super) fn macs_query(macs: &[Mac]) -> Statement {
    let sql = "SELECT m.mac, h.id AS host_id, h.name FROM host_macs m \
               JOIN hosts h ON h.id = m.host_id WHERE m.mac IN ";
    let mut query = Statement::new(sql).once();
    query.push_list(macs.iter().copied());
    query
}

pub(in super::super) fn addresses_query(
    site: Option<&SiteName>,
    addresses: &[IpAddr],
) -> Statement {
    let sql = "SELECT a.address, h.id AS host_id, h.name FROM host_addresses a \
               JOIN hosts h ON h.id = a.host_id WHERE a.site = ";
    let mut query = Statement::new(sql).once();
    query.push_bind(site_column(site)).push(" AND a.address IN ");
    query.push_list(addresses.iter().map(ToString::to_string));
    query
}

fn owner(row: &Row) -> Done<Owner> {
    let columns = Columns { row, table: "hosts", key: "host_id" };
    Ok(Owner { id: HostId::from_bytes(columns.bytes("host_id")?), name: columns.parse("name")? })
}

/// A host without a site has `''` in this column, so that addresses are unique there, too.
pub(super) fn site_column(site: Option<&SiteName>) -> &str {
    site.map_or("", SiteName::as_str)
}
