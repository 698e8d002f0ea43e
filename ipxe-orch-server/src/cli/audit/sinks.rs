//! `audit sinks`: how far the audit was forwarded.

use super::{
    super::{
        error::CliResult,
        output::{Table, note_none},
    },
    Context,
};
use crate::view::SinkView;

pub(super) async fn run(context: &Context) -> CliResult {
    let orchestrator = context.orchestrator();
    let sinks = orchestrator.sinks(&context.caller).await?;
    let ends = orchestrator.audit_ends().await?;
    let view = |sink| SinkView::new(sink, &ends);
    let views: Vec<SinkView> = sinks.iter().map(view).collect();
    if views.is_empty() {
        note_none("sink", false);
    }
    context.out.show(&views, || {
        let mut table = Table::new(&["NAME", "CHAIN", "SENT", "BEHIND", "LAST", "STATE", "WHY"]);
        let times = &context.out.times;
        for (view, sink) in views.iter().zip(&sinks) {
            let dash = || "-".to_owned();
            table.row([
                view.name.clone(),
                view.chain.to_string(),
                view.sent.to_string(),
                view.behind.to_string(),
                sink.sent_at.map_or_else(dash, |at| times.show(at)),
                view.state.to_owned(),
                view.error.clone().unwrap_or_else(dash),
            ]);
        }
        table
    })
}
