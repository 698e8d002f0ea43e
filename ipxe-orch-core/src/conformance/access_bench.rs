//! A store of accounts, bindings, sessions and tokens, with what its cases need.

use super::expect::must;
use crate::{
    access::{Account, PasswordHash, Session, Token},
    audit::AuditEntry,
    auth::{
        AccessGrant, Actor, Binding, Granted, Group, Hosts, OperatorAuthorizer, Origin, Person,
        Principal, ReadAudit, Role, authorize,
    },
    digest::Digest,
    ids::{BindingId, KeyId, SessionId, TokenId},
    memory::{CountingRandom, ManualClock},
    stores::{AccessStore, AuditStore, StoreError},
    time::{Clock, Random, Timestamp},
};
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

/// Accounts, bindings, sessions and tokens, with the audit of their changes. Every type that has
/// the traits has this one.
pub trait AuditedAccess: AccessStore + AuditStore {}

impl<T: AccessStore + AuditStore> AuditedAccess for T {}

/// What opens a store's data once more.
type Open = dyn Fn() -> Pin<Box<dyn Future<Output = Arc<dyn AuditedAccess>> + Send>> + Send + Sync;

/// A store under test, with a clock that stands still.
#[expect(missing_docs, reason = "the types say it")]
pub struct AccessBench {
    pub store: Arc<dyn AuditedAccess>,
    pub clock: Arc<ManualClock>,
    random: Arc<CountingRandom>,
    /// None where the data goes with the store.
    open: Option<Arc<Open>>,
}

/// 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

impl AccessBench {
    /// A bench with an empty store whose data is lost with it. A second handle is the same store,
    /// shared.
    pub fn new(store: Arc<dyn AuditedAccess>) -> Self {
        let (clock, random) = (ManualClock::new(START), CountingRandom::default());
        Self { store, clock: Arc::new(clock), random: Arc::new(random), open: None }
    }

