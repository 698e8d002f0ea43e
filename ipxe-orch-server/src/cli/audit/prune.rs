//! `audit prune`: the oldest entries are removed, and the rest stays verifiable.

use super::{
    super::{
        confirm::confirm,
        error::{CliError, CliResult},
        output::{Table, note, parse_time},
    },
    Context,
};
use crate::view::PrunedView;
use clap::Args;
use ipxe_orch_core::ids::ChainId;

#[derive(Debug, Args)]
pub(crate) struct PruneArgs {
    /// Remove what is older than this time or span, such as 365d; at least 30 days
    #[arg(long, value_name = "TIME")]
    before: String,
    /// Only of this chain
    #[arg(long, value_name = "ID")]
    chain: Option<ChainId>,
    /// Show what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: &PruneArgs, context: &Context) -> CliResult {
    let before = parse_time(&args.before, context.now(), false).map_err(CliError::Usage)?;
    let (orchestrator, caller) = (context.orchestrator(), &context.caller);
    let would = orchestrator.prune_audit(caller, before, args.chain, true).await?;
    let entries = would.iter().fold(0, |sum: u64, chain| sum.saturating_add(chain.removed));
    let done = if args.dry_run || entries == 0 {
        would
    } else {
        confirm(args.yes, &format!("{entries} entries of the audit are removed for ever."))?;
        orchestrator.prune_audit(caller, before, args.chain, false).await?
    };
    if done.is_empty() {
        note("no entry is old enough");
    }
    for (chain, sink) in done.iter().filter_map(|one| Some((one.chain, one.waits_for.as_ref()?))) {
        note(format_args!("further entries of chain {chain} stay until {sink} has got them"));
    }
    let views: Vec<PrunedView> = done.iter().map(PrunedView::from).collect();
    context.out.show(&views, || {
        let mut table = Table::new(&["CHAIN", "REMOVED", "UP TO"]);
        for view in &views {
            let numbers = [view.removed, view.last].map(|number| number.to_string());
            let [removed, last] = numbers;
            table.row([view.chain.to_string(), removed, last]);
        }
        table
    })
}
