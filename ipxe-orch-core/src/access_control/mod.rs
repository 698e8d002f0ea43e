//! Signing in, and what follows from it: sessions, tokens, accounts, roles.

mod accounts;
mod bindings;
mod error;
mod first;
mod local;
mod roles;
mod sessions;
mod sign_in;
#[cfg(test)]
mod tests;
mod throttle;
mod tokens;

pub use accounts::NewAccount;
pub use bindings::NewBinding;
pub use error::AccessError;
pub use first::FirstAdministrator;
pub use local::{LocalAccounts, PasswordHasher};
pub use roles::{Explained, RoleAuthorizer};
pub use sessions::SignedIn;
pub use tokens::NewToken;

use crate::{
    audit::{AuditEntry, AuditOutcome},
    auth::{
        AccessGrant, Actor, Authenticator, AuthorizeError, Authorizer, Caller, Granted,
        ManageAccess, Origin, PersonId, Record, authorize,
    },
    keys::KeyProvider,
    names::RealmName,
    stores::{AccessStore, AuditStore, StoreError},
    time::{Clock, Random, Timestamp},
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use throttle::Throttle;

/// How long what is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessLimits {
    /// A session ends after this time without a request: 1 hour by default.
    pub idle: Duration,
    /// A session ends after this time, whatever is done: 12 hours by default.
    pub session: Duration,
    /// How often a login service is asked whether a person may still sign in, and for the groups:
    /// every 5 minutes by default.
    pub refresh: Duration,
    /// How long the last answer of a login service counts that cannot be reached: 1 hour by default.
    pub stale: Duration,
    /// How long a password counts that was shown, for what needs it anew: 15 minutes by default.
    pub proof: Duration,
    /// The longest life of a token: 366 days by default.
    pub token: Duration,
}

impl Default for AccessLimits {
    fn default() -> Self {
        Self {
            idle: Duration::from_hours(1),
            session: Duration::from_hours(12),
            refresh: Duration::from_mins(5),
            stale: Duration::from_hours(1),
            proof: Duration::from_mins(15),
            token: Duration::from_hours(366 * 24),
        }
    }
}

/// The parts of an [`AccessControl`].
#[derive(Clone)]
pub struct AccessParts {
    /// Accounts, bindings, sessions and tokens.
    pub store: Arc<dyn AccessStore>,
    /// Where attempts are told of that changed nothing.
    pub audit: Arc<dyn AuditStore>,
    /// Directories, beside the local accounts.
    pub directories: Vec<Arc<dyn Authenticator>>,
    /// Decides who may manage access; [`RoleAuthorizer`] does so by the bindings.
    pub authorizer: Arc<dyn Authorizer>,
    /// Hashes the passwords of local accounts.
    pub hasher: Arc<dyn PasswordHasher>,
    /// The keys, one of which is for tokens.
    pub keys: Arc<dyn KeyProvider>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The source of secrets and ids.
    pub random: Arc<dyn Random>,
}

impl fmt::Debug for AccessParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessParts").finish_non_exhaustive()
    }
}

/// Signs people in, and says who somebody is that shows a session or a token.
pub struct AccessControl {
    parts: AccessParts,
    limits: AccessLimits,
    /// The directories, and at last the local accounts.
    realms: Vec<Arc<dyn Authenticator>>,
    throttle: Mutex<Throttle>,
    recorder: Granted<Record>,
}

impl fmt::Debug for AccessControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessControl").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl AccessControl {
    /// Puts the parts together.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if two login services have one name.
    pub async fn new(parts: AccessParts, limits: AccessLimits) -> Result<Self, StoreError> {
        let local = LocalAccounts::new(parts.store.clone(), parts.hasher.clone()).await?;
        let mut realms = parts.directories.clone();
        realms.push(Arc::new(local));
        for (index, realm) in realms.iter().enumerate() {
            if realms.iter().skip(index + 1).any(|other| other.realm() == realm.realm()) {
                let name = realm.realm();
                let why = format!("two login services have the name {name}: rename one of them");
                return Err(StoreError::Invalid(why));
            }
        }
        let (throttle, recorder) = (Mutex::default(), Granted::<Record>::background("access"));
        Ok(Self { parts, limits, realms, throttle, recorder })
    }

    /// The names of the login services; the local accounts come last.
    pub fn realms(&self) -> impl Iterator<Item = &RealmName> {
        self.realms.iter().map(|realm| realm.realm())
    }

    /// The limits.
    pub const fn limits(&self) -> &AccessLimits {
        &self.limits
    }

    fn realm(&self, name: &RealmName) -> Result<&dyn Authenticator, AccessError> {
        let found = self.realms.iter().find(|realm| realm.realm() == name);
        let names = || self.realms().map(RealmName::as_str).collect::<Vec<_>>().join(", ");
        let unknown =
            || AccessError::Invalid(format!("there is no login service {name}: {}", names()));
        found.map(AsRef::as_ref).ok_or_else(unknown)
    }

    fn realm_of(&self, person: &PersonId) -> Result<&dyn Authenticator, AccessError> {
        self.realm(person.realm())
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entry(&self, actor: &Actor, origin: &Origin, action: &str) -> AuditEntry {
        AuditEntry::new(self.now(), actor.clone(), origin.clone(), action)
    }

    /// The proof that `caller` may manage access. A denial has an audit entry.
    async fn manage(&self, caller: &Caller, action: &str) -> Result<AccessGrant, AccessError> {
        let authorizer = self.parts.authorizer.as_ref();
        match authorize::<ManageAccess>(authorizer, &caller.subject, None).await {
            Ok(granted) => Ok(granted.access()?),
            Err(AuthorizeError::Store(error)) => Err(error.into()),
            Err(denied) => self.deny(caller, action, denied.to_string()).await,
        }
    }

    async fn deny<T>(&self, caller: &Caller, action: &str, why: String) -> Result<T, AccessError> {
        let entry = self.entry(caller.actor(), &caller.origin, action);
        self.tell(entry, AuditOutcome::Denied, why.clone()).await?;
        Err(AccessError::Denied(why))
    }

    /// Tells of something that changed nothing.
    async fn tell(
        &self,
        mut entry: AuditEntry,
        outcome: AuditOutcome,
        detail: String,
    ) -> Result<(), StoreError> {
        (entry.outcome, entry.detail) = (outcome, Some(detail));
        self.parts.audit.append_audit(&self.recorder, &[entry]).await
    }
}
