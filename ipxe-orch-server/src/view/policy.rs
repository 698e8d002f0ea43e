//! Policies.

use ipxe_orch_core::{
    auth::Hosts,
    ids::Generation,
    names::PolicyName,
    policy::{PolicyRecord, Rules},
    time::Timestamp,
};
use serde::Serialize;

/// What is wanted of installs of some hosts.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PolicyView {
    /// Its name.
    pub name: PolicyName,
    /// The hosts that it covers.
    pub hosts: Hosts,
    /// Counts the writes.
    pub generation: Generation,
    /// What it wants.
    pub rules: Rules,
    /// How many more installs its limit lets through now. `None` without a limit.
    pub left: Option<u32>,
}

impl PolicyView {
    /// As it stands at `now`.
    pub fn new(record: &PolicyRecord, now: Timestamp) -> Self {
        let policy = record.policy.clone();
        let left = policy.rules.limit.map(|limit| record.meter.left(limit, now));
        let (name, hosts, rules) = (policy.name, policy.hosts, policy.rules);
        Self { name, hosts, generation: record.generation, rules, left }
    }
}
