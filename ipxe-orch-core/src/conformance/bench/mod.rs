//! A store with everything around it that a case needs.

mod grants;
mod hosts;

use super::expect::must;
use crate::{
    auth::{Actor, OperatorAuthorizer, Origin},
    keys::KeyRing,
    lease::Limits,
    memory::{AllMedia, CountingRandom, EventLog, InPlace, ManualClock, PlainRenderer},
    orchestrator::{Caller, Orchestrator, Parts},
    stores::Store,
    time::{Clock, Random, Timestamp},
};
use std::{future::Future, pin::Pin, sync::Arc};

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
    /// The parts of the orchestrator, to make another one that differs in one part.
    pub parts: Parts,
    /// None where the data goes with the store.
    open: Option<Arc<Open>>,
}

/// 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

impl Bench {
    /// A bench with an empty store whose data is lost with it. A second handle is the same store,
    /// shared.
    pub fn new(store: Arc<dyn Store>) -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let random = Arc::new(CountingRandom::default());
        let keys = Arc::new(KeyRing::generate(clock.now(), random.as_ref()));
        Self::around(store, None, clock, random, keys)
    }

    /// A bench with an empty store whose data is at `place`. `open` opens that data once more.
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
            workers: Arc::new(InPlace),
        };
        let orchestrator = Arc::new(Orchestrator::new(parts.clone(), Limits::default()));
        let actor = Actor::Local { user: "bench".to_owned() };
        let operator = Caller::new(actor, origin());
        Self { store, clock, events, keys, orchestrator, operator, parts, open }
    }

    /// The bench of another program that works on the same data with a handle of its own. If the
    /// data is lost with the store, it is the same handle, shared.
    pub async fn second(&self) -> Self {
        let store = match &self.open {
            Some(open) => open().await,
            None => self.store.clone(),
        };
        let (clock, random) = (self.clock.clone(), self.parts.random.clone());
        Self::around(store, self.open.clone(), clock, random, self.keys.clone())
    }

    /// A bench around another store, with the clock, the randomness and the keys of this one: what
    /// was done at this bench may be in that store.
    #[must_use]
    pub fn beside(&self, store: Arc<dyn Store>) -> Self {
        let (clock, random) = (self.clock.clone(), self.parts.random.clone());
        Self::around(store, None, clock, random, self.keys.clone())
    }

    /// The bench after a restart: the store is dropped, and its data opened again.
    pub async fn reopened(self) -> Self {
        let Self { store, clock, keys, orchestrator, parts, open, .. } = self;
        let Parts { store: shared, random, .. } = parts;
        drop((store, shared, orchestrator));
        let open = must(open.ok_or("run the suite with `reopen = …`: this case needs it"));
        Self::around(open().await, Some(open), clock, random, keys)
    }
}

pub(super) fn origin() -> Origin {
    Origin("192.0.2.1".to_owned())
}
