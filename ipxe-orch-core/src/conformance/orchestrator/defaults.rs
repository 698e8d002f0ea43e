//! Cases about values that many hosts share.

use super::{Bench, audit::entries, holds, must, same};
use crate::{
    audit::AuditOutcome,
    auth::Scope,
    orchestrator::{DefaultsEdit, OrchestratorError},
    profile::DefaultsKey,
};

/// Who may change the hosts of one site sets no values for others; the attempt leaves an entry.
pub async fn defaults_of_others_are_denied(bench: Bench) {
    let profile = bench.profile("exit 1").await.profile().name.clone();
    let orchestrator = bench.orchestrator_within(Scope::Site(must("north".parse())));
    for site in [None, Some("south")] {
        let site = site.map(|site| must(site.parse()));
        let place = DefaultsKey { profile: profile.clone(), site };
        let edit = DefaultsEdit::default();
        let set = orchestrator.set_defaults(&bench.operator, &place, &edit).await.map(|_| ());
        let denied = matches!(set, Err(OrchestratorError::Denied(_)));
        holds(denied, "values are set by who may change all hosts of their place", &set);
    }
    let stored = must(bench.store.list_defaults(&bench.grant().await, None).await);
    same(&stored, &vec![], "what is denied changes nothing");
    let outcomes: Vec<_> = entries(&bench).await.iter().map(|entry| entry.outcome).collect();
    let expected = vec![AuditOutcome::Done, AuditOutcome::Denied, AuditOutcome::Denied];
    same(&outcomes, &expected, "what is denied leaves an entry");
}
