//! Cases about imports of hosts.

use super::{Bench, holds, must, same};
use crate::{
    host::HostSpec,
    orchestrator::{HostInput, OrchestratorError},
    stores::{HostFilter, StoreError},
};

async fn put(bench: &Bench, spec: HostSpec) -> Result<(), OrchestratorError> {
    let input = [HostInput::new(spec, false)];
    let plan = bench.orchestrator.plan_import(&bench.operator, &input).await?;
    bench.orchestrator.import(&bench.operator, &plan).await
}

/// Who imports what is taken is told of it, and by whom it is taken; it may stand at another site.
pub async fn an_import_tells_what_is_taken(bench: Bench) {
    bench.profile("boot").await;
    bench.register(1, false).await;
    let mut same_mac = bench.spec(2);
    same_mac.nics.clone_from(&bench.spec(1).nics);
    let mut same_address = bench.spec(2);
    for (nic, other) in same_address.nics.iter_mut().zip(bench.spec(1).nics) {
        nic.v4 = other.v4;
    }
    for (spec, what) in [(same_mac, "52:54:00:00:00:01"), (same_address.clone(), "10.0.1.15")] {
        let told = put(&bench, spec).await;
        let named = matches!(&told, Err(OrchestratorError::Store(StoreError::AlreadyExists(text)))
            if text.contains(what) && text.contains("host1"));
        holds(named, "an import is told what is taken, and by whom", &told);
    }
    let mut elsewhere = same_address;
    elsewhere.site = Some(must("south".parse()));
    must(put(&bench, elsewhere).await);
}

/// One host that cannot be stored keeps all others out.
pub async fn an_import_is_all_or_nothing(bench: Bench) {
    bench.profile("boot").await;
    bench.register(1, false).await;
    let mut clash = bench.spec(3);
    clash.nics.clone_from(&bench.spec(1).nics);
    let inputs = [HostInput::new(bench.spec(2), false), HostInput::new(clash, false)];
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &inputs).await);
    let told = bench.orchestrator.import(&bench.operator, &plan).await;
    holds(told.is_err(), "an import with a host that clashes is refused", &told);
    let all = must(bench.store.list_hosts(&bench.grant().await, &HostFilter::default()).await);
    same(&all.hosts.len(), &1, "of an import that is refused nothing is stored");
}

/// Two people edit what both of them looked at: the second is refused, be it before or after the
/// plan, and the first one's change stays.
pub async fn an_edit_of_what_was_changed_meanwhile_is_refused(bench: Bench) {
    bench.profile("boot").await;
    let seen = bench.register(1, false).await;
    let (mut first, mut second) = (seen.spec.clone(), seen.spec.clone());
    first.labels.insert(must("role".parse()), must("db".parse()));
    second.site = Some(must("north".parse()));
    let (orchestrator, ann) = (&bench.orchestrator, &bench.operator);
    let input = |spec| [HostInput::edit(&seen, spec)];
    let planned = must(orchestrator.plan_import(ann, &input(second.clone())).await);
    let plan = must(orchestrator.plan_import(ann, &input(first.clone())).await);
    must(orchestrator.import(ann, &plan).await);
    let promise = "an edit of what was changed meanwhile is refused, and names the host";
    let late = orchestrator.import(ann, &planned).await;
    holds(matches!(late, Err(OrchestratorError::Changed(_))), promise, &late);
    let late = orchestrator.plan_import(ann, &input(second)).await.map(|_| ());
    let told = late.as_ref().err().is_some_and(|error| error.to_string().contains("host1"));
    holds(told, promise, &late);
    same(&bench.host(1).await.spec, &first, "the change of who came first stays");
}

/// A new host has a profile that is stored, and so has an edit with another profile. A host keeps
/// its profile through edits.
pub async fn a_host_gets_only_a_stored_profile(bench: Bench) {
    let (orchestrator, ann) = (&bench.orchestrator, &bench.operator);
    let plan = async |spec| orchestrator.plan_import(ann, &[HostInput::new(spec, false)]).await;
    let unknown = async |spec, promise| {
        let told = plan(spec).await.map(drop);
        holds(matches!(told, Err(OrchestratorError::NoSuchProfile(_))), promise, &told);
    };
    unknown(bench.spec(1), "a new host has a profile that is stored").await;
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let mut other = host.spec.clone();
    other.profile = Some(must("other".parse()));
    unknown(other, "an edit gives a host a profile that is stored").await;
    let mut moved = host.spec.clone();
    moved.site = Some(must("north".parse()));
    must(plan(moved).await.map(drop));
}
