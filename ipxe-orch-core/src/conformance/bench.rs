//! A store with everything around it that a case needs.

use super::expect::must;
use crate::{
    auth::{
        Actor, AuthorizeError, Boot, Granted, MarkHosts, OperatorAuthorizer, Origin, Permission,
        Record, Scope, WriteGrant, authorize,
    },
    boot::{BootRequest, ImageIdentity, Ticket, Tickets, prove},
    fakes::AllowWithin,
    host::{HostSpec, Nic, StaticV4},
    ids::{AttemptId, HostId, ImageGeneration},
    keys::{KeyProvider, KeyRing, Purpose},
    lease::Limits,
    memory::{AllMedia, CountingRandom, EventLog, ManualClock, PlainRenderer},
    orchestrator::{Caller, HostInput, Orchestrator, Parts},
    profile::ProfileVersion,
    stores::{HostKey, HostRecord, PutGrant, Store},
    time::{Clock, Random, Timestamp},
};
use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

/// What opens a store's data once more.
type Open = dyn Fn() -> Pin<Box<dyn Future<Output = Arc<dyn Store>> + Send>> + Send + Sync;

/// A store under test, with a clock that stands still, an operator and the profile `plain`.
#[expect(missing_docs, reason = "the types say it")]
pub struct Bench {
    pub store: Arc<dyn Store>,
    pub clock: Arc<ManualClock>,
    pub events: Arc<EventLog>,
    pub keys: Arc<KeyRing>,
    pub orchestrator: Arc<Orchestrator>,
    pub operator: Caller,
    /// What the orchestrator is made of, to make another one that differs in a part.
    pub parts: Parts,
    /// None where the data goes with the store.
    open: Option<Arc<Open>>,
}

/// 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

