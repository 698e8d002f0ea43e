//! Cases about templates that fail: at the mark, where a person sees it, and at the boot, where
//! nothing is written.

use super::{Bench, holds, must, origin, same};
use crate::{
    lease::Limits,
    memory::PlainRenderer,
    orchestrator::{HostInput, MarkOrder, Orchestrator, OrchestratorError},
    profile::{ProfileVersion, RenderError, Rendered, ScriptRenderer, Syntax, TemplateValues},
    stores::HostKey,
};
use std::{collections::BTreeMap, sync::Arc};

/// Whichever template fails, and whatever is no script: an error, and nothing written.
pub async fn a_template_that_fails_spends_nothing(bench: Bench) {
    bench.profile("boot").await;
    for (number, broken) in (1..).zip(["boot", "answer", "abort", "no script"]) {
        let host = bench.register(number, true).await;
        let query = bench.query(host.id, number).await;
        let mut parts = bench.parts.clone();
        parts.renderer = Arc::new(FailsAt(broken));
        let orchestrator = Orchestrator::new(parts, Limits::default());
        for _ in 0..2 {
            let told = orchestrator.boot(&query, origin()).await;
            let told = told.map(|answer| answer.script);
            let failed = matches!(told, Err(OrchestratorError::Render(_)));
            holds(failed, &format!("a template that fails is an error: {broken}"), &told);
            let promise = format!("a template that fails spends nothing: {broken}");
            same(&bench.host(number).await, &host, &promise);
        }
    }
}

/// What would fail at the boot, or strand the machine, is refused when it is ordered.
pub async fn an_order_is_rehearsed(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let scripts = ["{{no.such.value}}", "<html>", "goto nowhere", ":again\ngoto again"];
    for script in scripts {
        put(&bench, script, "a=1\n").await;
        refused(&bench, script).await;
    }
    put(&bench, "boot", "{{no.such.value}}").await;
    refused(&bench, "the answer file").await;
    same(&bench.host(1).await, &host, "an order that is refused writes nothing");
}

async fn refused(bench: &Bench, what: &str) {
    let host = HostKey::Name(must("host1".parse()));
    let promise = format!("what would fail at the boot is refused when it is ordered: {what}");
    let told = bench.orchestrator.mark(&bench.operator, &host, MarkOrder::default()).await;
    holds(told.is_err(), &promise, &told.map(|mark| mark.id));
    let input = HostInput::new(bench.spec(2), true);
    let told = bench.orchestrator.plan_import(&bench.operator, &[input]).await;
    holds(told.is_err(), &promise, &told.map(|_| ()));
}

/// The profile `plain` with this script after `#!ipxe`, unless it is a page, and this answer file.
async fn put(bench: &Bench, script: &str, answer: &str) -> ProfileVersion {
    let definition = "name = 'plain'\ntitle = 'Plain'\nscript = 'boot'\n[[answers]]\n\
        name = 'answer'\ntemplate = 'answer'\nsyntax = 'key_value'\n";
    let magic = if script.starts_with('<') { "" } else { "#!ipxe\n" };
    let file = |name: &str, text: String| (must(name.parse()), text);
    let files = [file("boot", format!("{magic}{script}\n")), file("answer", answer.to_owned())];
    let version = must(ProfileVersion::new(definition, BTreeMap::from(files)));
    let entry = bench.entry("profile.put");
    must(bench.store.put_profile(&bench.grant().await, &version, &entry).await);
    version
}

/// Renders all templates but one; `no script` stands for a page in place of the script.
struct FailsAt(&'static str);

impl ScriptRenderer for FailsAt {
    fn expand(
        &self,
        name: &str,
        template: &str,
        syntax: Syntax,
        values: &TemplateValues,
    ) -> Result<Rendered, RenderError> {
        if name == self.0 {
            let (template, why) = (name.to_owned(), "it fails".to_owned());
            return Err(RenderError::Template { template, why });
        }
        if syntax == Syntax::Ipxe && self.0 == "no script" {
            return Ok(Rendered { text: "<html>".to_owned(), places: Vec::new() });
        }
        PlainRenderer.expand(name, template, syntax, values)
    }
}
