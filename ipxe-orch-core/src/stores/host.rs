//! How hosts are found and listed.

use super::HostRecord;
use crate::{
    auth::Resource,
    ids::HostId,
    lease::HostState,
    names::{HostName, LabelKey, LabelValue, ProfileName, SiteName},
};
use std::collections::BTreeMap;

/// What a host is looked up by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKey {
    /// Its id.
    Id(HostId),
    /// Its name.
    Name(HostName),
}

impl HostKey {
    /// As an authorizer is told of it.
    pub(crate) const fn resource(&self) -> Resource<'_> {
        match self {
            Self::Id(id) => Resource::HostId(*id),
            Self::Name(name) => Resource::HostName(name),
        }
    }
}

/// Which hosts a list has. All of them by default; start from `HostFilter::default()`.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HostFilter {
    /// Only hosts of this site.
    pub site: Option<SiteName>,
    /// Only hosts with this profile.
    pub profile: Option<ProfileName>,
    /// Only hosts that have all these labels.
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// Only hosts in this state.
    pub state: Option<HostState>,
    /// Only hosts whose names begin with this text.
    pub name_prefix: Option<String>,
    /// Only hosts whose names come after this one: the next page.
    pub after: Option<HostName>,
    /// The largest number of hosts. 0 means 1,000, which is also the limit.
    pub limit: u32,
}

impl HostFilter {
    /// The largest page.
    pub const MAX_PAGE: u32 = 1000;

    /// Whether the list has this host. The limit and the grant do not count here.
    pub fn wants(&self, host: &HostRecord) -> bool {
        let spec = &host.spec;
        let prefix = self.name_prefix.as_ref();
        (self.site.is_none() || self.site == spec.site)
            && (self.profile.is_none() || self.profile == spec.profile)
            && self.labels.iter().all(|(key, value)| spec.labels.get(key) == Some(value))
            && self.state.is_none_or(|state| state == host.lease.state())
            && prefix.is_none_or(|prefix| spec.name.as_str().starts_with(prefix))
            && self.after.as_ref().is_none_or(|after| spec.name > *after)
    }

    /// The length of the page.
    pub fn page_size(&self) -> u32 {
        if self.limit == 0 { Self::MAX_PAGE } else { self.limit.min(Self::MAX_PAGE) }
    }
}

/// One page of a list of hosts.
#[derive(Clone, Debug, Default)]
pub struct HostPage {
    /// The hosts, in the order of their names.
    pub hosts: Vec<HostRecord>,
    /// The last name of this page, if more hosts follow. With it as [`HostFilter::after`] you get
    /// the next page.
    pub next: Option<HostName>,
}
