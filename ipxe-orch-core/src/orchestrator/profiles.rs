//! Storing profiles. Only people who may change all hosts may do it.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    audit::AuditEntry,
    auth::{ChangeHosts, Resource},
    profile::{MediaSource, ProfileVersion},
};

const ACTION: &str = "profile.put";

impl Orchestrator {
    /// Makes this version the current one of its profile, which new marks pin. Returns `false` if
    /// it is the current one already.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] also for a caller who may change only some hosts, because any
    /// host may have the profile. [`OrchestratorError::Invalid`] if [`lint`](crate::profile::lint) finds an error: a
    /// template that does not render, or a script that could strand a machine.
    pub async fn put_profile(
        &self,
        caller: &Caller,
        version: &ProfileVersion,
    ) -> Result<bool, OrchestratorError> {
        let (store, name) = (&self.parts.store, &version.profile().name);
        let resource = Some(Resource::Profile(name));
        let grant = self.authorize_for::<ChangeHosts>(caller, ACTION, resource).await?;
        if !grant.scope().is_all() {
            let who = caller.actor();
            let text = format!("{who} may not change all hosts, and any may have profile {name}");
            return self.deny(self.profile_entry(caller, version), text).await;
        }
        let current = store.current_profile(&grant.see(), name).await?;
        if current.is_some_and(|current| current.digest() == version.digest()) {
            return Ok(false);
        }
        self.refuse_faulty(version).await?;
        store.put_profile(&grant, version, &self.profile_entry(caller, version)).await?;
        Ok(true)
    }

    /// The media of a version that the media library does not have. A server without them offers no
    /// install.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`](crate::stores::StoreError) if the library cannot be read.
    pub async fn missing_media(
        &self,
        version: &ProfileVersion,
    ) -> Result<Vec<MediaSource>, OrchestratorError> {
        let mut missing = Vec::new();
        for media in version.all_media() {
            if !self.parts.media.contains(&media).await? {
                missing.push(media.source);
            }
        }
        Ok(missing)
    }

    async fn refuse_faulty(&self, version: &ProfileVersion) -> Result<(), OrchestratorError> {
        let problems = self.linted(version).await?;
        let errors: Vec<_> =
            problems.iter().filter(|p| p.is_error()).map(ToString::to_string).collect();
        if errors.is_empty() {
            return Ok(());
        }
        let name = &version.profile().name;
        let text = format!("profile {name} is not stored: {}", errors.join("; "));
        Err(OrchestratorError::Invalid(text))
    }

    fn profile_entry(&self, caller: &Caller, version: &ProfileVersion) -> AuditEntry {
        let mut entry = self.entry(caller, ACTION);
        entry.digest = Some(version.digest());
        entry.detail = Some(version.profile().name.to_string());
        entry
    }
}
