//! What a command works with.

use super::{error::CliResult, output::Output, user};
use crate::{
    config::Config,
    profiles::built_in,
    runtime::{NoEvents, Runtime},
};
use ipxe_orch_core::{
    access_control::AccessControl,
    auth::{Authorizer, Granted, Permission},
    names::{HostName, ProfileName},
    orchestrator::{Caller, Orchestrator},
    profile::{MediaSource, ProfileVersion},
    stores::{HostFilter, HostKey, HostRecord},
    time::Timestamp,
};
use std::sync::Arc;

/// Settings, and how results are shown: enough where no database is needed.
pub(super) struct Session {
    pub(super) config: Config,
    pub(super) out: Output,
    /// Who may do what, if not the roles in the database say so.
    pub(super) authorizer: Option<Arc<dyn Authorizer>>,
}

/// The database is open, and somebody is at work.
pub(super) struct Context {
    pub(super) runtime: Runtime,
    pub(super) caller: Caller,
    pub(super) out: Output,
}

impl Session {
    /// Opens keys and database, which must exist.
    pub(super) async fn open(self) -> CliResult<Context> {
        let runtime = Runtime::open(self.config, self.authorizer, |_| Arc::new(NoEvents)).await?;
        Ok(Context { runtime, caller: user::caller(), out: self.out })
    }

    /// Makes keys and database, and stores the built-in profiles, so that hosts can be registered
    /// and marked before a server ever ran.
    pub(super) async fn create(self) -> CliResult<Context> {
        let (config, authorizer) = (self.config, self.authorizer);
        let runtime = Runtime::create(config, authorizer, |_| Arc::new(NoEvents)).await?;
        let context = Context { runtime, caller: user::caller(), out: self.out };
        let profiles = context.runtime.profile_service();
        let applied = profiles.apply(&context.caller, built_in()).await?;
        applied.into_iter().try_for_each(|profile| profile.stored.map(drop))?;
        Ok(context)
    }
}

impl Context {
    pub(super) fn orchestrator(&self) -> &Orchestrator {
        self.runtime.orchestrator()
    }

    /// Accounts and roles.
    pub(super) async fn access(&self) -> CliResult<Arc<AccessControl>> {
        Ok(self.runtime.access_control().await?)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.orchestrator().now()
    }

    pub(super) async fn authorize<P: Permission>(&self, action: &str) -> CliResult<Granted<P>> {
        Ok(self.orchestrator().authorize(&self.caller, action).await?)
    }

    /// The host of this name.
    pub(super) async fn host(&self, name: &HostName) -> CliResult<HostRecord> {
        Ok(self.orchestrator().host(&self.caller, &HostKey::Name(name.clone())).await?)
    }

    /// What a version takes and this machine cannot serve: all of it where the media folder
    /// cannot be read.
    pub(super) async fn missing_media(&self, version: &ProfileVersion) -> Vec<MediaSource> {
        let all = || version.profile().media.iter().map(|media| media.source.clone()).collect();
        self.orchestrator().missing_media(version).await.unwrap_or_else(|_| all())
    }

    /// All hosts that the filter wants, in the order of their names.
    pub(super) async fn hosts(&self, filter: HostFilter) -> CliResult<Vec<HostRecord>> {
        Ok(self.orchestrator().all_hosts(&self.caller, filter).await?)
    }

    /// The current version of a profile, if there is one.
    pub(super) async fn profile(&self, name: &ProfileName) -> CliResult<Option<ProfileVersion>> {
        Ok(self.orchestrator().profile(&self.caller, name).await?)
    }
}
