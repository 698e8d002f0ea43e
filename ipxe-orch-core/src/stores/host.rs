//! Hosts as they are stored, and how they are asked for.

use crate::{
    host::HostSpec,
    ids::{Generation, HostId, ImageGeneration, KeyId},
    lease::{Lease, Mark},
    names::{HostName, LabelKey, LabelValue, ProfileName, SiteName},
};
use std::collections::BTreeMap;

/// A host with its lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRecord {
    /// For ever the same.
    pub id: HostId,
    /// What people say of it.
    pub spec: HostSpec,
    /// Of the image that would be made now.
    pub image_generation: ImageGeneration,
    /// The image key of its images, where it is not the active one: a host whose image was made
    /// without a database.
    pub image_key: Option<KeyId>,
    /// Its installs.
    pub lease: Lease,
}

/// One host to create, edit or remove.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PutHost {
    /// A new one.
    Create {
        /// Its new id.
        id: HostId,
        /// What it is.
        spec: HostSpec,
        /// 0, or that of an image made without a database.
        image_generation: ImageGeneration,
        /// The key of an image made without a database.
        image_key: Option<KeyId>,
        /// The order that goes with the registration, where the first boot is to install.
        mark: Option<Box<Mark>>,
    },
    /// A known one; its mark and attempt stay as they are.
    Edit {
        /// Which.
        id: HostId,
        /// The generation that was edited.
        generation: Generation,
        /// What it becomes.
        spec: HostSpec,
    },
    /// A known one without mark and open attempt. Its name, MACs and addresses become free; its
    /// id, marks, attempts and audit stay, so that no id is used twice and late reports count.
    Remove {
        /// Which.
        id: HostId,
        /// The generation that was looked at.
        generation: Generation,
    },
}

impl PutHost {
    /// What it is or becomes; none of one that is removed.
    pub const fn spec(&self) -> Option<&HostSpec> {
        match self {
            Self::Create { spec, .. } | Self::Edit { spec, .. } => Some(spec),
            Self::Remove { .. } => None,
        }
    }

    /// Which host.
    pub const fn id(&self) -> HostId {
        match self {
            Self::Create { id, .. } | Self::Edit { id, .. } | Self::Remove { id, .. } => *id,
        }
    }
}

/// By which a host is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKey {
    /// By id.
    Id(HostId),
    /// By name.
    Name(HostName),
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
        let same = |wanted: &Option<_>, is: &Option<_>| wanted.is_none() || wanted == is;
        (self.site.is_none() || self.site == spec.site)
            && same(&self.profile, &spec.profile)
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
    /// Ask again with this as [`HostFilter::after`].
    pub next: Option<HostName>,
}