    /// A bench with an empty store whose data is at `place`. `open` opens that data once more.
    pub fn with_place<P: Send + Sync + 'static>(
        store: Arc<dyn AuditedAccess>,
        place: P,
        open: impl Fn(Arc<P>) -> Pin<Box<dyn Future<Output = Arc<dyn AuditedAccess>> + Send>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let place = Arc::new(place);
        Self { open: Some(Arc::new(move || open(place.clone()))), ..Self::new(store) }
    }

    /// The bench of another program that works on the same data with a handle of its own. If the
    /// data is lost with the store, it is the same handle, shared.
    pub async fn second(&self) -> Self {
        let store = match &self.open {
            Some(open) => open().await,
            None => self.store.clone(),
        };
        let (clock, random) = (self.clock.clone(), self.random.clone());
        Self { store, clock, random, open: self.open.clone() }
    }

    /// The bench after a restart: the store is dropped, and its data opened again.
    pub async fn reopened(self) -> Self {
        let Self { store, clock, random, open } = self;
        drop(store);
        let open = must(open.ok_or("run the suite with `reopen = …`: this case needs it"));
        Self { store: open().await, clock, random, open: Some(open) }
    }

    /// The grant of whoever may manage access.
    pub async fn grant(&self) -> AccessGrant {
        let operator = Actor::Local { user: "bench".to_owned() }.into();
        must(must(authorize(&OperatorAuthorizer, &operator, None).await).access())
    }

    /// The grant of the login service, before anybody is signed in.
    pub fn service(&self) -> AccessGrant {
        AccessGrant::service()
    }

    /// The grant of a person over its own sessions and tokens.
    pub fn own(&self, person: &Person) -> AccessGrant {
        let actor = Actor::User { id: person.id.clone(), name: person.name.clone() };
        AccessGrant::own(&person.id, actor)
    }

    /// An audit entry of the operator.
    pub fn entry(&self, action: &str) -> AuditEntry {
        let actor = Actor::Local { user: "bench".to_owned() };
        AuditEntry::new(self.clock.now(), actor, Origin("192.0.2.1".to_owned()), action)
    }

    /// The actions of the whole audit.
    pub async fn actions(&self) -> Vec<String> {
        let grant = Granted::<ReadAudit>::background("bench");
        let entries = must(self.store.read_audit(&grant, None, 10_000).await);
        let action = |text: &str| must(serde_json::from_str::<AuditEntry>(text)).action;
        entries.iter().map(|entry| action(&entry.text)).collect()
    }

    /// So many milliseconds after the time of the clock.
    pub fn later(&self, millis: u64) -> Timestamp {
        self.clock.now().plus(Duration::from_millis(millis))
    }

    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A digest that no other one is like.
    pub fn digest(&self) -> Digest {
        Digest::of(self.bytes::<16>())
    }

    /// Person `number` of a directory, with two groups.
    pub fn person(&self, number: u32) -> Person {
        let group = |group: u32| Group {
            id: must(format!("corp/G-{number}-{group}").parse()),
            name: format!("Group {group} \u{e4}\u{1f600}"),
        };
        let name = format!("person{number}");
        let mut person = Person::new(must(format!("corp/S-1-5-{number}").parse()), name);
        person.display_name = Some(format!("Person \u{fc} {number}"));
        person.groups = vec![group(1), group(2)];
        person
    }

    /// A new account, with something in every field.
    pub fn account(&self, name: &str) -> Account {
        let id = must(format!("local/{}", SessionId::from_bytes(self.bytes())).parse());
        let hash = must(PasswordHash::new(format!("$argon2id$v=19$m=8,t=1,p=1${}", self.digest())));
        let mut account = Account::new(id, must(name.parse()), hash, self.clock.now());
        account.display_name = Some(format!("Account \u{e4} {name}"));
        (account.must_change, account.disabled) = (true, true);
        account.password_at = self.later(7);
        account.other.insert("newer".to_owned(), serde_json::json!({ "a": [1] }));
        account
    }

    /// A new binding of a role to groups at a site.
    pub fn binding(&self) -> Binding {
        let who = Principal::Groups(self.person(1).groups);
        let site = Hosts::Site(must("north".parse()));
        let mut binding =
            Binding::new(BindingId::from_bytes(self.bytes()), who, Role::Reimager, site);
        binding.expires_at = Some(self.later(9));
        binding
    }

    /// A new session, with something in every field.
    pub fn session(&self, person: &Person) -> Session {
        let (id, secret) = (SessionId::from_bytes(self.bytes()), self.digest());
        let (now, end) = (self.clock.now(), self.later(1000));
        let origin = Origin("192.0.2.7".to_owned());
        Session::new(id, secret, person.clone(), now, end, origin).with_agent("Browser \u{e4}/1.0")
    }

    /// A new token, with something in every field.
    pub fn token(&self, owner: &Person) -> Token {
        let (id, key) = (TokenId::from_bytes(self.bytes()), KeyId::from_bytes(self.bytes()));
        let (now, end) = (self.clock.now(), self.later(1000));
        let verifier = self.digest();
        let mut token = Token::new(id, "a \u{e4} name", owner.clone(), (key, verifier), now, end);
        let actions = [crate::auth::Action::SeeHosts, crate::auth::Action::MarkHosts];
        token.limit.actions = Some(actions.into());
        let labels = [(must("role".parse()), must("web".parse()))];
        token.limit.hosts = Some(Hosts::Labels(labels.into()));
        token
    }
}

impl AccessBench {
    /// Two accounts, bindings, sessions and tokens, each of another person.
    pub async fn fill(&self) {
        for (number, name) in [(1, "ann"), (2, "bob")] {
            must(self.put_account(&self.account(name)).await);
            must(self.put_binding(&self.binding()).await);
            must(self.put_session(&self.session(&self.person(number))).await);
            must(self.put_token(&self.token(&self.person(number))).await);
        }
    }

    pub(super) async fn put_account(&self, account: &Account) -> Result<(), StoreError> {
        let entry = self.entry("account.put");
        self.store.put_account(&self.grant().await, account, &entry).await
    }

    pub(super) async fn put_binding(&self, binding: &Binding) -> Result<(), StoreError> {
        let entry = self.entry("binding.put");
        self.store.put_binding(&self.grant().await, binding, &entry).await
    }

    pub(super) async fn put_session(&self, session: &Session) -> Result<(), StoreError> {
        let entry = self.entry("session.put");
        self.store.put_session(&self.service(), session, &entry).await
    }

    pub(super) async fn put_token(&self, token: &Token) -> Result<(), StoreError> {
        let entry = self.entry("token.put");
        self.store.put_token(&self.own(&token.owner), token, &entry).await
    }
}
