//! Imports in several groups: what is planned is done, and an import that ends early continues.

use ipxe_orch_backends::local::{SystemClock, SystemRandom, Threads};
use ipxe_orch_core::{
    audit::AuditEntry,
    auth::{Actor, OperatorAuthorizer, Origin},
    fleet::{FirstBoot, FleetFile, Unsaid},
    forward_store,
    ids::{ChainId, Epoch},
    keys::KeyRing,
    lease::Limits,
    memory::{AllMedia, EventLog, MemoryStore, PlainRenderer},
    orchestrator::{Caller, HostInput, Orchestrator, OrchestratorError, Parts},
    stores::{HostFilter, HostKey, HostRecord, PutGrant, PutHost, Store, StoreError},
    time::Clock as _,
};
use ipxe_orch_server::service::{
    ServiceError,
    imports::{ImportHosts, ImportService, PlannedImport},
};
use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A store that takes hosts some times, and then no more.
struct Failing {
    inner: MemoryStore,
    left: Arc<AtomicUsize>,
}

forward_store!(HostStore for Failing => [inner] {
    async fn put_hosts(
        &self,
        grant: &PutGrant,
        epoch: Epoch,
        hosts: &[(PutHost, AuditEntry)],
    ) -> Result<(), StoreError> {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        match left {
            Ok(_) => self.inner.put_hosts(grant, epoch, hosts).await,
            Err(_) => Err(StoreError::Unavailable("it went away".into())),
        }
    }
} forward epoch check has_accepted accept lookup_host list_hosts count_hosts lookup_clashing record_images);
forward_store!(LeaseStore for Failing => [inner]);
forward_store!(ProfileStore for Failing => [inner]);
forward_store!(DefaultsStore for Failing => [inner]);
forward_store!(PolicyStore for Failing => [inner]);
forward_store!(EventStore for Failing => [inner]);
forward_store!(AuditStore for Failing => [inner]);

struct Site {
    imports: ImportService,
    orchestrator: Arc<Orchestrator>,
    caller: Caller,
    /// How often hosts can still be put.
    left: Arc<AtomicUsize>,
}

impl Site {
    fn new() -> Self {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let inner = MemoryStore::new(Epoch::from_bytes([0; 16]), ChainId::from_bytes([1; 16]));
        let store: Arc<dyn Store> = Arc::new(Failing { inner, left: left.clone() });
        let parts = Parts {
            store,
            keys: Arc::new(KeyRing::generate(SystemClock.now(), &SystemRandom)),
            renderer: Arc::new(PlainRenderer),
            media: Arc::new(AllMedia),
            authorizer: Arc::new(OperatorAuthorizer),
            events: Arc::new(EventLog::default()),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            workers: Arc::new(Threads::default()),
        };
        let orchestrator = Arc::new(Orchestrator::new(parts, Limits::default()));
        let actor = Actor::Local { user: "ann".to_owned() };
        let caller = Caller::new(actor, Origin("test".to_owned()));
        Self { imports: ImportService::new(orchestrator.clone()), orchestrator, caller, left }
    }

    async fn plan(&self, csv: String) -> PlannedImport {
        let file = FleetFile::read(csv.into_bytes());
        let request = ImportHosts { file, first_boot: FirstBoot::Local, unsaid: Unsaid::Erase };
        self.imports.plan(&self.caller, request).await.unwrap()
    }

    async fn import(&self, csv: String) {
        let planned = self.plan(csv).await;
        assert_eq!(planned.problems, []);
        self.imports.import(&self.caller, &planned, |_| ()).await.unwrap();
    }

    async fn hosts(&self) -> Vec<HostRecord> {
        self.orchestrator.all_hosts(&self.caller, HostFilter::default()).await.unwrap()
    }

    async fn host(&self, number: usize) -> HostRecord {
        let key = HostKey::Name(name(number).parse().unwrap());
        self.orchestrator.host(&self.caller, &key).await.unwrap()
    }
}

fn name(number: usize) -> String {
    format!("host{number:04}")
}

/// A file with these hosts, each with the MAC and the address of the number beside it.
fn csv(hosts: impl Iterator<Item = (usize, usize)>) -> String {
    let mut csv = "name,mac,address\n".to_owned();
    for (number, has) in hosts {
        let (high, low) = (has / 250, has % 250 + 1);
        let name = name(number);
        writeln!(csv, "{name},52:54:00:00:{high:02x}:{low:02x},10.0.{high}.{low}/16").unwrap();
    }
    csv
}

