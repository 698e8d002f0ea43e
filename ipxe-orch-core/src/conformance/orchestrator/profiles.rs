//! Cases about profiles that people store, and that marks pin.

use super::{Bench, audit::entries, holds, must, same};
use crate::{
    audit::AuditOutcome, auth::Scope, orchestrator::OrchestratorError, profile::ProfileVersion,
};

async fn current(bench: &Bench, of: &ProfileVersion) -> Option<ProfileVersion> {
    must(bench.store.current_profile(&bench.grant().await, &of.profile().name).await)
}

/// A mark installs the version that it pinned, whatever became the current one since.
pub async fn a_mark_installs_what_it_pinned(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.profile("imgfree").await;
    let script = bench.boot(host.id, 1).await;
    holds(script.ends_with("boot"), "a mark installs the version that it pinned", &script);
}

/// Any host may have a profile: whoever may change some hosts only stores none, and leaves an
/// entry.
pub async fn a_profile_of_all_hosts_is_denied(bench: Bench) {
    let before = bench.profile("exit 1").await;
    let files = before.templates().clone();
    let definition = before.definition().replace("Plain", "Other");
    let other = must(ProfileVersion::new(&definition, files));
    let orchestrator = bench.orchestrator_within(Scope::Site(must("north".parse())));
    let denied = orchestrator.put_profile(&bench.operator, &other).await;
    let promise = "a profile is stored by who may change all hosts";
    holds(matches!(denied, Err(OrchestratorError::Denied(_))), promise, &denied);
    same(
        &current(&bench, &before).await.as_ref(),
        &Some(&before),
        "what is denied changes nothing",
    );
    let stored = must(bench.orchestrator.put_profile(&bench.operator, &other).await);
    let again = must(bench.orchestrator.put_profile(&bench.operator, &other).await);
    same(&(stored, again), &(true, false), "a version that is there is not stored again");
    same(&current(&bench, &before).await, &Some(other), promise);
    let outcomes: Vec<_> = entries(&bench).await.iter().map(|entry| entry.outcome).collect();
    let expected = vec![AuditOutcome::Done, AuditOutcome::Denied, AuditOutcome::Done];
    same(&outcomes, &expected, "each write leaves an entry, and so does what is denied");
}

/// What could strand a machine, or never spends its mark, is not stored, and the message says where
/// and why.
pub async fn a_faulty_profile_is_refused(bench: Bench) {
    let before = bench.profile("exit 1").await;
    for (script, why) in [
        (":a\ngoto a", ["line 4", "endless-loop"]),
        ("shell ||", ["line 3", "waits-for-person"]),
        ("goto nowhere ||", ["line 3", "missing-label"]),
        ("kernel --timeout 1000 a || exit 1\nboot ||", ["line 4", "missing-claim"]),
        ("${x}", ["line 3", "not-analysed"]),
        ("{{nothing}}", ["no value", "nothing"]),
    ] {
        let mut files = before.templates().clone();
        files.insert(must("boot".parse()), format!("#!ipxe\n# {{{{ticket}}}}\n{script}"));
        let faulty = must(ProfileVersion::new(before.definition(), files));
        let put = bench.orchestrator.put_profile(&bench.operator, &faulty).await;
        let told = matches!(&put, Err(OrchestratorError::Invalid(text))
            if why.iter().all(|why| text.contains(why)));
        holds(told, &format!("a faulty profile is refused because of {why:?}: {script}"), &put);
        same(&current(&bench, &before).await.as_ref(), &Some(&before), "it changes nothing");
    }
}
