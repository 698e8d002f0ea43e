//! Defaults, on their way from `profiles set` to an answer file.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

use ipxe_orch_core::{
    conformance::Bench,
    ids::{ChainId, Epoch},
    memory::MemoryStore,
    orchestrator::{DefaultsEdit, HostInput, MarkOrder, OrchestratorError},
    profile::{Defaults, DefaultsKey, ProfileVersion},
    stores::HostKey,
    time::Clock as _,
};
use std::{collections::BTreeMap, sync::Arc};
use zeroize::Zeroizing;

const PROFILE: &str = "name = 'plain'\ntitle = 'Plain'\nscript = 'boot'\n\
    [[answers]]\nname = 'answer'\ntemplate = 'answer'\nsyntax = 'key_value'\n\
    [variables.disk]\ntype = 'name'\ntitle = 'Disk'\nrequired = true\n\
    [variables.zone]\ntype = 'name'\ntitle = 'Zone'\ndefault = 'UTC'\n\
    [variables.token]\ntype = 'secret'\ntitle = 'Token'\n\
    [variables.root]\ntype = 'password'\ntitle = 'Root'\n";

/// A bench with the profile `plain`. Host 1 is at the site `north`.
async fn bench() -> Bench {
    let epoch = Epoch(uuid::Uuid::nil());
    let bench = Bench::new(Arc::new(MemoryStore::new(epoch, ChainId::from_bytes([1; 16]))));
    put_profile(&bench, PROFILE).await;
    let mut spec = bench.spec(1);
    spec.site = Some("north".parse().unwrap());
    let plan =
        bench.orchestrator.plan_import(&bench.operator, &[HostInput::new(spec, false)]).await;
    bench.orchestrator.import(&bench.operator, &plan.unwrap()).await.unwrap();
    bench
}

async fn put_profile(bench: &Bench, definition: &str) {
    let answer = "disk={{vars.disk}}\nzone={{vars.zone}}\ntoken={{vars.token}}\n";
    let file = |name: &str, text: &str| (name.parse().unwrap(), text.to_owned());
    let files = BTreeMap::from([file("boot", "#!ipxe\nexit 1\n"), file("answer", answer)]);
    let version = ProfileVersion::new(definition, files).unwrap();
    let entry = bench.entry("profile.put");
    bench.store.put_profile(&bench.grant().await, &version, &entry).await.unwrap();
}

fn edit(set: &[(&str, &str)], secrets: &[(&str, &str)], unset: &[&str]) -> DefaultsEdit {
    let mut edit = DefaultsEdit::default();
    let parsed = |(name, value): &(&str, &str)| (name.parse().unwrap(), value.parse().unwrap());
    edit.set = set.iter().map(parsed).collect();
    let secret =
        |(name, value): &(&str, &str)| (name.parse().unwrap(), Zeroizing::new((*value).to_owned()));
    edit.secrets = secrets.iter().map(secret).collect();
    edit.unset = unset.iter().map(|name| name.parse().unwrap()).collect();
    edit
}

fn place(site: Option<&str>) -> DefaultsKey {
    let site = site.map(|site| site.parse().unwrap());
    DefaultsKey { profile: "plain".parse().unwrap(), site }
}

async fn set(
    bench: &Bench,
    site: Option<&str>,
    edit: &DefaultsEdit,
) -> Result<Defaults, OrchestratorError> {
    bench.orchestrator.set_defaults(&bench.operator, &place(site), edit).await
}

/// The answer file of host 1, secrets included.
async fn answer(bench: &Bench) -> String {
    let key = HostKey::Id(bench.host(1).await.id);
    let preview = bench.orchestrator.preview(&bench.operator, &key, true).await.unwrap();
    preview.files.into_iter().find(|file| file.name == "answer").unwrap().text
}

#[tokio::test]
async fn the_nearest_value_counts_and_a_mark_keeps_it() {
    let bench = bench().await;
    let key = HostKey::Id(bench.host(1).await.id);
    let missing = bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await;
    assert!(missing.unwrap_err().to_string().contains("`disk` (Disk) is missing"));

    set(&bench, None, &edit(&[("disk", "a"), ("zone", "CET")], &[("token", "geheim")], &[]))
        .await
        .unwrap();
    assert_eq!(answer(&bench).await, "disk=a\nzone=CET\ntoken=geheim\n");
    set(&bench, Some("north"), &edit(&[("disk", "b")], &[("token", "anders")], &[])).await.unwrap();
    set(&bench, Some("south"), &edit(&[("disk", "c")], &[], &[])).await.unwrap();
    assert_eq!(answer(&bench).await, "disk=b\nzone=CET\ntoken=anders\n");

    bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await.unwrap();
    set(&bench, Some("north"), &edit(&[("disk", "d")], &[], &["token"])).await.unwrap();
    set(&bench, None, &edit(&[], &[], &["zone"])).await.unwrap();
    assert_eq!(answer(&bench).await, "disk=b\nzone=CET\ntoken=anders\n", "the mark pinned it");
    assert!(bench.host(1).await.spec.values.is_empty(), "the host has none of its own");
}

