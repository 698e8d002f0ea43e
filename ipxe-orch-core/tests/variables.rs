//! Variables, secrets and firmware, on their way from a mark to an answer file.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

use ipxe_orch_core::{
    boot::LOCAL_SCRIPT,
    conformance::Bench,
    host::HostValue,
    ids::{ChainId, Epoch},
    memory::MemoryStore,
    orchestrator::{HostInput, MarkOrder, OrchestratorError, TicketAnswer},
    profile::{Firmware, ProfileVersion},
    stores::{BootEventKind, HostKey, HostRecord},
};
use std::{collections::BTreeMap, sync::Arc};

const VARIABLES: &str = "[variables.disk]\ntype = 'text'\ntitle = 'Disk'\nrequired = true\n\
    [variables.token]\ntype = 'secret'\ntitle = 'Token'\n";

/// A bench with the profile `plain`. Its answer file has the value of each variable in `answer`.
async fn bench(script: &str, answer: &str, abort: &str, more: &str) -> Bench {
    let epoch = Epoch(uuid::Uuid::nil());
    let bench = Bench::new(Arc::new(MemoryStore::new(epoch, ChainId::from_bytes([1; 16]))));
    let definition = format!(
        "name = 'plain'\ntitle = 'Plain'\nscript = 'boot'\n[[answers]]\nname = 'answer'\n\
         template = 'answer'\nsyntax = 'key_value'\nabort = 'abort'\n{more}{VARIABLES}"
    );
    let file = |name: &str, text: String| (name.parse().unwrap(), text);
    let files = BTreeMap::from([
        file("boot", format!("#!ipxe\n{script}\n")),
        file("answer", answer.to_owned()),
        file("abort", abort.to_owned()),
    ]);
    let version = ProfileVersion::new(&definition, files).unwrap();
    let entry = bench.entry("profile.put");
    bench.store.put_profile(&bench.grant().await, &version, &entry).await.unwrap();
    bench
}

/// Host 1 with a disk and a sealed token.
async fn host(bench: &Bench) -> HostRecord {
    let host = bench.register(1, false).await;
    let mut spec = host.spec.clone();
    spec.values.insert("disk".parse().unwrap(), "/dev/vda".parse().unwrap());
    let token = "token".parse().unwrap();
    let sealed =
        bench.orchestrator.seal_value(&bench.operator, &host, &token, "geheim").await.unwrap();
    spec.values.insert(token, sealed);
    put(bench, spec).await.unwrap();
    bench.host(1).await
}

async fn put(bench: &Bench, spec: ipxe_orch_core::host::HostSpec) -> Result<(), OrchestratorError> {
    let plan =
        bench.orchestrator.plan_import(&bench.operator, &[HostInput::new(spec, false)]).await?;
    bench.orchestrator.import(&bench.operator, &plan).await
}

async fn mark(bench: &Bench, host: &HostRecord) -> Result<(), OrchestratorError> {
    let key = HostKey::Id(host.id);
    bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await.map(drop)
}

#[tokio::test]
async fn a_secret_is_in_the_answer_file_alone() {
    let answer = "disk={{vars.disk}}\ntoken={{vars.token}}\n";
    let bench = bench("echo {{vars.disk}}", answer, "disk={{vars.disk}}\n", "").await;
    let host = host(&bench).await;
    mark(&bench, &host).await.unwrap();
    let script = bench.boot(host.id, 1).await;
    assert_eq!(script, "#!ipxe\necho /dev/vda\n");
    let attempt = bench.host(1).await.lease.attempt.unwrap();
    let ticket = bench.ticket(attempt.id).await;
    let origin = bench.operator.origin.clone();
    bench.orchestrator.claim(&ticket, origin.clone()).await.unwrap();
    let file =
        bench.orchestrator.answer_file(&ticket, "answer", "http://s/", origin).await.unwrap();
    assert_eq!(file, TicketAnswer::Found("disk=/dev/vda\ntoken=geheim\n".to_owned()));
    let stored = format!("{:?}", bench.host(1).await);
    assert!(!stored.contains("geheim"), "{stored}");
}

#[tokio::test]
async fn scripts_and_abort_answers_know_no_secret() {
    for (script, abort) in [("echo {{vars.token}}", "a=1\n"), ("exit", "a={{vars.token}}\n")] {
        let bench = bench(script, "a=1\n", abort, "").await;
        let told = mark(&bench, &host(&bench).await).await;
        assert!(matches!(&told, Err(OrchestratorError::Render(_))), "{told:?}");
    }
}

#[tokio::test]
async fn a_mark_is_refused_until_the_values_fit() {
    let bench = bench("exit", "a=1\n", "a=1\n", "").await;
    let plain = bench.register(1, false).await;
    let error = mark(&bench, &plain).await.unwrap_err().to_string();
    let start = "host host1, profile plain: the variable `disk` (Disk) is missing";
    assert!(error.starts_with(start), "{error}");
    let mut spec = plain.spec.clone();
    spec.values.insert("token".parse().unwrap(), "geheim".parse().unwrap());
    let error = put(&bench, spec).await.unwrap_err().to_string();
    assert!(error.contains("is secret") && !error.contains("geheim"), "{error}");
    let marked = host(&bench).await;
    // A secret that is sealed for another host is noticed before anything boots.
    let mut other = bench.spec(2);
    other.values = marked.spec.values.clone();
    put(&bench, other).await.unwrap();
    let error = mark(&bench, &bench.host(2).await).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "variable `token`: the secret was changed or was sealed for another host or variable: set it again"
    );
    mark(&bench, &marked).await.unwrap();
}

#[tokio::test]
async fn an_edit_or_a_new_version_leaves_a_mark_as_it_was() {
    let bench = bench("echo {{vars.disk}}", "a=1\n", "a=1\n", "").await;
    let marked = host(&bench).await;
    mark(&bench, &marked).await.unwrap();
    let mut spec = marked.spec.clone();
    spec.values.insert("disk".parse().unwrap(), "/dev/sdb".parse::<HostValue>().unwrap());
    put(&bench, spec).await.unwrap();
    bench.profile("other").await;
    assert_eq!(bench.boot(marked.id, 1).await, "#!ipxe\necho /dev/vda\n");
}

#[tokio::test]
async fn other_firmware_boots_its_disk_and_keeps_the_mark() {
    let bench = bench("exit", "a=1\n", "a=1\n", "[terms]\nfirmware = ['uefi']\n").await;
    let marked = host(&bench).await;
    mark(&bench, &marked).await.unwrap();
    let before = bench.host(1).await;
    assert_eq!(bench.boot(marked.id, 1).await, LOCAL_SCRIPT);
    let kind = BootEventKind::Unsupported { firmware: Firmware::Bios };
    assert!(matches!(bench.events.take()[..], [ref event] if event.alert && event.kind == kind));
    assert_eq!(bench.host(1).await, before, "nothing was written");
    let uefi = bench.query(marked.id, 1).await.replace("f=pcbios&a=i386", "f=efi&a=x86_64");
    let told = bench.orchestrator.boot(&uefi, bench.operator.origin.clone()).await.unwrap();
    assert_ne!(told.script, LOCAL_SCRIPT);
    assert_eq!(bench.boot(marked.id, 1).await, LOCAL_SCRIPT, "a repeated offer, too");
}