const MANY: usize = 1500;

fn all() -> impl Iterator<Item = (usize, usize)> {
    (0..MANY).map(|number| (number, number))
}

#[tokio::test]
async fn hosts_of_different_groups_exchange_what_they_have() {
    let site = Site::new();
    site.import(csv(all())).await;
    let before = (site.host(0).await, site.host(MANY - 1).await);
    // The first and the last exchange theirs, and a chain of three ends with something new.
    let has = |number| match number {
        0 => MANY - 1,
        last if last == MANY - 1 => 0,
        1 => 1200,
        1200 => 700,
        700 => MANY + 7,
        same => same,
    };
    site.import(csv((0..MANY).map(|number| (number, has(number))))).await;
    let after = (site.host(0).await, site.host(MANY - 1).await);
    assert_eq!(after.0.spec.nics, before.1.spec.nics);
    assert_eq!(after.1.spec.nics, before.0.spec.nics);
    assert_eq!((after.0.id, after.1.id), (before.0.id, before.1.id));
    let again = site.plan(csv((0..MANY).map(|number| (number, has(number))))).await;
    assert_eq!(again.unchanged(), MANY);
}

#[tokio::test]
async fn an_import_that_ended_early_says_how_far_it_came_and_continues() {
    let site = Site::new();
    let planned = site.plan(csv(all())).await;
    site.left.store(1, Ordering::SeqCst);
    let mut told = Vec::new();
    let error = site.imports.import(&site.caller, &planned, |done| told.push(done)).await;
    let Err(ServiceError::Work(stopped)) = error else { panic!("{error:?}") };
    assert_eq!((stopped.imported, stopped.all, told), (1000, MANY, vec![1000]));
    assert_eq!(site.hosts().await.len(), 1000);
    site.left.store(usize::MAX, Ordering::SeqCst);
    let planned = site.plan(csv(all())).await;
    assert_eq!((planned.created(), planned.unchanged()), (MANY - 1000, 1000));
    site.imports.import(&site.caller, &planned, |_| ()).await.unwrap();
    assert_eq!(site.hosts().await.len(), MANY);
}

#[tokio::test]
async fn what_was_not_planned_is_not_done() {
    let site = Site::new();
    site.import(csv(all().take(2))).await;
    let moved = || csv([(0, 10), (1, 11), (2, 12)].into_iter());
    let planned = site.plan(moved()).await;
    assert_eq!((planned.edited(), planned.created()), (2, 1));
    let known = site.host(1).await;
    let mut spec = known.spec.clone();
    spec.serial = Some("SN1".parse().unwrap());
    let edit = [HostInput::edit(&known, spec)];
    let import = site.orchestrator.plan_import(&site.caller, &edit).await.unwrap();
    site.orchestrator.import(&site.caller, &import).await.unwrap();
    let before = site.hosts().await;
    let error = site.imports.import(&site.caller, &planned, |_| ()).await;
    let changed = matches!(&error, Err(ServiceError::Orchestrator(OrchestratorError::Changed(_))));
    assert!(changed, "{error:?}");
    // A host that was known is gone: it is not made anew.
    let planned = site.plan(moved()).await;
    let key = HostKey::Name(name(1).parse().unwrap());
    site.orchestrator.remove(&site.caller, &key, None).await.unwrap();
    let error = site.imports.import(&site.caller, &planned, |_| ()).await;
    let changed = matches!(&error, Err(ServiceError::Orchestrator(OrchestratorError::Changed(_))));
    assert!(changed, "{error:?}");
    assert_eq!(site.hosts().await, before[..1]);
}

#[tokio::test]
async fn what_a_host_that_is_left_out_has_is_not_given_to_others() {
    let site = Site::new();
    site.import(csv(all().take(2))).await;
    // Host 1 is to get what host 0 has, which would get what host 9, who is in no file, has.
    let mut other = csv(std::iter::once((9, 9)));
    site.import(other.clone()).await;
    other = csv([(0, 9), (1, 0)].into_iter());
    let planned = site.plan(other).await;
    let told: Vec<_> = planned.problems.iter().map(ToString::to_string).collect();
    assert_eq!(planned.edited(), 0, "{told:?}");
    assert_eq!(
        told,
        [
            "line 2, mac: host host0009 is registered with MAC 52:54:00:00:00:0a",
            "line 2, address: host host0009 is registered with address 10.0.0.10",
            "line 3, mac: host host0000 is registered with MAC 52:54:00:00:00:01",
        ]
    );
}
