//! Who can sign in.

use super::Runtime;
use ipxe_orch_backends::local::{Passwords, SystemClock, SystemRandom};
use ipxe_orch_core::{
    access::{AccessControl, AccessLimits, AccessParts},
    auth::Authorizer,
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
    /// Signs people in. It makes a hash, so that it takes a moment.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn access_control(&self) -> Result<Arc<AccessControl>, StoreError> {
        let Accounts { store, audit, authorizer } = &self.access;
        let audit: Arc<dyn AuditStore> = audit.clone();
        let random = Arc::new(SystemRandom);
        let parts = AccessParts {
            store: store.clone(),
            audit,
            directories: Vec::new(),
            authorizer: authorizer.clone(),
            hasher: Arc::new(Passwords::new(random.clone())),
            keys: self.keys.clone(),
            clock: Arc::new(SystemClock),
            random,
        };
        Ok(Arc::new(AccessControl::new(parts, AccessLimits::default()).await?))
    }
}
