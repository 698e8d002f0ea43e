//! Hosts are created, edited and removed.

use super::{HostRecord, StoreError};
use crate::{
    auth::{ChangeHosts, Granted, ManageKeys, MarkHosts},
    host::HostSpec,
    ids::{Generation, HostId, ImageGeneration, KeyId},
    lease::{Lease, Mark},
    policy::Taken,
};

/// One host to create, edit or remove.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PutHost {
    /// A new host.
    Create {
        /// The id of the host, which was never used.
        id: HostId,
        /// The specification of the host.
        spec: HostSpec,
        /// The generation of an image that was made without a database, else 0.
        image_generation: ImageGeneration,
        /// The key of that image, else the one with which an image would be made now.
        image_key: Option<KeyId>,
        /// A mark, if the first boot is to install the host.
        mark: Option<Box<Mark>>,
    },
    /// A change of a host. Its mark and attempt stay as they are.
    Edit {
        /// The id of the host.
        id: HostId,
        /// The generation that the editor has seen.
        generation: Generation,
        /// The new specification.
        spec: HostSpec,
    },
    /// A change of a host with a new image that was made without a database. Its earlier images
    /// still count.
    Enrol {
        /// The id of the host.
        id: HostId,
        /// The generation that the editor has seen.
        generation: Generation,
        /// The new specification.
        spec: HostSpec,
        /// The generation of the image.
        image_generation: ImageGeneration,
        /// The key of the image.
        image_key: KeyId,
    },
    /// The next generation of the host's image. Earlier images still count.
    RotateImage {
        /// The id of the host.
        id: HostId,
        /// The generation that the person has seen.
        generation: Generation,
        /// The key with which the new image would be made.
        image_key: Option<KeyId>,
    },
    /// Images of earlier generations and with earlier keys do not count any more.
    RevokeImages {
        /// The id of the host.
        id: HostId,
        /// The generation that the person has seen.
        generation: Generation,
    },
    /// The removal of a host that has no mark and no open attempt. Its name, MACs and addresses
    /// become free. Its id, marks, attempts and audit stay, so that no id is used twice and late
    /// reports count.
    Remove {
        /// The id of the host.
        id: HostId,
        /// The generation that the person has seen.
        generation: Generation,
    },
}

impl PutHost {
    /// Whether it marks the host: its first boot installs.
    pub const fn marks(&self) -> bool {
        matches!(self, Self::Create { mark: Some(_), .. })
    }

    /// The places of limits of policies that the mark of a new host takes.
    pub fn taken(&self) -> impl Iterator<Item = Taken> {
        let mark = match self {
            Self::Create { mark, .. } => mark.as_deref(),
            _ => None,
        };
        mark.into_iter().flat_map(Mark::taken)
    }

    /// The specification of a host that is created or edited. `None` for the others.
    pub const fn spec(&self) -> Option<&HostSpec> {
        match self {
            Self::Create { spec, .. } | Self::Edit { spec, .. } | Self::Enrol { spec, .. } => {
                Some(spec)
            }
            Self::RotateImage { .. } | Self::RevokeImages { .. } | Self::Remove { .. } => None,
        }
    }

    /// The id of the host.
    pub const fn id(&self) -> HostId {
        match self {
            Self::Create { id, .. }
            | Self::Edit { id, .. }
            | Self::Enrol { id, .. }
            | Self::RotateImage { id, .. }
            | Self::RevokeImages { id, .. }
            | Self::Remove { id, .. } => *id,
        }
    }

    /// What the host becomes, if that is allowed. `before` is the host with this id; `None` if
    /// there is none, or if it was removed. This does not look at other hosts: the store compares
    /// the result with them ([`HostSpec::clash`]).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a host that is not there. The same for a host that is outside
    /// of the grant before or after the change, so that nobody moves a host out of his own reach.
    /// [`StoreError::Conflict`] if the host has another generation than the one that was seen, or
    /// has a mark or an open attempt when it is to be removed. [`StoreError::AlreadyExists`] for a
    /// new host whose id is taken.
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
        grant.check(self, &next)?;
        if let Some(spec) = self.spec() {
            next.spec = spec.clone();
            grant.check(self, &next)?;
        }
        self.change_images(&mut next);
        if matches!(self, Self::Remove { .. })
            && (next.lease.mark.is_some() || next.lease.open_attempt().is_some())
        {
            return Err(StoreError::Conflict);
        }
        if self.generation() != Some(next.lease.generation) {
            return Err(StoreError::Conflict);
        }
        next.lease.generation = next.lease.generation.next();
        Ok(next)
    }

    fn change_images(&self, next: &mut HostRecord) {
        match self {
            Self::Enrol { image_generation, image_key, .. } => {
                next.enrol_image(*image_generation, Some(*image_key));
            }
            Self::RotateImage { image_key, .. } => {
                next.enrol_image(next.image_generation.next(), *image_key);
            }
            Self::RevokeImages { .. } => next.revoke_images(),
            Self::Create { .. } | Self::Edit { .. } | Self::Remove { .. } => {}
        }
    }

    /// The generation that the person has seen. `None` for a new host.
    pub const fn generation(&self) -> Option<Generation> {
        match self {
            Self::Create { .. } => None,
            Self::Edit { generation, .. }
            | Self::Enrol { generation, .. }
            | Self::RotateImage { generation, .. }
            | Self::RevokeImages { generation, .. }
            | Self::Remove { generation, .. } => Some(*generation),
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
            earlier_images: Vec::new(),
            image: None,
            lease,
        })
    }
}

/// Proof that its actor may change hosts. It may contain a second proof, that the actor may mark
/// them. A new host with a mark needs both, because arming a host is marking it. Which images count
/// is a matter of keys: [`PutHost::RotateImage`] and [`PutHost::RevokeImages`] need the proof that
/// the actor may manage those.
#[derive(Clone, Debug)]
pub struct PutGrant {
    change: Option<Granted<ChangeHosts>>,
    mark: Option<Granted<MarkHosts>>,
    keys: Option<Granted<ManageKeys>>,
}

impl PutGrant {
    /// The proof to create, edit and remove hosts. Without `mark`, no host can be created with a
    /// mark.
    pub const fn new(change: Granted<ChangeHosts>, mark: Option<Granted<MarkHosts>>) -> Self {
        Self { change: Some(change), mark, keys: None }
    }

    fn check(&self, put: &PutHost, host: &HostRecord) -> Result<(), StoreError> {
        match put {
            PutHost::RotateImage { .. } | PutHost::RevokeImages { .. } => {
                self.keys.as_ref().ok_or(StoreError::NotFound)?.check(host)
            }
            _ => self.change.as_ref().ok_or(StoreError::NotFound)?.check(host),
        }
    }

    fn check_create(&self, host: &HostRecord) -> Result<(), StoreError> {
        self.change.as_ref().ok_or(StoreError::NotFound)?.check(host)?;
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

impl From<Granted<ManageKeys>> for PutGrant {
    fn from(keys: Granted<ManageKeys>) -> Self {
        Self { change: None, mark: None, keys: Some(keys) }
    }
}
