//! Profiles and defaults.

use super::snapshot::Snapshot;
use crate::{
    auth::Grant,
    error::StoreError,
    names::ProfileName,
    profile::{Defaults, ProfileVersion},
};

impl Snapshot {
    pub(super) fn put_profile(&mut self, version: &ProfileVersion) {
        let (name, digest) = (version.profile().name.clone(), version.digest());
        self.profiles.insert((name.clone(), digest), version.clone());
        self.current.insert(name, digest);
    }

    pub(super) fn current_profile(&self, name: &ProfileName) -> Option<ProfileVersion> {
        let digest = self.current.get(name)?;
        self.profiles.get(&(name.clone(), *digest)).cloned()
    }

    pub(super) fn list_profiles(&self) -> Vec<ProfileVersion> {
        self.current.keys().filter_map(|name| self.current_profile(name)).collect()
    }

    pub(super) fn put_defaults(&mut self, values: &Defaults) -> Result<(), StoreError> {
        let before = self.defaults.get(&values.place).map_or(0, |before| before.generation);
        if before != values.generation {
            return Err(StoreError::Conflict);
        }
        let next = Defaults { generation: before.saturating_add(1), ..values.clone() };
        self.defaults.insert(values.place.clone(), next);
        Ok(())
    }

    pub(super) fn list_defaults(
        &self,
        grant: &Grant,
        profile: Option<&ProfileName>,
    ) -> Vec<Defaults> {
        let wanted = |one: &&Defaults| {
            profile.is_none_or(|name| one.place.profile == *name)
                && one.place.site.as_ref().is_none_or(|site| grant.scope().may_have(site))
        };
        self.defaults.values().filter(wanted).cloned().collect()
    }
}
