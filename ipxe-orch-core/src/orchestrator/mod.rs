//! The parts put together: load, decide, render, apply, answer.
//!
//! An [`Orchestrator`] is what a server, a command line or a program of your own calls. It holds
//! its [`Parts`] as `Arc<dyn …>`, and it keeps no state that a database must have. So several
//! programs, each with an orchestrator, may work on one database.
//!
//! # Example
//! A host is registered with a profile, and boots. The parts are those in memory; [`Parts`] says
//! which others there are.
//! ```
//! use ipxe_orch_core::{
//!     auth::{Actor, OperatorAuthorizer, Origin},
//!     boot::ImageIdentity,
//!     host::{HostSpec, Nic, StaticV4},
//!     ids::{ChainId, Epoch},
//!     keys::{KeyRing, Purpose},
//!     lease::Limits,
//!     memory::{AllMedia, CountingRandom, EventLog, InPlace, ManualClock, MemoryStore, PlainRenderer},
//!     orchestrator::{Caller, HostInput, Orchestrator, Parts},
//!     profile::ProfileVersion,
//!     stores::HostKey,
//!     time::{Clock, Timestamp},
//! };
//! use std::{collections::BTreeMap, sync::Arc};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = Arc::new(ManualClock::new(Timestamp::from_millis(0)));
//! let random = Arc::new(CountingRandom::default()); // for tests only: it can be predicted
//! let keys = Arc::new(KeyRing::generate(clock.now(), random.as_ref()));
//! let chain = ChainId::generate(clock.now(), random.as_ref());
//! let parts = Parts {
//!     store: Arc::new(MemoryStore::new(Epoch::generate(random.as_ref()), chain)),
//!     keys: keys.clone(),
//!     renderer: Arc::new(PlainRenderer),
//!     media: Arc::new(AllMedia),
//!     authorizer: Arc::new(OperatorAuthorizer),
//!     events: Arc::new(EventLog::default()),
//!     clock,
//!     random,
//!     workers: Arc::new(InPlace),
//! };
//! let orchestrator = Orchestrator::new(parts, Limits::default());
//! let operator = Actor::Local { user: "ann".to_owned() };
//! let caller = Caller::new(operator, Origin("our program".to_owned()));
//!
//! let definition = "name = 'ours'\ntitle = 'Ours'\nscript = 'boot.ipxe'\n\
//!     [[media]]\nname = 'kernel'\npath = 'ours/kernel'\n";
//! let script = "#!ipxe
//! kernel --timeout 10000 t/{{ticket}}/media/kernel host={{host.name}} || exit 1
//! imgfetch --timeout 3000 t/{{ticket}}/claim || exit 1
//! boot || exit 1
//! ";
//! let files = BTreeMap::from([("boot.ipxe".parse()?, script.to_owned())]);
//! orchestrator.put_profile(&caller, &ProfileVersion::new(definition, files)?).await?;
//!
//! let mut nic = Nic::new("52:54:00:12:34:56".parse()?);
//! nic.v4 = Some(StaticV4 { address: "10.0.2.15/24".parse()?, gateway: None });
//! let mut spec = HostSpec::new("web1".parse()?, vec![nic]);
//! spec.profile = Some("ours".parse()?);
//! let plan = orchestrator.plan_import(&caller, &[HostInput::new(spec, true)]).await?;
//! orchestrator.import(&caller, &plan).await?;
//!
//! // The machine boots. Its image has this identity, and sends this query.
//! let host = orchestrator.host(&caller, &HostKey::Name("web1".parse()?)).await?;
//! let key = keys.lookup_active(Purpose::Image).ok_or("no image key")?;
//! let ImageIdentity { host, generation, key, secret } =
//!     ImageIdentity::derive(key, host.id, host.image_generation);
//! let secret = secret.reveal();
//! let query = format!("h={host}&g={generation}&k={key}&t={}&m=52:54:00:12:34:56", *secret);
//! let answer = orchestrator.boot(&query, Origin("10.0.2.15".to_owned())).await?;
//! assert!(answer.script.contains("host=web1"));
//! # Ok(()) }
//! ```

mod accept;
mod answer;
mod approvals;
mod boot;
mod clock;
mod defaults;
mod discovered;
mod elsewhere;
mod engine;
mod error;
mod forward;
mod governing;
mod hosts;
mod image;
mod image_keys;
mod image_state;
mod import;
mod offer;
mod open;
mod operate;
mod overdue;
mod planning;
mod policies;
mod preview;
mod profiles;
mod prune;
mod read;
mod reading;
mod remove;
mod render;
mod seal;
mod suspend;
mod task;
mod unanswered;
mod variables;
mod warning;

