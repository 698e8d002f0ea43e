//! A template gets the same values whenever it is rendered for one host: it cannot tell a preview or
//! a mark from a boot.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

use ipxe_orch_core::{
    conformance::Bench,
    ids::{ChainId, Epoch},
    lease::Limits,
    memory::{MemoryStore, PlainRenderer},
    orchestrator::{HostInput, MarkOrder, Orchestrator, Report, TicketAnswer},
    profile::{ProfileVersion, RenderError, Rendered, ScriptRenderer, Syntax, TemplateValues},
    stores::HostKey,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

/// Renders plainly, and keeps what each template has seen.
#[derive(Default)]
struct Recording(Mutex<Vec<(String, Value)>>);

impl Recording {
    fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl ScriptRenderer for Recording {
    fn expand(
        &self,
        name: &str,
        template: &str,
        syntax: Syntax,
        values: &TemplateValues,
    ) -> Result<Rendered, RenderError> {
        self.0.lock().unwrap().push((name.to_owned(), values.seen().clone()));
        PlainRenderer.expand(name, template, syntax, values)
    }
}

/// A profile with a secret, whose texts name all that differs from one rendering to the next.
fn profile() -> ProfileVersion {
    let definition = "name = 'plain'\ntitle = 'Plain'\nscript = 'boot'\n[[answers]]\n\
        name = 'answer'\ntemplate = 'answer'\nsyntax = 'key_value'\nabort = 'abort'\n\
        [variables.token]\ntype = 'secret'\ntitle = 'Token'\n";
    let answer = "t={{ticket}} {{attempt.id}} {{base}} {{vars.token}}\n";
    let texts = [
        ("boot", "#!ipxe\necho t/{{ticket}}/ {{attempt.id}}\n"),
        ("answer", answer),
        ("abort", "b={{base}}\n"),
    ];
    let files = texts.map(|(name, text)| (name.parse().unwrap(), text.to_owned()));
    ProfileVersion::new(definition, BTreeMap::from(files)).unwrap()
}

#[tokio::test]
async fn a_template_cannot_tell_a_preview_from_a_boot() {
    let store = MemoryStore::new(Epoch::from_bytes([0; 16]), ChainId::from_bytes([1; 16]));
    let bench = Bench::new(Arc::new(store));
    let (entry, grant) = (bench.entry("profile.put"), bench.grant().await);
    bench.store.put_profile(&grant, &profile(), &entry).await.unwrap();
    let recording = Arc::new(Recording::default());
    let mut parts = bench.parts.clone();
    parts.renderer = recording.clone();
    let orchestrator = Orchestrator::new(parts, Limits::default());
    let host = bench.register(1, false).await;
    let (caller, key, token) = (&bench.operator, HostKey::Id(host.id), "token".parse().unwrap());
    let mut spec = host.spec.clone();
    let sealed = orchestrator.seal_value(caller, &host, &token, "geheim").await.unwrap();
    spec.values.insert(token, sealed);
    let plan = orchestrator.plan_import(caller, &[HostInput::new(spec, false)]).await.unwrap();
    orchestrator.import(caller, &plan).await.unwrap();
    recording.take();

    let masked = orchestrator.preview(caller, &key, false).await.unwrap();
    assert_eq!(
        masked.files[1].text,
        "t=TICKET 00000000-0000-0000-0000-000000000000 \
         http://server.invalid/boot/v1/t/TICKET/ SECRET\n"
    );
    let open = orchestrator.preview(caller, &key, true).await.unwrap();
    assert!(open.files[1].text.ends_with(" geheim\n"), "{}", open.files[1].text);
    orchestrator.mark(caller, &key, MarkOrder::default()).await.unwrap();
    let query = bench.query(host.id, 1).await;
    let origin = caller.origin.clone();
    let script = orchestrator.boot(&query, origin.clone()).await.unwrap().script;
    let attempt = bench.host(1).await.lease.attempt.unwrap().id;
    let ticket = bench.ticket_text(attempt).await;
    assert_eq!(script, format!("#!ipxe\necho t/{ticket}/ {attempt}\n"));
    let opened = bench.ticket(attempt).await;
    orchestrator.claim(&opened, origin.clone()).await.unwrap();
    let base = format!("https://[2001:db8::1]:8443/boot/v1/t/{ticket}/");
    let answer = orchestrator.answer_file(&opened, "answer", &base, origin.clone()).await.unwrap();
    let expected = format!("t={ticket} {attempt} {base} geheim\n");
    assert_eq!(answer, TicketAnswer::Found(expected));
    let done = Report::new("done", "").unwrap();
    orchestrator.report(&opened, &done, origin.clone()).await.unwrap();
    let abort = orchestrator.answer_file(&opened, "answer", &base, origin).await.unwrap();
    assert_eq!(abort, TicketAnswer::Found(format!("b={base}\n")));

    let mut seen = BTreeMap::<String, (usize, BTreeSet<String>)>::new();
    for (name, values) in recording.take() {
        let (times, all) = seen.entry(name).or_default();
        *times += 1;
        all.insert(values.to_string());
    }
    assert_eq!(seen.len(), 3);
    for (name, (times, all)) in seen {
        assert!(times >= 4, "{name} was rendered {times} times");
        assert_eq!(all.len(), 1, "{name} sees the same each time: {all:#?}");
    }
}