impl Bench {
    /// Around `store`, which is empty. Its data goes with it: a second handle is the same store,
    /// shared.
    pub fn new(store: Arc<dyn Store>) -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let random = Arc::new(CountingRandom::default());
        let keys = Arc::new(KeyRing::generate(clock.now(), random.as_ref()));
        Self::around(store, None, clock, random, keys)
    }

    /// Around `store`, which is empty, and whose data stays at `place`, where `open` opens it once
    /// more.
    pub fn with_place<P: Send + Sync + 'static>(
        store: Arc<dyn Store>,
        place: P,
        open: impl Fn(Arc<P>) -> Pin<Box<dyn Future<Output = Arc<dyn Store>> + Send>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let place = Arc::new(place);
        let mut bench = Self::new(store);
        bench.open = Some(Arc::new(move || open(place.clone())));
        bench
    }

    fn around(
        store: Arc<dyn Store>,
        open: Option<Arc<Open>>,
        clock: Arc<ManualClock>,
        random: Arc<dyn Random>,
        keys: Arc<KeyRing>,
    ) -> Self {
        let events = Arc::new(EventLog::default());
        let parts = Parts {
            store: store.clone(),
            keys: keys.clone(),
            renderer: Arc::new(PlainRenderer),
            media: Arc::new(AllMedia),
            authorizer: Arc::new(OperatorAuthorizer),
            events: events.clone(),
            clock: clock.clone(),
            random,
        };
        let orchestrator = Arc::new(Orchestrator::new(parts.clone(), Limits::default()));
        let actor = Actor::Local { user: "bench".to_owned() };
        let operator = Caller::new(actor, origin());
        Self { store, clock, events, keys, orchestrator, operator, parts, open }
    }

    /// The bench of another program that works on the same data with a handle of its own. Where
    /// the data goes with the store, it is the same handle, shared.
    pub async fn second(&self) -> Self {
        let store = match &self.open {
            Some(open) => open().await,
            None => self.store.clone(),
        };
        let (clock, random) = (self.clock.clone(), self.parts.random.clone());
        Self::around(store, self.open.clone(), clock, random, self.keys.clone())
    }

    /// The bench after a restart: the store is dropped, and its data opened again.
    pub async fn reopened(self) -> Self {
        let Self { store, clock, keys, orchestrator, parts, open, .. } = self;
        let Parts { store: shared, random, .. } = parts;
        drop((store, shared, orchestrator));
        let open = must(open.ok_or("run the suite with `reopen = …`: this case needs it"));
        Self::around(open().await, Some(open), clock, random, keys)
    }

    /// The operator's grant.
    pub async fn grant<P: Permission>(&self) -> Granted<P> {
        let granted = authorize::<P>(&OperatorAuthorizer, &self.operator.subject, None).await;
        must(granted.map_err(|error: AuthorizeError| error.to_string()))
    }

    /// The grant of a person who may do everything in one scope.
    pub async fn grant_within<P: Permission>(&self, scope: Scope) -> Granted<P> {
        let granted = authorize::<P>(&AllowWithin(scope), &self.operator.subject, None).await;
        must(granted.map_err(|error: AuthorizeError| error.to_string()))
    }

    /// The same bench, at which people may do everything in one scope.
    pub fn orchestrator_within(&self, scope: Scope) -> Orchestrator {
        let mut parts = self.parts.clone();
        parts.authorizer = Arc::new(AllowWithin(scope));
        Orchestrator::new(parts, Limits::default())
    }

    /// Stores the profile `plain`, with this script after `#!ipxe`.
    pub async fn profile(&self, script: &str) -> ProfileVersion {
        self.profile_with(script, "").await
    }

    /// The same with these `[terms]`, as TOML.
    pub async fn profile_with(&self, script: &str, terms: &str) -> ProfileVersion {
        let definition = "name = 'plain'\ntitle = 'Plain'\nscript = 'boot'\n\
            [[answers]]\nname = 'answer'\ntemplate = 'answer'\nsyntax = 'key_value'\nabort = 'abort'\n\
            [[media]]\nname = 'kernel'\npath = 'plain/kernel'\n\
            [terms]\n";
        let definition = format!("{definition}{terms}\n");
        let file = |name: &str, text: &str| (must(name.parse()), text.to_owned());
        let files = BTreeMap::from([
            file("boot", &format!("#!ipxe\n# {{{{ticket}}}}\n{script}")),
            file("answer", "attempt={{attempt.id}}\nbase={{base}}\n"),
            file("abort", "stop=1\n"),
        ]);
        let version = must(ProfileVersion::new(&definition, files));
        let entry = self.entry("profile.put");
        must(self.store.put_profile(&self.grant().await, &version, &entry).await);
        version
    }

    /// A specification: host `number`, with the profile `plain`.
    pub fn spec(&self, number: u16) -> HostSpec {
        let [high, low] = number.to_be_bytes();
        let mut nic = Nic::new(must(mac(number).parse()));
        let address = must(format!("10.{high}.{low}.15/24").parse());
        nic.v4 = Some(StaticV4 { address, gateway: None });
        let mut spec = HostSpec::new(must(format!("host{number}").parse()), vec![nic]);
        spec.profile = Some(must("plain".parse()));
        spec
    }

    /// Registers host `number`; `install` says whether its first boot installs.
    pub async fn register(&self, number: u16, install: bool) -> HostRecord {
        let input = HostInput::new(self.spec(number), install);
        let plan = must(self.orchestrator.plan_import(&self.operator, &[input]).await);
        must(self.orchestrator.import(&self.operator, &plan).await);
        self.host(number).await
    }

    /// Host `number` as it is stored now.
    pub async fn host(&self, number: u16) -> HostRecord {
        let key = HostKey::Name(must(format!("host{number}").parse()));
        let found = must(self.store.lookup_host(&self.grant().await, &key).await);
        must(found.ok_or("the host is not there"))
    }

    /// The query of host `number`'s image.
    pub async fn query(&self, host: HostId, number: u16) -> String {
        let key = must(self.keys.active(Purpose::Image).await);
        let identity = ImageIdentity::derive(&key, host, ImageGeneration(0));
        let secret = identity.secret.reveal();
        format!("h={host}&g=0&k={}&t={}&m={}&u=&s=&f=pcbios&a=i386", key.id, *secret, mac(number))
    }

    /// The script that host `number` gets when it boots now.
    pub async fn boot(&self, host: HostId, number: u16) -> String {
        let query = self.query(host, number).await;
        must(self.orchestrator.boot(&query, origin()).await).script
    }

    /// The grant with which the program itself keeps events and audit entries.
    pub fn recorder(&self) -> Granted<Record> {
        Granted::<Record>::background("bench")
    }

    /// The grant to create hosts, with a mark or without.
    pub async fn put_grant(&self) -> PutGrant {
        PutGrant::new(self.grant().await, Some(self.grant().await))
    }

    /// The operator's grant to change leases.
    pub async fn write_grant(&self) -> WriteGrant {
        self.grant::<MarkHosts>().await.write()
    }

    /// The grant of a booting machine.
    pub async fn machine(&self, host: HostId) -> Granted<Boot> {
        let request: BootRequest = must(self.query(host, 1).await.parse());
        must(must(prove(&request, self.keys.as_ref()).await))
    }

    /// The grant of whoever holds the ticket of an attempt.
    pub async fn opened(&self, attempt: AttemptId) -> Granted<Boot> {
        let ticket = self.ticket(attempt).await;
        let opened = must(Tickets::new(self.keys.as_ref()).open(&ticket).await);
        must(opened.ok_or("no ticket of this bench")).1
    }

    /// The ticket of an attempt.
    pub async fn ticket(&self, attempt: AttemptId) -> String {
        Ticket::new(&must(self.keys.active(Purpose::Ticket).await), attempt).to_string()
    }

    /// An audit entry of the operator.
    pub fn entry(&self, action: &str) -> crate::audit::AuditEntry {
        let (actor, origin) = (self.operator.actor().clone(), origin());
        crate::audit::AuditEntry::new(self.clock.now(), actor, origin, action)
    }
}

fn mac(number: u16) -> String {
    let [high, low] = number.to_be_bytes();
    format!("52:54:00:00:{high:02x}:{low:02x}")
}

pub(super) fn origin() -> Origin {
    Origin("192.0.2.1".to_owned())
}
