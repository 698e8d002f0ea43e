//! A store of one's own: all of it in one JSON file.
//!
//! ```sh
//! cargo run --example json_store
//! ```
//! It registers a host, marks it, opens the file again, and shows the host.
//!
//! The store in memory knows the rules. What is left to a store is to lock, to read, and to write so
//! that nothing that was acknowledged is lost: beside the file, to the disk, and then in its place.
//! Each call reads the whole file, which is good for hundreds of hosts. `tests/json_store.rs` runs
//! the conformance suite against it.

use ipxe_orch_core::{
    audit::{AuditEntry, SealedCheckpoint, SinkState},
    auth::{
        AccessGrant, Actor, BuildImages, ChangeHosts, Granted, ManageKeys, OperatorAuthorizer,
        Origin, Record, WriteGrant,
    },
    fleet, forward_store,
    ids::{ChainId, Epoch, HostId},
    keys::KeyRing,
    lease::{Change, Limits},
    memory::{
        AllMedia, CountingRandom, EventLog, InPlace, ManualClock, MemoryStore, PlainRenderer,
        Snapshot,
    },
    orchestrator::{Caller, HostInput, MarkOrder, Orchestrator, Parts},
    policy::PutPolicy,
    profile::{Defaults, ProfileVersion},
    stores::{
        Acceptance, BootEvent, Checked, HostKey, ImageBuild, PutGrant, PutHost, Result, SealedPin,
        StoreError,
    },
    time::{Clock as _, Timestamp},
};
use std::{
    collections::BTreeMap,
    error::Error,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The store: the path of its file.
pub(crate) struct JsonStore(PathBuf);

impl JsonStore {
    /// The store in this file, which is made where there is none. A new store needs an epoch and a
    /// chain of its own: random ones.
    pub(crate) async fn open(path: &Path, epoch: Epoch, chain: ChainId) -> Result<Self> {
        let store = Self(path.to_owned());
        let lock = store.lock(File::lock).await?;
        if !path.exists() {
            let empty = MemoryStore::new(epoch, chain);
            Open { path, store: empty, lock }.save()?;
        }
        Ok(store)
    }

    /// Waits for the lock off the threads of the runtime. It is on a file of its own, because the
    /// file with the data is replaced by each write.
    async fn lock(&self, kind: fn(&File) -> io::Result<()>) -> Result<File> {
        let path = self.0.with_extension("lock");
        let locked = tokio::task::spawn_blocking(move || {
            let file = File::options().create(true).append(true).open(path)?;
            kind(&file)?;
            Ok(file)
        });
        locked.await.unwrap_or_else(|panic| Err(io::Error::other(panic))).map_err(unavailable)
    }

    fn contents(&self) -> Result<MemoryStore> {
        let text = fs::read(&self.0).map_err(unavailable)?;
        let snapshot = serde_json::from_slice::<Snapshot>(&text);
        let snapshot = snapshot.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(MemoryStore::from_snapshot(snapshot))
    }

    /// What is stored. A read waits for a write, so that it shows nothing that is not on the disk.
    async fn read(&self) -> Result<MemoryStore> {
        let _lock = self.lock(File::lock_shared).await?;
        self.contents()
    }

    /// What is stored, for one who changes it: nobody else reads or writes until it is dropped.
    async fn write(&self) -> Result<Open<'_>> {
        let lock = self.lock(File::lock).await?;
        Ok(Open { path: &self.0, store: self.contents()?, lock })
    }
}

/// The contents, and the lock under which they were read.
struct Open<'a> {
    path: &'a Path,
    store: MemoryStore,
    lock: File,
}

impl Open<'_> {
    /// Puts the contents in the place of the file. Once it has its name, it may be found.
    fn save(self) -> Result<()> {
        let (new, folder) = (self.path.with_extension("new"), self.path.with_file_name("."));
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(&serde_json::to_vec(&self.store.snapshot())?)?;
            file.sync_all()?;
            fs::rename(&new, self.path)
        };
        write().map_err(unavailable)?;
        let on_disk = File::open(folder).and_then(|folder| folder.sync_all());
        drop(self.lock);
        on_disk.map_err(|error| StoreError::OutcomeUnknown(error.into()))
    }
}

fn unavailable(error: io::Error) -> StoreError {
    StoreError::Unavailable(error.into())
}

forward_store!(HostStore for JsonStore => [read().await?] {
    async fn put_hosts(
        &self,
        grant: &PutGrant,
        epoch: Epoch,
        hosts: &[(PutHost, AuditEntry)],
    ) -> Result<()> {
        let open = self.write().await?;
        open.store.put_hosts(grant, epoch, hosts).await?;
        open.save()
    }

    async fn record_images(
        &self,
        grant: &Granted<BuildImages>,
        epoch: Epoch,
        images: &[(HostId, ImageBuild)],
    ) -> Result<()> {
        let open = self.write().await?;
        open.store.record_images(grant, epoch, images).await?;
        open.save()
    }

    async fn check(&self, grant: &Granted<Record>, at: Timestamp) -> Result<Checked> {
        let open = self.write().await?;
        let checked = open.store.check(grant, at).await?;
        open.save()?;
        Ok(checked)
    }

    async fn accept(
        &self,
        grant: &Granted<ManageKeys>,
        acceptance: &Acceptance,
        audit: &AuditEntry,
    ) -> Result<()> {
        let open = self.write().await?;
        open.store.accept(grant, acceptance, audit).await?;
        open.save()
    }
} forward epoch has_accepted lookup_host list_hosts count_hosts lookup_clashing);