pub use accept::{AcceptedDatabase, StandingMarks, VoidedMark};
pub use answer::{Report, ReportError, TicketAnswer};
pub use boot::BootAnswer;
pub use clock::{CheckError, ClockBehind, DatabaseClock};
pub use defaults::DefaultsEdit;
pub use discovered::Relearn;
pub use error::OrchestratorError;
pub use image::{HostImage, WhichImages};
pub use image_keys::KeyUse;
pub use image_state::ImageState;
pub use import::{HostChange, HostInput, Import};
pub use open::{OpenBoot, OpenTicket, Writing};
pub use operate::{MarkOrder, Marked, Operation};
pub use preview::{Preview, PreviewFile};
pub use prune::{MIN_AUDIT_AGE, PrunedChain};
pub use reading::AuditReading;
pub use seal::Resealed;
pub use task::Task;
pub use warning::HostWarning;

pub use crate::{auth::Caller, media::MediaLibrary};

use clock::Clocks;
use elsewhere::Told;

use crate::{
    audit::{AuditEntry, AuditOutcome},
    auth::{
        Actor, AuthorizeError, Authorizer, Granted, Origin, Permission, Record, Resource, authorize,
    },
    ids::Epoch,
    keys::KeyProvider,
    lease::Limits,
    policy::{Calendar, NoCalendar},
    profile::ScriptRenderer,
    stores::{BootEvent, Store, StoreError},
    time::{Clock, Random, Timestamp},
    work::Workers,
};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// Takes events of the boot path.
///
/// # Rules
/// - It never makes a boot wait: it does not block, sleep or write. It puts the event into a queue
///   with a limit, and counts what goes beyond it.
/// - It never panics, and it has no errors: no boot depends on an event.
/// - It is called from several threads at once. Events may come in another order than their times.
/// - The texts of an event come from machines, and may be forged. Store them as data, and escape
///   them when you show them.
/// - Many events may come from machines that proved nothing (`host` is `None`). Limit those, so
///   that they do not displace the others.
///
/// # Example
/// ```
/// use ipxe_orch_core::{
///     auth::{Granted, Record},
///     orchestrator::EventSink,
///     stores::BootEvent,
/// };
/// use std::sync::mpsc::SyncSender;
///
/// /// Hands events to a thread that writes them. If that is too slow, events are lost.
/// struct Queue(SyncSender<(Granted<Record>, BootEvent)>);
///
/// impl EventSink for Queue {
///     fn record(&self, grant: &Granted<Record>, event: BootEvent) {
///         self.0.try_send((grant.clone(), event)).ok();
///     }
/// }
/// ```
pub trait EventSink: Send + Sync {
    /// Takes one event, which may be lost in a crash. The grant is for
    /// [`EventStore::record_events`](crate::stores::EventStore::record_events).
    fn record(&self, grant: &Granted<Record>, event: BootEvent);
}

/// The parts of an [`Orchestrator`]. Each may be one of yours: its trait says which rules it must
/// keep. There are these:
///
/// | part | in [`crate::memory`], for tests | in `ipxe-orch-backends` and `ipxe-orch-server` |
/// |---|---|---|
/// | `store` | [`MemoryStore`](crate::memory::MemoryStore) | `sql::SqliteStore` |
/// | `keys` | [`KeyRing`](crate::keys::KeyRing), also from the text of a file | `local::FileKeys` |
/// | `renderer` | [`PlainRenderer`](crate::memory::PlainRenderer) | `handlebars::HandlebarsRenderer` |
/// | `media` | [`AllMedia`](crate::memory::AllMedia) | `media::MediaDir` of the server |
/// | `authorizer` | [`OperatorAuthorizer`](crate::auth::OperatorAuthorizer) | none |
/// | `events` | [`EventLog`](crate::memory::EventLog) | `events::EventQueue` of the server |
/// | `clock` | [`ManualClock`](crate::memory::ManualClock) | `local::SystemClock` |
/// | `random` | [`CountingRandom`](crate::memory::CountingRandom) | `local::SystemRandom` |
/// | `workers` | [`InPlace`](crate::memory::InPlace) | `local::Threads` |
#[derive(Clone)]
pub struct Parts {
    /// Hosts, leases, profiles, defaults, events and the audit.
    pub store: Arc<dyn Store>,
    /// The secret keys. They are kept apart from the store.
    pub keys: Arc<dyn KeyProvider>,
    /// Makes scripts and answer files of templates.
    pub renderer: Arc<dyn ScriptRenderer>,
    /// The files that machines load. An install is offered only if its files are here.
    pub media: Arc<dyn MediaLibrary>,
    /// Decides what people may do.
    pub authorizer: Arc<dyn Authorizer>,
    /// Takes what happens at boot, without making a machine wait.
    pub events: Arc<dyn EventSink>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The source of ids and tickets.
    pub random: Arc<dyn Random>,
    /// Renders and proves apart from the threads that answer machines.
    pub workers: Arc<dyn Workers>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

/// Answers machines and people. Share one of them in an [`Arc`].
pub struct Orchestrator {
    parts: Parts,
    limits: Limits,
    calendar: Arc<dyn Calendar>,
    /// For the events and entries that the orchestrator itself writes.
    recorder: Granted<Record>,
    /// The epoch as it was read last. With an old one a write is a conflict, and then the epoch is
    /// read again.
    epoch: Mutex<Option<Epoch>>,
    /// Why installs are suspended, if they are.
    suspended: Mutex<Option<Arc<str>>>,
    /// What is known of the clocks of other servers.
    clocks: Mutex<Clocks>,
    /// What was told of installs that use several addresses.
    told: Mutex<Told>,
}

impl fmt::Debug for Orchestrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suspended = self.suspended();
        let mut shown = f.debug_struct("Orchestrator");
        shown.field("limits", &self.limits).field("suspended", &suspended).finish_non_exhaustive()
    }
}

