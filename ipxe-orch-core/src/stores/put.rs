//! Hosts are created, edited and removed.

use super::{HostRecord, StoreError};
use crate::{
    auth::{ChangeHosts, Granted, MarkHosts},
    host::HostSpec,
    ids::{Generation, HostId, ImageGeneration, KeyId},
    lease::{Lease, Mark},
};

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
        /// Its id.
        id: HostId,
        /// The generation that was edited.
        generation: Generation,
        /// What it becomes.
        spec: HostSpec,
    },
    /// A known one without mark and open attempt. Its name, MACs and addresses become free; its
    /// id, marks, attempts and audit stay, so that no id is used twice and late reports count.
    Remove {
        /// Its id.
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

    /// The id of the host.
    pub const fn id(&self) -> HostId {
        match self {
            Self::Create { id, .. } | Self::Edit { id, .. } | Self::Remove { id, .. } => *id,
        }
    }

    /// What the host becomes, if that is allowed. `before` is the host with this id, removed ones
    /// apart. What other hosts have is for the store to compare ([`HostSpec::clash`]).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a host that is not there, or outside of the grant before or
    /// afterwards: nobody moves a host to where it is out of reach. [`StoreError::Conflict`] if it
    /// is no longer of the generation that was looked at, or has a mark or an open attempt when it
    /// is to be removed. [`StoreError::AlreadyExists`] for a new host whose id is taken.
    pub fn apply_to(
        &self,
        grant: &PutGrant,
        before: Option<&HostRecord>,
    ) -> Result<HostRecord, StoreError> {
        if let Self::Create { id, .. } = self {
            let record = self.created().ok_or(StoreError::NotFound)?;
            grant.check_create(&record)?;
            return match before {
                None => Ok(record),
                Some(HostRecord { spec, .. }) => Err(StoreError::AlreadyExists(format!(
                    "id {id} belongs to host {} already",
                    spec.name
                ))),
            };
        }
        let mut next = before.ok_or(StoreError::NotFound)?.clone();
        grant.change.check(&next)?;
        if let Some(spec) = self.spec() {
            next.spec = spec.clone();
            grant.change.check(&next)?;
        } else if next.lease.mark.is_some() || next.lease.open_attempt().is_some() {
            return Err(StoreError::Conflict);
        }
        if self.generation() != Some(next.lease.generation) {
            return Err(StoreError::Conflict);
        }
        next.lease.generation = next.lease.generation.next();
        Ok(next)
    }

    /// The generation that was looked at; none of a new host.
    pub const fn generation(&self) -> Option<Generation> {
        match self {
            Self::Create { .. } => None,
            Self::Edit { generation, .. } | Self::Remove { generation, .. } => Some(*generation),
        }
    }

    /// The new host.
    fn created(&self) -> Option<HostRecord> {
        let Self::Create { id, spec, image_generation, image_key, mark } = self else {
            return None;
        };
        let mark = mark.as_deref().cloned();
        let lease = Lease { generation: Generation(1), mark, ..Lease::default() };
        Some(HostRecord {
            id: *id,
            spec: spec.clone(),
            image_generation: *image_generation,
            image_key: *image_key,
            image: None,
            lease,
        })
    }
}

/// Proof that its actor may change hosts and, where it was granted as well, mark them: a new host
/// with a mark is armed, and arming is marking.
#[derive(Clone, Debug)]
pub struct PutGrant {
    change: Granted<ChangeHosts>,
    mark: Option<Granted<MarkHosts>>,
}

impl PutGrant {
    /// To create, edit and remove; without the second grant, no host is created with a mark.
    pub const fn new(change: Granted<ChangeHosts>, mark: Option<Granted<MarkHosts>>) -> Self {
        Self { change, mark }
    }

    fn check_create(&self, host: &HostRecord) -> Result<(), StoreError> {
        self.change.check(host)?;
        match (&host.lease.mark, &self.mark) {
            (None, _) => Ok(()),
            (Some(_), Some(grant)) => grant.check(host),
            (Some(_), None) => Err(StoreError::NotFound),
        }
    }
}

impl From<Granted<ChangeHosts>> for PutGrant {
    fn from(change: Granted<ChangeHosts>) -> Self {
        Self::new(change, None)
    }
}
