//! Hosts as they are stored, and how they are asked for.

use super::HostRecord;
use crate::{
    auth::Resource,
    host::HostSpec,
    ids::HostId,
    names::{HostName, LabelKey, LabelValue, ProfileName, SiteName},
};
use std::collections::BTreeMap;

/// By which a host is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKey {
    /// By id.
    Id(HostId),
    /// By name.
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

/// Which hosts are wanted; all of them by default.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HostFilter {
    /// Of this site.
    pub site: Option<SiteName>,
    /// With this profile.
    pub profile: Option<ProfileName>,
    /// With all these labels.
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// After this name: the next page.
    pub after: Option<HostName>,
    /// At most so many; 0 stands for 1,000, which is also the most.
    pub limit: u32,
}

impl HostFilter {
    /// Most hosts of one page.
    pub const MAX_PAGE: u32 = 1000;

    /// Whether a host is wanted.
    pub fn wants(&self, spec: &HostSpec) -> bool {
        (self.site.is_none() || self.site == spec.site)
            && (self.profile.is_none() || self.profile == spec.profile)
            && self.labels.iter().all(|(key, value)| spec.labels.get(key) == Some(value))
            && self.after.as_ref().is_none_or(|after| spec.name > *after)
    }

    /// Hosts of the page.
    pub fn page_size(&self) -> u32 {
        if self.limit == 0 { Self::MAX_PAGE } else { self.limit.min(Self::MAX_PAGE) }
    }
}

/// Some hosts, and whether there are more.
#[derive(Clone, Debug, Default)]
pub struct HostPage {
    /// In the order of their names.
    pub hosts: Vec<HostRecord>,
    /// Ask again with this as [`HostFilter::after`]; none if no wanted host is left.
    pub next: Option<HostName>,
}