forward_store!(LeaseStore for JsonStore => [read().await?] {
    async fn apply(
        &self,
        grant: &WriteGrant,
        epoch: Epoch,
        change: &Change,
        audit: Option<&AuditEntry>,
    ) -> Result<()> {
        let open = self.write().await?;
        open.store.apply(grant, epoch, change, audit).await?;
        open.save()
    }

    async fn put_sealed_pins(
        &self,
        grant: &Granted<ManageKeys>,
        epoch: Epoch,
        pins: &[SealedPin],
        audit: &AuditEntry,
    ) -> Result<()> {
        let open = self.write().await?;
        open.store.put_sealed_pins(grant, epoch, pins, audit).await?;
        open.save()
    }
} forward lookup_boot lookup_attempt lookup_mark list_overdue list_sealed_pins);

forward_store!(ProfileStore for JsonStore => [read().await?] {
    async fn put_profile(
        &self,
        grant: &Granted<ChangeHosts>,
        version: &ProfileVersion,
        audit: &AuditEntry,
    ) -> Result<()> {
        let open = self.write().await?;
        open.store.put_profile(grant, version, audit).await?;
        open.save()
    }
} forward current_profile lookup_profile list_profiles);

forward_store!(DefaultsStore for JsonStore => [read().await?] {
    async fn put_defaults(
        &self,
        grant: &Granted<ChangeHosts>,
        values: &Defaults,
        audit: &AuditEntry,
    ) -> Result<()> {
        let open = self.write().await?;
        open.store.put_defaults(grant, values, audit).await?;
        open.save()
    }
} forward list_defaults);

forward_store!(PolicyStore for JsonStore => [read().await?] {
    async fn put_policy(
        &self,
        grant: &AccessGrant,
        change: &PutPolicy,
        audit: &AuditEntry,
    ) -> Result<()> {
        let open = self.write().await?;
        open.store.put_policy(grant, change, audit).await?;
        open.save()
    }
} forward list_policies);

forward_store!(EventStore for JsonStore => [read().await?] {
    async fn record_events(&self, grant: &Granted<Record>, events: &[BootEvent]) -> Result<()> {
        let open = self.write().await?;
        open.store.record_events(grant, events).await?;
        open.save()
    }
} forward list_events list_discovered);

forward_store!(AuditStore for JsonStore => [read().await?] {
    async fn append_audit(&self, grant: &Granted<Record>, entries: &[AuditEntry]) -> Result<()> {
        let open = self.write().await?;
        open.store.append_audit(grant, entries).await?;
        open.save()
    }
    async fn prune_audit(
        &self,
        grant: &Granted<ManageKeys>,
        checkpoint: &SealedCheckpoint,
        audit: &AuditEntry,
    ) -> Result<()> {
        let open = self.write().await?;
        open.store.prune_audit(grant, checkpoint, audit).await?;
        open.save()
    }
    async fn put_sink(&self, grant: &Granted<Record>, state: &SinkState) -> Result<()> {
        let open = self.write().await?;
        open.store.put_sink(grant, state).await?;
        open.save()
    }
    async fn remove_sink(&self, grant: &Granted<Record>, state: &SinkState) -> Result<()> {
        let open = self.write().await?;
        open.store.remove_sink(grant, state).await?;
        open.save()
    }
} forward head has_head read_audit checkpoints list_sinks);

const FLEET: &[u8] = b"name,mac,address,profile\nweb1,52:54:00:10:00:01,10.0.2.15/24,rescue";
const PROFILE: &str = "name = 'rescue'\ntitle = 'Rescue system'\nscript = 'boot'\n";
const SCRIPT: &str = "#!ipxe\nkernel --timeout 4000 t/{{ticket}}/media/kernel || exit 1\n\
                      imgfetch --timeout 4000 t/{{ticket}}/claim || exit 1\nboot || exit 1\n";

/// An orchestrator on the store in this file, with parts that are good for trying out.
async fn orchestrator(file: &Path) -> Result<Orchestrator> {
    let epoch = Epoch::from_bytes([1; 16]);
    let store = JsonStore::open(file, epoch, ChainId::from_bytes([2; 16])).await?;
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_790_000_000_000)));
    let random = Arc::new(CountingRandom::default());
    let parts = Parts {
        store: Arc::new(store),
        keys: Arc::new(KeyRing::generate(clock.now(), random.as_ref())),
        renderer: Arc::new(PlainRenderer),
        media: Arc::new(AllMedia),
        authorizer: Arc::new(OperatorAuthorizer),
        events: Arc::new(EventLog::default()),
        clock,
        random,
        workers: Arc::new(InPlace),
    };
    Ok(Orchestrator::new(parts, Limits::default()))
}

#[tokio::main]
pub(crate) async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("store.json");
    let ann =
        Caller::new(Actor::Local { user: "ann".to_owned() }, Origin("this program".to_owned()));
    let web1 = HostKey::Name("web1".parse()?);

    let first = orchestrator(&file).await?;
    let files = BTreeMap::from([("boot".parse()?, SCRIPT.to_owned())]);
    first.put_profile(&ann, &ProfileVersion::new(PROFILE, files)?).await?;
    let rows = fleet::read(FLEET).hosts;
    let hosts: Vec<_> = rows.into_iter().map(|row| HostInput::new(row.spec, false)).collect();
    first.import(&ann, &first.plan_import(&ann, &hosts).await?).await?;
    let mark = first.mark(&ann, &web1, MarkOrder::default()).await?.id;
    drop(first);

    let host = orchestrator(&file).await?.host(&ann, &web1).await?;
    println!("{} of generation {}: {}", host.spec.name, host.lease.generation, host.lease.status());
    let found = host.lease.mark.map(|mark| mark.id);
    if found == Some(mark) { Ok(()) } else { Err("the mark was lost".into()) }
}
