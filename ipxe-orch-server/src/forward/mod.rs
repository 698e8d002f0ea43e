//! The audit is forwarded to receivers of syslog.
//!
//! Each chain is forwarded to each sink by one server at a time, which says so in the database every
//! minute. A server takes its own chain, and the chain of a server or command that nobody forwards.
//! How far a sink has got is in the database, so that another server goes on there. An entry may
//! come twice, and none is left out.

mod changes;
mod delivery;

use delivery::Delivery;
use ipxe_orch_backends::syslog::{InvalidSink, Sink, SinkOptions};
use ipxe_orch_core::{
    audit::{ChainHead, SinkState, SyslogHeader},
    digest::Digest,
    ids::ChainId,
    orchestrator::Orchestrator,
    stores::StoreError,
    time::Timestamp,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval},
};

/// How often it looks for new entries.
const PERIOD: Duration = Duration::from_secs(2);
/// How often it looks for chains that nobody forwards.
const CLAIM: Duration = Duration::from_mins(1);

/// The background task that forwards. It ends when it is dropped.
#[derive(Debug)]
pub struct Forwarder(JoinHandle<()>);

impl Forwarder {
    /// Starts it with the sinks of the settings. Sinks that were there before and are not any longer
    /// get the entry that says so before the others do. `host` is the name of this server.
    ///
    /// # Errors
    /// [`InvalidSink`] for the first sink that cannot be used.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(
        orchestrator: Arc<Orchestrator>,
        sinks: &[SinkOptions],
        host: &str,
    ) -> Result<Self, InvalidSink> {
        let mut configured = BTreeMap::new();
        for options in sinks {
            let sink = Arc::new(Sink::new(options.clone())?);
            configured.insert(options.id(), sink);
        }
        let forward = Forward {
            orchestrator,
            configured,
            host: host.to_owned(),
            compared: false,
            claimed_at: None,
            deliveries: BTreeMap::new(),
        };
        Ok(Self(tokio::spawn(forward.run())))
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Forward {
    orchestrator: Arc<Orchestrator>,
    configured: BTreeMap<Digest, Arc<Sink>>,
    host: String,
    /// Whether the settings were compared with the database.
    compared: bool,
    /// When it last looked for chains that nobody forwards.
    claimed_at: Option<Timestamp>,
    /// What is known of each chain and sink while it runs.
    deliveries: BTreeMap<(ChainId, Digest), Delivery>,
}

impl Forward {
    async fn run(mut self) {
        let mut tick = interval(PERIOD);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(error) = self.look().await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "the audit was not forwarded; this is tried again");
            }
        }
    }

    async fn look(&mut self) -> Result<(), StoreError> {
        let own = self.orchestrator.audit_head().await?.chain;
        if !self.compared {
            self.compare(own).await?;
            self.compared = true;
        }
        let now = self.orchestrator.now();
        if self.claimed_at.is_none_or(|last| last.plus(CLAIM) <= now) {
            self.claim(own).await?;
            self.claimed_at = Some(now);
        }
        let mine = self.orchestrator.forwarded().await?;
        let mine = mine.into_iter().filter(|state| state.is_free_for(own, now));
        let (leaving, staying): (Vec<_>, Vec<_>) = mine.partition(|state| state.leaving.is_some());
        // Whoever turns a sink off cannot hide that from it.
        self.deliver(own, leaving).await;
        self.deliver(own, staying).await;
        Ok(())
    }

    /// Takes chains that nobody forwards to a sink of the settings.
    async fn claim(&self, own: ChainId) -> Result<(), StoreError> {
        if self.configured.is_empty() {
            return Ok(());
        }
        let known = self.orchestrator.forwarded().await?;
        let now = self.orchestrator.now();
        for end in self.orchestrator.audit_ends().await? {
            // A server that has just begun takes its own chain itself.
            let quiet = end.at.plus(SinkState::STALE) < now;
            if end.chain != own && !quiet {
                continue;
            }
            for (id, sink) in &self.configured {
                let of =
                    |state: &&SinkState| state.sink == *id && state.position.chain == end.chain;
                if !known.iter().any(|state| of(&state)) {
                    let start = ChainHead::empty(end.chain);
                    self.put_new(sink, start, own, now).await?;
                }
            }
        }
        Ok(())
    }

    async fn put_new(
        &self,
        sink: &Sink,
        position: ChainHead,
        own: ChainId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let options = sink.options();
        let what = (options.name.clone(), options.id(), options.definition());
        let state = SinkState::new(what, position, own, now);
        match self.orchestrator.put_forwarded(&state).await {
            // Another server was faster.
            Err(StoreError::Conflict) => Ok(()),
            done => done,
        }
    }

    /// To all of these at the same time: one that hangs delays no other.
    async fn deliver(&mut self, own: ChainId, states: Vec<SinkState>) {
        let mut works = JoinSet::new();
        for state in states {
            let Some(sink) = self.sink(&state) else { continue };
            let key = (state.position.chain, state.sink);
            let mut delivery = self.deliveries.remove(&key).unwrap_or_default();
            let (orchestrator, options) = (self.orchestrator.clone(), sink.options());
            let header = SyslogHeader {
                facility: options.facility.number(),
                host: self.host.clone(),
                app: options.app_name.clone(),
            };
            works.spawn(async move {
                delivery.step(&orchestrator, &sink, &header, own, state).await;
                (key, delivery)
            });
        }
        while let Some(done) = works.join_next().await {
            match done {
                Ok((key, delivery)) => drop(self.deliveries.insert(key, delivery)),
                Err(error) => tracing::error!(%error, "forwarding the audit panicked"),
            }
        }
    }

    /// Of the settings, or as it was defined before it was taken out of them.
    fn sink(&self, state: &SinkState) -> Option<Arc<Sink>> {
        if let Some(sink) = self.configured.get(&state.sink) {
            return Some(sink.clone());
        }
        // Whoever forgot it says so: another server may have it in its settings.
        state.leaving?;
        let options = SinkOptions::from_definition(&state.definition).ok()?;
        Sink::new(options).ok().map(Arc::new)
    }
}

#[cfg(test)]
mod tests;
