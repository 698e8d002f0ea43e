//! Name and password.

use super::{AccessControl, AccessError, SignedIn};
use crate::{
    access::{AccountKey, Session, SessionSecret},
    access_control::LocalAccounts,
    audit::AuditOutcome,
    auth::{
        AccessGrant, Actor, Authenticator, Origin, Password, Person, Refusal, SignInError, Subject,
    },
    ids::SessionId,
    names::{AccountName, RealmName},
};

impl AccessControl {
    /// Signs a person in, for a browser. Without a `realm`, a name of a local account is that of the
    /// account, and any other name is one of the first directory.
    ///
    /// # Errors
    /// [`AccessError::Refused`], [`AccessError::Wait`], [`AccessError::Unavailable`]. Each attempt
    /// that was made has an audit entry.
    pub async fn sign_in(
        &self,
        realm: Option<&RealmName>,
        name: &str,
        password: &Password,
        origin: &Origin,
        agent: Option<&str>,
    ) -> Result<SignedIn, AccessError> {
        let realm = self.realm_for(realm, name).await?;
        let person = self.check_password(realm, name, password, origin).await?;
        self.start_session(person, origin, agent).await
    }

    async fn realm_for(
        &self,
        realm: Option<&RealmName>,
        name: &str,
    ) -> Result<&dyn Authenticator, AccessError> {
        if let Some(realm) = realm {
            return self.realm(realm);
        }
        let first = self.realms.first().ok_or(AccessError::NotSignedIn)?;
        let Ok(name) = name.to_lowercase().parse::<AccountName>() else {
            return Ok(first.as_ref());
        };
        let key = AccountKey::Name(name);
        let local = self.parts.store.lookup_account(&AccessGrant::service(), &key).await?;
        match (local, self.realms.last()) {
            (Some(_), Some(accounts)) => Ok(accounts.as_ref()),
            _ => Ok(first.as_ref()),
        }
    }

    /// Whether it is the realm of the local accounts.
    pub(super) fn is_local(realm: &RealmName) -> bool {
        realm.as_str() == LocalAccounts::REALM
    }

    /// Asks the login service, unless the name must wait at this address.
    pub(super) async fn check_password(
        &self,
        realm: &dyn Authenticator,
        name: &str,
        password: &Password,
        origin: &Origin,
    ) -> Result<Person, AccessError> {
        let address = address(origin);
        let full = format!("{}/{name}", realm.realm());
        let now = self.now();
        if let Some(wait) = self.throttle().wait(&full, &address, now) {
            return Err(AccessError::Wait(wait));
        }
        match realm.sign_in(name, password).await {
            Ok(person) => {
                self.throttle().succeeded(&full, &address);
                Ok(person)
            }
            Err(error) => Err(self.not_signed_in(&full, origin, error).await?),
        }
    }

    /// Counts a wrong password, and tells of it.
    async fn not_signed_in(
        &self,
        name: &str,
        origin: &Origin,
        error: SignInError,
    ) -> Result<AccessError, AccessError> {
        let outcome = match &error {
            SignInError::Refused(Refusal::MustChangePassword | Refusal::PasswordExpired) => {
                AuditOutcome::Refused
            }
            SignInError::Refused(_) => {
                self.throttle().failed(name, &address(origin), self.now());
                AuditOutcome::Denied
            }
            SignInError::Unavailable { .. } => AuditOutcome::Failed,
        };
        let actor = Actor::Background { task: "sign-in".to_owned() };
        let name = crate::text::shown(name);
        let detail = format!("{name}: {error}");
        self.tell(self.entry(&actor, origin, "session.start"), outcome, detail).await?;
        Ok(error.into())
    }

    async fn start_session(
        &self,
        person: Person,
        origin: &Origin,
        agent: Option<&str>,
    ) -> Result<SignedIn, AccessError> {
        let (now, random) = (self.now(), self.parts.random.as_ref());
        let secret = SessionSecret::generate(random);
        let id = SessionId::generate(now, random);
        let ends = now.plus(self.limits.session);
        let mut session = Session::new(id, secret.digest(), person, now, ends, origin.clone());
        if let Some(agent) = agent {
            session = session.with_agent(agent);
        }
        let subject = Subject::from(&session.person);
        let entry = self.entry(&subject.actor, origin, "session.start");
        let grant = AccessGrant::own(&session.person.id, subject.actor.clone());
        self.parts.store.put_session(&grant, &session, &entry).await?;
        Ok(SignedIn { secret: Some(secret), session })
    }
}

/// What is counted: the address without its port, or a whole network of IPv6.
pub(super) fn address(origin: &Origin) -> String {
    use std::net::IpAddr;
    match origin.address() {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Some(address) => address.to_string(),
        None => origin.0.clone(),
    }
}
