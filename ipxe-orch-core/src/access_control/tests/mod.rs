//! Signing in, with everything in memory.

mod accounts;
mod roles;
mod sessions;
mod tokens;

use super::{AccessControl, AccessError, AccessLimits, AccessParts, RoleAuthorizer, SignedIn};
use crate::{
    access::PasswordHash,
    access_control::PasswordHasher,
    audit::{AuditEntry, AuditOutcome},
    auth::{
        Actor, Authenticator, Caller, Granted, Origin, Password, Person, PersonId, ReadAudit,
        Refusal, SignInError,
    },
    digest::Digest,
    ids::{ChainId, Epoch},
    keys::KeyRing,
    memory::{CountingRandom, ManualClock, MemoryStore},
    names::RealmName,
    stores::{AuditStore as _, StoreError},
    time::{Clock as _, Timestamp},
};
use async_trait::async_trait;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// A directory whose answers a test sets.
struct Directory {
    realm: RealmName,
    /// What it says of the one person it has; `None` if it does not answer.
    answer: Mutex<Option<Result<Person, Refusal>>>,
}

impl Directory {
    fn say(&self, answer: Option<Result<Person, Refusal>>) {
        *self.answer.lock().unwrap() = answer;
    }

    fn answer(&self) -> Result<Person, SignInError> {
        match self.answer.lock().unwrap().clone() {
            Some(Ok(person)) => Ok(person),
            Some(Err(refusal)) => Err(refusal.into()),
            None => Err(SignInError::Unavailable {
                realm: self.realm.clone(),
                text: "no controller answers".to_owned(),
                source: None,
            }),
        }
    }
}

#[async_trait]
impl Authenticator for Directory {
    fn realm(&self) -> &RealmName {
        &self.realm
    }

    async fn sign_in(&self, _: &str, password: &Password) -> Result<Person, SignInError> {
        let person = self.answer()?;
        if password.reveal() == RIGHT { Ok(person) } else { Err(Refusal::Credentials.into()) }
    }

    async fn find(&self, _: &str) -> Result<PersonId, SignInError> {
        Ok(self.answer()?.id)
    }

    async fn refresh(&self, _: &PersonId) -> Result<Person, SignInError> {
        self.answer()
    }
}

/// Hashes that cost nothing.
struct Plain;

#[async_trait]
impl PasswordHasher for Plain {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, StoreError> {
        let hidden = Digest::of(password.reveal());
        Ok(PasswordHash::new(format!("$plain${hidden}")).unwrap())
    }

    async fn compare(&self, password: &Password, hash: &PasswordHash) -> Result<bool, StoreError> {
        Ok(self.hash(password).await?.reveal() == hash.reveal())
    }
}

const RIGHT: &str = "correct horse";

struct Bench {
    access: AccessControl,
    directory: Arc<Directory>,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap()
}

fn home() -> Origin {
    Origin("192.0.2.1:5000".to_owned())
}

fn bob(groups: &[&str]) -> Person {
    let mut person = Person::new("corp/1105".parse().unwrap(), "bob");
    person.groups = groups
        .iter()
        .map(|id| crate::auth::Group { id: id.parse().unwrap(), name: "a group".to_owned() })
        .collect();
    person
}

fn operator() -> Caller {
    Caller::new(Actor::Local { user: "root".to_owned() }, Origin("cli".to_owned()))
}

impl Bench {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_000_000)));
        let random = Arc::new(CountingRandom::default());
        let store = Arc::new(MemoryStore::new(
            Epoch::generate(random.as_ref()),
            ChainId::from_bytes([1; 16]),
        ));
        let realm = "corp".parse().unwrap();
        let directory = Arc::new(Directory { realm, answer: Mutex::new(Some(Ok(bob(&[])))) });
        let parts = AccessParts {
            store: store.clone(),
            audit: store.clone(),
            directories: vec![directory.clone()],
            authorizer: Arc::new(RoleAuthorizer::new(store.clone(), clock.clone())),
            hasher: Arc::new(Plain),
            keys: Arc::new(KeyRing::generate(clock.now(), random.as_ref())),
            clock: clock.clone(),
            random,
        };
        let access = AccessControl::new(parts, AccessLimits::default()).await.unwrap();
        Self { access, directory, store, clock }
    }

    async fn try_as(&self, name: &str, text: &str) -> Result<SignedIn, AccessError> {
        self.access.sign_in(None, name, &password(text), &home(), Some("a browser")).await
    }

    async fn signed_in(&self) -> SignedIn {
        self.try_as("bob", RIGHT).await.unwrap()
    }

    fn later(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Action and outcome of each entry.
    async fn audit(&self) -> Vec<(String, AuditOutcome)> {
        let entries = self.entries().await;
        entries.into_iter().map(|entry| (entry.action, entry.outcome)).collect()
    }

    async fn entries(&self) -> Vec<AuditEntry> {
        let grant = Granted::<ReadAudit>::background("test");
        let entries = self.store.read_audit(&grant, None, 1000).await.unwrap();
        entries.into_iter().map(|entry| serde_json::from_str(&entry.text).unwrap()).collect()
    }
}
