//! Hosts, attempts and marks are looked up.

use super::snapshot::Snapshot;
use crate::{
    auth::{BuildImages, Grant, Granted},
    host::{HostSpec, Nic},
    ids::{AttemptId, HostId, MarkId},
    lease::{Attempt, HostState, Overdue},
    names::{HostName, SiteName},
    stores::{HostFilter, HostKey, HostPage, HostRecord, ImageBuild, OverdueFilter, OverdueHost},
};
use std::{
    collections::{BTreeMap, HashSet},
    net::IpAddr,
};

impl Snapshot {
    /// The host, be it removed or not.
    pub(super) fn ever(&self, id: HostId) -> Option<&HostRecord> {
        self.hosts.get(&id).or_else(|| self.removed.get(&id))
    }

    pub(super) fn lookup_host(&self, grant: &Grant, key: &HostKey) -> Option<HostRecord> {
        let by_name = |name: &HostName| self.hosts.values().find(|host| host.spec.name == *name);
        let host = match key {
            HostKey::Id(id) => self.hosts.get(id),
            HostKey::Name(name) => by_name(name),
        };
        host.filter(|host| grant.covers(*host)).cloned()
    }

    pub(super) fn list_hosts(&self, grant: &Grant, filter: &HostFilter) -> HostPage {
        let wanted = |host: &&HostRecord| grant.covers(*host) && filter.wants(host);
        let mut hosts: Vec<_> = self.hosts.values().filter(wanted).cloned().collect();
        hosts.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
        let size = usize::try_from(filter.page_size()).unwrap_or(usize::MAX);
        let more = hosts.len() > size;
        hosts.truncate(size);
        let next = hosts.last().filter(|_| more).map(|host| host.spec.name.clone());
        HostPage { hosts, next }
    }

    pub(super) fn count_hosts(&self, grant: &Grant) -> BTreeMap<HostState, u64> {
        let mut counts = BTreeMap::new();
        for host in self.hosts.values().filter(|host| grant.covers(*host)) {
            let count: &mut u64 = counts.entry(host.lease.state()).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }

    pub(super) fn lookup_clashing(
        &self,
        grant: &Grant,
        ids: &[HostId],
        specs: &[HostSpec],
    ) -> Vec<HostRecord> {
        let names: HashSet<_> = specs.iter().map(|spec| &spec.name).collect();
        let nics = || specs.iter().flat_map(|spec| spec.nics.iter().map(move |nic| (spec, nic)));
        let macs: HashSet<_> = nics().map(|(_, nic)| nic.mac).collect();
        let address = |(spec, nic)| addresses(spec, nic);
        let addresses_of: HashSet<_> = nics().flat_map(address).collect();
        // As `HostSpec::clash`, for many at once.
        let clashes = |HostRecord { spec, .. }: &HostRecord| {
            let has = |nic: &Nic| {
                macs.contains(&nic.mac) || addresses(spec, nic).any(|it| addresses_of.contains(&it))
            };
            names.contains(&spec.name) || spec.nics.iter().any(has)
        };
        let wanted =
            |host: &&HostRecord| grant.covers(*host) && (ids.contains(&host.id) || clashes(host));
        let mut hosts: Vec<_> = self.hosts.values().filter(wanted).cloned().collect();
        hosts.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
        hosts
    }

    pub(super) fn record_image(
        &mut self,
        grant: &Granted<BuildImages>,
        id: HostId,
        build: &ImageBuild,
    ) {
        if let Some(host) = self.hosts.get_mut(&id).filter(|host| grant.covers(&**host)) {
            host.record_image(build);
        }
    }

    pub(super) fn list_overdue(&self, grant: &Grant, filter: &OverdueFilter) -> Vec<OverdueHost> {
        let mut all = Vec::new();
        for record in self.hosts.values().filter(|host| grant.covers(*host)) {
            let (host, name) = (record.id, record.spec.name.clone());
            let attempt = record.lease.attempt.as_ref().map(|attempt| attempt.id);
            for (since, what) in filter.wanted(host, &record.lease) {
                let attempt = attempt.filter(|_| what != Overdue::Mark);
                all.push(OverdueHost { since, host, what, name: name.clone(), attempt });
            }
        }
        all.sort_by_key(OverdueHost::key);
        all.truncate(usize::try_from(filter.page_size()).unwrap_or(usize::MAX));
        all
    }

    pub(super) fn lookup_attempt(
        &self,
        grant: &Grant,
        id: AttemptId,
    ) -> Option<(HostRecord, Attempt)> {
        let (host, attempt) = self.attempt(id)?;
        grant.covers_attempt(host, id).then(|| (host.clone(), attempt.clone()))
    }

    /// The attempt with its host, be it the latest or not.
    pub(super) fn attempt(&self, id: AttemptId) -> Option<(&HostRecord, &Attempt)> {
        if let Some((host, attempt)) = self.earlier.get(&id) {
            return Some((self.ever(*host)?, attempt));
        }
        self.hosts.values().chain(self.removed.values()).find_map(|host| {
            let latest = host.lease.attempt.as_ref().filter(|latest| latest.id == id)?;
            Some((host, latest))
        })
    }

    pub(super) fn lookup_mark(&self, grant: &Grant, mark: MarkId) -> Option<HostId> {
        let host = self.ever(*self.marks.get(&mark)?)?;
        grant.covers(host).then_some(host.id)
    }
}

/// The addresses of a NIC, each with the site within which it is of one host.
fn addresses<'a>(
    spec: &'a HostSpec,
    nic: &'a Nic,
) -> impl Iterator<Item = (Option<&'a SiteName>, IpAddr)> {
    nic.addresses().map(|address| (spec.site.as_ref(), address))
}
