//! All that a store shows, to compare one moment or one handle with another.

use super::{Bench, filled::Filled, must};
use crate::{
    audit::{ChainHead, ChainVerifier, ChainedEntry},
    auth::{MarkHosts, SeeHosts},
    ids::{Epoch, HostId},
    lease::{Attempt, Limits},
    policy::PolicyRecord,
    profile::{Defaults, ProfileVersion},
    stores::{
        BootEvent, BootRecord, Discovered, EventFilter, HostFilter, HostRecord, OverdueFilter,
        OverdueHost,
    },
    time::Clock,
};
use std::time::Duration;

/// What whoever may see everything is shown.
#[derive(Debug, PartialEq)]
pub(super) struct View {
    pub(super) epoch: Epoch,
    /// As they are listed.
    pub(super) hosts: Vec<HostRecord>,
    /// As they are looked up, by id and by the machine itself; none of those that were removed.
    pub(super) found: Vec<(Option<HostRecord>, Option<BootRecord>)>,
    pub(super) attempts: Vec<Option<(HostRecord, Attempt)>>,
    pub(super) marks: Vec<Option<HostId>>,
    pub(super) overdue: Vec<OverdueHost>,
    /// Those that are listed, and those that are current.
    pub(super) profiles: [Vec<ProfileVersion>; 2],
    pub(super) versions: Vec<Option<ProfileVersion>>,
    pub(super) defaults: Vec<Defaults>,
    pub(super) policies: Vec<PolicyRecord>,
    pub(super) audit: Vec<ChainedEntry>,
    pub(super) head: ChainHead,
    /// Whether the store has the heads that the chain had.
    pub(super) has_heads: bool,
    pub(super) events: Vec<BootEvent>,
    pub(super) discovered: Vec<Discovered>,
}

impl View {
    /// What the store of `bench` shows now.
    pub(super) async fn of(bench: &Bench, known: &Filled) -> Self {
        let (store, see) = (&bench.store, bench.grant::<SeeHosts>().await);
        let marks_of = bench.grant::<MarkHosts>().await;
        let mut found = Vec::new();
        for host in &known.hosts {
            let machine = bench.machine(*host).await;
            let booting = must(store.lookup_boot(&machine, *host).await);
            found.push((bench.find(*host).await, booting));
        }
        let mut attempts = Vec::new();
        for attempt in &known.attempts {
            attempts.push(bench.by_ticket(*attempt).await);
        }
        let mut marks = Vec::new();
        for mark in &known.marks {
            marks.push(must(store.lookup_mark(&marks_of, *mark).await));
        }
        let (mut current, mut versions) = (Vec::new(), Vec::new());
        for (name, digest) in &known.versions {
            versions.push(must(store.lookup_profile(&see, name, digest).await));
            current.extend(must(store.current_profile(&see, name).await));
        }
        let later = bench.clock.now().plus(Duration::from_hours(48));
        let late = OverdueFilter::new(later, Limits::default().claim_wait);
        let audit = bench.audit().await;
        let head = must(store.head(&bench.grant().await).await);
        let mut has_heads = true;
        for entry in audit.iter().step_by(10) {
            let head = ChainHead::after(entry);
            has_heads &= must(store.has_head(&bench.grant().await, &head).await);
        }
        Self {
            epoch: must(store.epoch().await),
            hosts: must(store.list_hosts(&see, &HostFilter::default()).await).hosts,
            found,
            attempts,
            marks,
            overdue: must(store.list_overdue(&see, &late).await),
            profiles: [must(store.list_profiles(&see).await), current],
            versions,
            defaults: must(store.list_defaults(&see, None).await),
            policies: must(store.list_policies(&see).await),
            audit,
            head,
            has_heads,
            events: must(store.list_events(&see, &EventFilter::default()).await),
            discovered: must(store.list_discovered(&see).await),
        }
    }
}

impl Bench {
    /// The whole audit, read in pages; its chains verify.
    pub(super) async fn audit(&self) -> Vec<ChainedEntry> {
        let grant = self.grant().await;
        let (mut entries, mut verifier) = (Vec::<ChainedEntry>::new(), ChainVerifier::default());
        for checkpoint in must(self.store.checkpoints(&grant).await) {
            must(verifier.begin_after(checkpoint.unverified().head));
        }
        loop {
            let after = entries.last().map(ChainHead::after);
            let page = must(self.store.read_audit(&grant, after, 20).await);
            if page.is_empty() {
                must(verifier.finish());
                return entries;
            }
            for entry in page {
                // A page that does not go on is an error here, not an endless loop.
                must(verifier.push(&entry));
                entries.push(entry);
            }
        }
    }

    /// The actions of the whole audit, in their order.
    pub(super) async fn actions(&self) -> Vec<String> {
        let entries = self.audit().await;
        let entry = |entry: &ChainedEntry| must(serde_json::from_str(&entry.text));
        entries.iter().map(entry).map(|entry: crate::audit::AuditEntry| entry.action).collect()
    }
}