impl Orchestrator {
    /// Puts the parts together.
    pub fn new(parts: Parts, limits: Limits) -> Self {
        let (epoch, suspended) = (Mutex::new(None), Mutex::new(None));
        let recorder = Granted::<Record>::background("orchestrator");
        let (clocks, told) = (Mutex::new(Clocks::default()), Mutex::new(Told::default()));
        let calendar = Arc::new(NoCalendar);
        Self { parts, limits, calendar, recorder, epoch, suspended, clocks, told }
    }

    /// With a calendar, for policies with windows. Without one, no host that such a policy covers
    /// can be marked.
    #[must_use]
    pub fn with_calendar(mut self, calendar: Arc<dyn Calendar>) -> Self {
        self.calendar = calendar;
        self
    }

    /// The keys.
    pub fn keys(&self) -> &dyn KeyProvider {
        self.parts.keys.as_ref()
    }

    /// The media library, which a server serves.
    pub fn media_library(&self) -> &dyn MediaLibrary {
        self.parts.media.as_ref()
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// The randomness that the orchestrator uses.
    pub fn random(&self) -> &dyn Random {
        self.parts.random.as_ref()
    }

    /// Asks for the permission `P`. A denial leaves an audit entry.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission.
    pub async fn authorize<P: Permission>(
        &self,
        caller: &Caller,
        action: &str,
    ) -> Result<Granted<P>, OrchestratorError> {
        self.authorize_for(caller, action, None).await
    }

    /// The same for one thing, which the [`Authorizer`] gets to know.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission.
    pub async fn authorize_for<P: Permission>(
        &self,
        caller: &Caller,
        action: &str,
        resource: Option<Resource<'_>>,
    ) -> Result<Granted<P>, OrchestratorError> {
        let authorizer = self.parts.authorizer.as_ref();
        match authorize::<P>(authorizer, &caller.subject, resource).await {
            Ok(granted) => Ok(granted),
            Err(AuthorizeError::Store(error)) => Err(error.into()),
            Err(denied @ AuthorizeError::Denied { .. }) => {
                self.deny(self.entry(caller, action), denied.to_string()).await
            }
        }
    }

    /// Writes the entry of a denied action.
    async fn deny<T>(&self, mut entry: AuditEntry, why: String) -> Result<T, OrchestratorError> {
        entry.outcome = AuditOutcome::Denied;
        self.append(&[entry]).await?;
        Err(OrchestratorError::Denied(why))
    }

    /// Gives an event to the sink.
    fn event(&self, event: BootEvent) {
        self.parts.events.record(&self.recorder, event);
    }

    /// Appends entries about actions that changed nothing in the store.
    async fn append(&self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        self.parts.store.append_audit(&self.recorder, entries).await
    }

    fn entry(&self, caller: &Caller, action: &str) -> AuditEntry {
        self.entry_of(caller.actor(), &caller.origin, action)
    }

    fn entry_of(&self, actor: &Actor, origin: &Origin, action: &str) -> AuditEntry {
        AuditEntry::new(self.now(), actor.clone(), origin.clone(), action)
    }

    /// The epoch that writes compare: never read later than what they were decided on.
    async fn epoch(&self) -> Result<Epoch, StoreError> {
        let known = *self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(epoch) = known {
            return Ok(epoch);
        }
        let epoch = self.parts.store.epoch().await?;
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner) = Some(epoch);
        Ok(epoch)
    }

    fn forget_epoch(&self) {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
