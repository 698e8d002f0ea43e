//! What people read.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    audit::{ChainHead, ChainedEntry},
    auth::{Granted, ReadAudit, Resource, SeeHosts},
    digest::Digest,
    host::HostSpec,
    ids::{Epoch, HostId},
    lease::HostState,
    names::ProfileName,
    profile::{Defaults, ProfileVersion},
    stores::{
        BootEvent, Discovered, EventFilter, HostFilter, HostKey, HostPage, HostRecord, StoreError,
    },
};
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, OrchestratorError>;

impl Orchestrator {
    /// A host with its lease.
    ///
    /// # Errors
    /// [`OrchestratorError::NoSuchHost`] if it is not there, or if the caller may not see it.
    pub async fn host(&self, caller: &Caller, key: &HostKey) -> Result<HostRecord> {
        let see = self.authorize_for(caller, "hosts.show", Some(key.resource())).await?;
        self.known(&see, key).await
    }

    /// A page of the hosts that the filter wants, in the order of their names.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission. With a permission for some hosts, only
    /// these are listed.
    pub async fn hosts(&self, caller: &Caller, filter: &HostFilter) -> Result<HostPage> {
        let see = self.authorize(caller, "hosts.list").await?;
        Ok(self.parts.store.list_hosts(&see, filter).await?)
    }

    /// How many hosts are in which state. It is for the program itself: whoever shows the numbers to
    /// somebody asks for [`SeeMetrics`](crate::auth::SeeMetrics) first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_hosts(&self) -> std::result::Result<BTreeMap<HostState, u64>, StoreError> {
        let see = Granted::<SeeHosts>::background("metrics");
        self.parts.store.count_hosts(&see).await
    }

    /// All hosts that the filter wants, page by page.
    ///
    /// # Errors
    /// Those of [`Self::hosts`].
    pub async fn all_hosts(&self, caller: &Caller, filter: HostFilter) -> Result<Vec<HostRecord>> {
        let see = self.authorize(caller, "hosts.list").await?;
        Ok(self.list_all(&see, filter).await?)
    }

    /// The hosts with these ids, and those that have a name, a MAC or an address of one of these
    /// specifications, in the order of their names.
    ///
    /// # Errors
    /// Those of [`Self::hosts`].
    pub async fn clashing_hosts(
        &self,
        caller: &Caller,
        ids: &[HostId],
        specs: &[HostSpec],
    ) -> Result<Vec<HostRecord>> {
        let see = self.authorize(caller, "hosts.list").await?;
        Ok(self.parts.store.lookup_clashing(&see, ids, specs).await?)
    }

    /// All hosts that the grant covers and the filter wants.
    pub(super) async fn list_all(
        &self,
        see: &Granted<SeeHosts>,
        mut filter: HostFilter,
    ) -> std::result::Result<Vec<HostRecord>, StoreError> {
        let mut all = Vec::new();
        loop {
            let page = self.parts.store.list_hosts(see, &filter).await?;
            all.extend(page.hosts);
            match page.next {
                None => return Ok(all),
                next => filter.after = next,
            }
        }
    }

    /// The current version of each profile, in the order of their names.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission.
    pub async fn profiles(&self, caller: &Caller) -> Result<Vec<ProfileVersion>> {
        let see = self.authorize(caller, "profiles.list").await?;
        Ok(self.parts.store.list_profiles(&see).await?)
    }

    /// The current version of a profile, if there is one.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission.
    pub async fn profile(
        &self,
        caller: &Caller,
        name: &ProfileName,
    ) -> Result<Option<ProfileVersion>> {
        let see = self.see_profile(caller, name).await?;
        Ok(self.parts.store.current_profile(&see, name).await?)
    }

    /// A version of a profile, current or not, if it was ever stored.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission.
    pub async fn profile_version(
        &self,
        caller: &Caller,
        name: &ProfileName,
        version: &Digest,
    ) -> Result<Option<ProfileVersion>> {
        let see = self.see_profile(caller, name).await?;
        Ok(self.parts.store.lookup_profile(&see, name, version).await?)
    }

    /// The defaults of one profile, or of all. Secrets are sealed.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission.
    pub async fn defaults(
        &self,
        caller: &Caller,
        profile: Option<&ProfileName>,
    ) -> Result<Vec<Defaults>> {
        let resource = profile.map(Resource::Profile);
        let see = self.authorize_for(caller, "defaults.list", resource).await?;
        Ok(self.parts.store.list_defaults(&see, profile).await?)
    }

    /// Boot events, the newest first.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission.
    pub async fn events(&self, caller: &Caller, filter: &EventFilter) -> Result<Vec<BootEvent>> {
        let see = self.authorize(caller, "events.list").await?;
        Ok(self.parts.store.list_events(&see, filter).await?)
    }

    /// The machines that boot from an image of this installation and are not registered.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission.
    pub async fn discovered(&self, caller: &Caller) -> Result<Vec<Discovered>> {
        let see = self.authorize(caller, "hosts.discovered").await?;
        Ok(self.parts.store.list_discovered(&see).await?)
    }

    /// At most `limit` audit entries after `after`, in the order of chain and sequence. Nothing is
    /// written about the reading itself: what people read goes through [`Self::read_audit`].
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission.
    pub async fn audit(
        &self,
        caller: &Caller,
        after: Option<ChainHead>,
        limit: u32,
    ) -> Result<Vec<ChainedEntry>> {
        let grant = self.authorize(caller, "audit.read").await?;
        Ok(self.parts.store.read_audit(&grant, after, limit).await?)
    }

    /// The end of the audit's own chain. It needs no permission, because a hash says nothing about
    /// what was done.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit_head(&self) -> std::result::Result<ChainHead, StoreError> {
        self.parts.store.head(&Granted::<ReadAudit>::background("audit-head")).await
    }

    /// Whether the audit has the entry that `head` ends with, unchanged.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_audit_head(&self, head: &ChainHead) -> std::result::Result<bool, StoreError> {
        let grant = Granted::<ReadAudit>::background("audit-head");
        self.parts.store.has_head(&grant, head).await
    }

    /// The database's epoch, which changes when an operator accepts a restored one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn database_epoch(&self) -> std::result::Result<Epoch, StoreError> {
        self.parts.store.epoch().await
    }

    /// Whether an operator has accepted the database in the place of one with this epoch.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_accepted(&self, epoch: Epoch) -> std::result::Result<bool, StoreError> {
        self.parts.store.has_accepted(epoch).await
    }

    async fn see_profile(&self, caller: &Caller, name: &ProfileName) -> Result<Granted<SeeHosts>> {
        self.authorize_for(caller, "profiles.show", Some(Resource::Profile(name))).await
    }
}
