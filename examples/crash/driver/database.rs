//! The operator's side, in this process: a third program on the database beside the servers.

use super::{Result, Site, fail, site::host_name};
use ipxe_orch_backends::{
    handlebars::HandlebarsRenderer,
    local::{DataDir, FileKeys, SystemClock, SystemRandom, Threads},
    sql::{self, StoreOptions},
};
use ipxe_orch_core::{
    audit::{ChainHead, ChainedEntry},
    auth::{Actor, Granted, OperatorAuthorizer, Origin, ReadAudit, SeeHosts},
    boot::{ImageIdentity, Tickets},
    ids::{ChainId, Epoch, MarkId},
    keys::{KeyProvider as _, Purpose},
    lease::{Attempt, Lease, Limits},
    memory::AllMedia,
    orchestrator::{Caller, MarkOrder, Marked, Operation, Orchestrator, OrchestratorError, Parts},
    stores::{HostKey, HostRecord, Store, StoreError},
    time::Clock as _,
};
use ipxe_orch_server::runtime::NoEvents;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// Tries of what the store may refuse for a moment, 20 ms apart.
const TRIES: u32 = 1500;

/// An orchestrator on the servers' database.
pub(crate) struct Database {
    store: Arc<dyn Store>,
    keys: Arc<FileKeys>,
    orchestrator: Orchestrator,
    caller: Caller,
    see: Granted<SeeHosts>,
    audit: Granted<ReadAudit>,
    /// All chains that there can be.
    chains: Vec<ChainId>,
}

impl Database {
    pub(crate) async fn open(site: &Site) -> Result<Self> {
        let own = DataDir::open(&site.own_data_dir())?;
        let clock = Arc::new(SystemClock);
        let chain_id = |folder: DataDir| folder.chain_id(&SystemClock, &SystemRandom);
        let own_chain = chain_id(own.clone())?;
        let mut chains = vec![own_chain];
        for server in 0..site.servers().len() {
            chains.push(chain_id(DataDir::open(&site.data_dir(server))?)?);
        }
        // The database is there: the epoch of a new one is not used.
        let epoch = Epoch::from_bytes([0; 16]);
        let (url, folder) = (site.database_url(site.servers().len()).parse()?, site.own_data_dir());
        let mut options = StoreOptions::new(url, folder, own_chain, epoch, clock.now());
        options.password = site.mssql().map(|mssql| mssql.password().into());
        let store = sql::open(&options).await?;
        let keys = Arc::new(FileKeys::open(&own.keys(), clock.clone())?);
        let parts = Parts {
            store: store.clone(),
            keys: keys.clone(),
            renderer: Arc::new(HandlebarsRenderer::new()),
            media: Arc::new(AllMedia),
            authorizer: Arc::new(OperatorAuthorizer),
            events: Arc::new(NoEvents),
            clock,
            random: Arc::new(SystemRandom),
            workers: Arc::new(Threads::default()),
        };
        let orchestrator = Orchestrator::new(parts, Limits::default());
        let actor = Actor::Local { user: "driver".to_owned() };
        let caller = Caller::new(actor, Origin("crash".to_owned()));
        let see = orchestrator.authorize(&caller, "hosts.show").await?;
        let audit = orchestrator.authorize(&caller, "audit.read").await?;
        Ok(Self { store, keys, orchestrator, caller, see, audit, chains })
    }

    /// A host, and the boot request of its image.
    pub(crate) async fn enrol(&self, number: u32) -> Result<(HostRecord, String)> {
        let host = self.host(&HostKey::Name(host_name(number).parse()?)).await?;
        let key = self.keys.active(Purpose::Image).await?;
        let identity = ImageIdentity::derive(&key, host.id, host.image_generation);
        let mac = host.spec.nics.first().ok_or("a host without a NIC")?.mac;
        let (secret, generation) = (identity.secret.reveal(), identity.generation);
        let query = format!(
            "/boot/v1/script?h={}&g={generation}&k={}&t={}&m={mac}&u=&s=&f=pcbios&a=i386",
            host.id, key.id, *secret
        );
        Ok((host, query))
    }

    /// The host as it is stored now.
    pub(crate) async fn host(&self, key: &HostKey) -> Result<HostRecord> {
        let mut patience = Patience::default();
        loop {
            let found = self.store.lookup_host(&self.see, key).await;
            if let Some(found) = patience.is_over(found.map_err(Into::into)).await {
                return Ok(found?.ok_or("a host is gone")?);
            }
        }
    }

    /// Orders, until it is known to stand.
    pub(crate) async fn mark(&self, key: &HostKey, id: MarkId) -> Result<Marked> {
        let mut patience = Patience::default();
        loop {
            let mut order = MarkOrder::default();
            order.id = Some(id);
            let marked = self.orchestrator.mark(&self.caller, key, order).await;
            if let Some(marked) = patience.is_over(marked).await {
                return Ok(marked?);
            }
        }
    }

    /// Cancels or abandons, until it is known whether that was possible; it may be the second try
    /// that was not.
    pub(crate) async fn operate(&self, key: &HostKey, what: Operation) -> Result<Option<Lease>> {
        let mut patience = Patience::default();
        loop {
            let lease = self.orchestrator.operate(&self.caller, key, &what, None).await;
            match patience.is_over(lease).await {
                Some(Ok(lease)) => return Ok(Some(lease)),
                Some(Err(OrchestratorError::Refused(_) | OrchestratorError::NothingToDo(_))) => {
                    return Ok(None);
                }
                Some(Err(error)) => return Err(error.into()),
                None => {}
            }
        }
    }

    /// The attempt of a ticket.
    pub(crate) async fn attempt(&self, ticket: &str) -> Result<Attempt> {
        let opened = Tickets::new(self.keys.as_ref()).open(ticket).await?;
        let Some((id, grant)) = opened else { return fail(format!("{ticket} is no ticket")) };
        let mut patience = Patience::default();
        loop {
            let found = self.store.lookup_attempt(&grant, id).await;
            if let Some(found) = patience.is_over(found.map_err(Into::into)).await {
                return Ok(found?.ok_or_else(|| format!("attempt {id} is gone"))?.1);
            }
        }
    }

    pub(crate) fn chains(&self) -> &[ChainId] {
        &self.chains
    }

    /// The next entries of a chain.
    pub(crate) async fn audit(&self, after: ChainHead) -> Result<Vec<ChainedEntry>> {
        let mut patience = Patience::default();
        loop {
            let page = self.store.read_audit(&self.audit, Some(after), 1000).await;
            if let Some(page) = patience.is_over(page.map_err(Into::into)).await {
                let mut page = page?;
                page.retain(|entry| entry.chain == after.chain);
                return Ok(page);
            }
        }
    }
}

/// For what may be done again while the store is busy with others: all that is done here.
#[derive(Default)]
struct Patience(u32);

impl Patience {
    /// The result, unless it is worth another try; then it waits for that.
    async fn is_over<T>(
        &mut self,
        result: Result<T, OrchestratorError>,
    ) -> Option<Result<T, OrchestratorError>> {
        match result {
            Err(OrchestratorError::Store(
                StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_) | StoreError::Conflict,
            )) if self.0 < TRIES => {}
            other => return Some(other),
        }
        self.0 = self.0.saturating_add(1);
        sleep(Duration::from_millis(20)).await;
        None
    }
}