#[tokio::test]
async fn no_secret_is_stored_or_told() {
    let bench = bench().await;
    let edit = edit(&[("disk", "a")], &[("token", "geheim"), ("root", "geheim")], &[]);
    let values = set(&bench, None, &edit).await.unwrap();
    let password = &values.values[&"root".parse().unwrap()];
    assert!(password.sealed().is_some(), "its hash is sealed as well");
    let stored = bench.store.list_defaults(&bench.grant().await, None).await.unwrap();
    let audit = bench.store.read_audit(&bench.grant().await, None, 100).await.unwrap();
    for text in [
        format!("{values:?} {edit:?}").replace("Zeroizing(\"geheim\")", ""),
        format!("{stored:?}"),
        format!("{audit:?}"),
    ] {
        assert!(!text.contains("geheim"), "{text}");
    }
    assert!(audit.last().unwrap().text.contains("plain: +disk +root +token"), "names are told");
    // A sealed value opens only in its own place.
    let mut elsewhere = Defaults::none(place(Some("north")));
    elsewhere.values = values.values.clone();
    let entry = bench.entry("profile.set");
    bench.store.put_defaults(&bench.grant().await, &elsewhere, &entry).await.unwrap();
    let key = HostKey::Id(bench.host(1).await.id);
    let foreign =
        bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await.unwrap_err();
    assert!(foreign.to_string().contains("sealed for another host or variable"), "{foreign}");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_changes_nothing() {
    let bench = bench().await;
    for (edit, why) in [
        (edit(&[("disc", "a")], &[], &[]), "has no such variable"),
        (edit(&[("disk", "a b")], &[], &[]), "it must be a name"),
        (edit(&[("token", "geheim")], &[], &[]), "set it as a secret"),
        (edit(&[("zone", "(secret)")], &[], &[]), "it cannot be `(secret)`"),
        (edit(&[], &[("disk", "geheim")], &[]), "set it as a plain value"),
        (edit(&[("zone", "CET")], &[("token", "")], &[]), "it must be a secret"),
    ] {
        let told = set(&bench, None, &edit).await.unwrap_err().to_string();
        assert!(told.contains(why) && !told.contains("geheim"), "{told}");
    }
    let other = DefaultsKey { profile: "other".parse().unwrap(), site: None };
    let none =
        bench.orchestrator.set_defaults(&bench.operator, &other, &DefaultsEdit::default()).await;
    assert!(none.unwrap_err().to_string().contains("there is no profile other"));
    assert_eq!(bench.store.list_defaults(&bench.grant().await, None).await.unwrap(), []);
    // Setting the same value again writes nothing.
    let first = set(&bench, None, &edit(&[("disk", "a")], &[], &[])).await.unwrap();
    let again = set(&bench, None, &edit(&[("disk", "a")], &[], &["zone"])).await.unwrap();
    assert_eq!((first.generation, again.generation), (1, 1));
}

#[tokio::test]
async fn a_changed_profile_is_found_out_at_the_mark() {
    let bench = bench().await;
    let all = edit(&[("disk", "a"), ("zone", "CET")], &[("token", "geheim")], &[]);
    set(&bench, None, &all).await.unwrap();
    put_profile(
        &bench,
        &PROFILE.replace("type = 'name'\ntitle = 'Disk'", "type = 'integer'\ntitle = 'Disk'"),
    )
    .await;
    let key = HostKey::Id(bench.host(1).await.id);
    let told =
        bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await.unwrap_err();
    assert!(told.to_string().contains("`disk` has a wrong value"), "{told}");
    // A default for a variable that the profile no longer has is ignored.
    put_profile(&bench, &PROFILE.replace("[variables.zone]", "[variables.other]")).await;
    let told =
        bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await.unwrap_err();
    assert!(told.to_string().contains("no value vars.zone"), "the template wants it: {told}");
}

#[tokio::test]
async fn secrets_are_sealed_anew() {
    let epoch = Epoch(uuid::Uuid::nil());
    let mut bench = Bench::new(Arc::new(MemoryStore::new(epoch, ChainId::from_bytes([1; 16]))));
    put_profile(&bench, PROFILE).await;
    set(&bench, None, &edit(&[("disk", "a")], &[("token", "geheim")], &[])).await.unwrap();
    let mut ring = (*bench.keys).clone();
    let mut parts = bench.parts.clone();
    ring.rotate(ipxe_orch_core::keys::Purpose::Master, bench.clock.now(), parts.random.as_ref());
    parts.keys = Arc::new(ring);
    bench.orchestrator = Arc::new(ipxe_orch_core::orchestrator::Orchestrator::new(
        parts,
        ipxe_orch_core::lease::Limits::default(),
    ));
    let before = bench.store.list_defaults(&bench.grant().await, None).await.unwrap();
    let done = bench.orchestrator.reseal(&bench.operator).await.unwrap();
    assert_eq!((done.hosts, done.defaults), (0, 1));
    let after = bench.store.list_defaults(&bench.grant().await, None).await.unwrap();
    let key =
        |values: &[Defaults]| values[0].values[&"token".parse().unwrap()].sealed().unwrap().key();
    assert_ne!(key(&before), key(&after));
    assert_eq!(bench.orchestrator.reseal(&bench.operator).await.unwrap().defaults, 0);
    bench.register(1, false).await;
    assert!(answer(&bench).await.contains("token=geheim"));
}
