//! Who can sign in.

use super::Runtime;
#[cfg(feature = "ldap")]
use ipxe_orch_backends::ldap::{Directory, DirectoryOptions, InvalidDirectory};
use ipxe_orch_backends::local::{Passwords, SystemClock, SystemRandom};
#[cfg(feature = "ldap")]
use ipxe_orch_core::names::RealmName;
use ipxe_orch_core::{
    access_control::{AccessControl, AccessLimits, AccessParts},
    auth::{Authenticator, Authorizer},
    stores::{AccessStore, AuditStore, Store, StoreError},
};
use std::sync::Arc;

/// What accounts and roles are kept in, and who may change them.
pub(super) struct Accounts {
    pub(super) store: Arc<dyn AccessStore>,
    pub(super) audit: Arc<dyn Store>,
    pub(super) authorizer: Arc<dyn Authorizer>,
}

impl Runtime {
    /// Signs people in. It makes a hash, so that it takes a moment. No directory is asked yet.
    ///
    /// # Errors
    /// [`AccessStartError`] names the directory and the setting.
    pub async fn access_control(&self) -> Result<Arc<AccessControl>, AccessStartError> {
        self.access_control_with(|service| service).await
    }

    /// The same, with each directory in what `around` puts around it.
    ///
    /// # Errors
    /// Those of [`Self::access_control`].
    pub async fn access_control_with(
        &self,
        around: impl Fn(Arc<dyn Authenticator>) -> Arc<dyn Authenticator> + Send,
    ) -> Result<Arc<AccessControl>, AccessStartError> {
        let Accounts { store, audit, authorizer } = &self.access;
        let audit: Arc<dyn AuditStore> = audit.clone();
        let random = Arc::new(SystemRandom);
        let parts = AccessParts {
            store: store.clone(),
            audit,
            directories: self.login_services()?.into_iter().map(around).collect(),
            authorizer: authorizer.clone(),
            hasher: Arc::new(Passwords::new(random.clone())),
            keys: self.keys.clone(),
            clock: Arc::new(SystemClock),
            random,
        };
        Ok(Arc::new(AccessControl::new(parts, AccessLimits::default()).await?))
    }

    #[cfg(not(feature = "ldap"))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "the other one fails")]
    fn login_services(&self) -> Result<Vec<Arc<dyn Authenticator>>, AccessStartError> {
        Ok(Vec::new())
    }

    #[cfg(feature = "ldap")]
    fn login_services(&self) -> Result<Vec<Arc<dyn Authenticator>>, AccessStartError> {
        let mut services: Vec<Arc<dyn Authenticator>> = Vec::new();
        for directory in self.directories()? {
            services.push(directory);
        }
        Ok(services)
    }

    /// The directories of the settings. None is asked yet.
    ///
    /// # Errors
    /// [`AccessStartError`] names the directory and the setting.
    #[cfg(feature = "ldap")]
    pub fn directories(&self) -> Result<Vec<Arc<Directory>>, AccessStartError> {
        let credentials = self.config.credentials.as_deref();
        let open = |options: &DirectoryOptions| {
            let opened = Directory::open(options, credentials, Arc::new(SystemClock));
            let name = || options.name.clone();
            opened
                .map(Arc::new)
                .map_err(|source| AccessStartError::Directory { name: name(), source })
        };
        self.config.directories.iter().map(open).collect()
    }
}

/// Why nobody can sign in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessStartError {
    /// A directory of the settings.
    #[cfg(feature = "ldap")]
    #[error("directory {name}")]
    Directory {
        /// Its name.
        name: RealmName,
        /// What is wrong, and the remedy.
        source: InvalidDirectory,
    },
    /// The database, or two directories with one name.
    #[error(transparent)]
    Store(#[from] StoreError),
}
