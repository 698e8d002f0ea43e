//! `audit`

mod export;
mod filter;
mod head;
mod prune;
mod sinks;
mod verify;

use super::{
    context::{Context, Session},
    error::CliResult,
    output::{Table, note, note_none},
};
use crate::view::ChainedEntryView;
use clap::{Args, Subcommand};
use ipxe_orch_core::audit::{AuditEntry, AuditLine, ChainedEntry};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch audit list --host web1
  ipxe-orch audit list --since 7d --actor ann --limit 0
  # Keep sealed heads on another machine
  ipxe-orch audit head --json >> heads.jsonl
  # See later that nothing was cut off or forged
  ipxe-orch audit verify --heads heads.jsonl
  # The heads of a server, out of its log
  journalctl -u ipxe-orch | sed -n 's/.*audit head {/{/p' > heads.jsonl
  # A copy that can be verified without the database
  ipxe-orch audit export > audit.jsonl
  ipxe-orch audit verify audit.jsonl --heads heads.jsonl
  # Go on where the last export ended, by the id of its last line
  ipxe-orch audit export --after ID >> audit.jsonl
  # Remove what is older than two years
  ipxe-orch audit prune --before 730d

A server writes a sealed head every minute, to its log and to audit-heads.jsonl in its data \
directory.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum AuditCommand {
    /// Show who changed what, also what was denied
    List(ListArgs),
    /// Write the audit as JSON Lines, each with the id from which an export goes on
    Export(export::ExportArgs),
    /// Check that no entry was changed or removed
    Verify(verify::VerifyArgs),
    /// Print the end of this server's chain, with a seal
    Head,
    /// Remove the oldest entries, so that the rest can still be verified
    Prune(prune::PruneArgs),
    /// Show how far the audit was forwarded
    Sinks,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    filter: filter::FilterArgs,
    /// Show at most this many, the newest ones; 0 shows all
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
}

pub(super) async fn run(command: AuditCommand, session: Session) -> CliResult {
    // What was exported needs no database.
    if let AuditCommand::Verify(args) = &command
        && let Some(file) = &args.file
    {
        return verify::file(args, file, &session).await;
    }
    let context = session.open().await?;
    match command {
        AuditCommand::List(args) => list(&args, &context).await,
        AuditCommand::Export(args) => export::run(&args, &context).await,
        AuditCommand::Verify(args) => verify::run(&args, &context).await,
        AuditCommand::Head => head::run(&context).await,
        AuditCommand::Prune(args) => prune::run(&args, &context).await,
        AuditCommand::Sinks => sinks::run(&context).await,
    }
}

async fn list(args: &ListArgs, context: &Context) -> CliResult {
    let filter = args.filter.filter(context.now())?;
    let filtered = filter.is_set();
    let orchestrator = context.orchestrator();
    let mut reading = orchestrator.read_audit(&context.caller, "audit.read", filter, None).await?;
    let (mut entries, mut found) = (Vec::new(), 0_usize);
    while let Some(lines) = reading.next().await? {
        // Of a long audit only those are kept that may be shown.
        if args.limit > 0 && entries.len() > args.limit.saturating_mul(2) {
            entries = newest(entries, args.limit);
        }
        for line in lines {
            let AuditLine::Entry { entry: chained, .. } = line else { continue };
            // What is no entry is a matter of `verify`.
            let Ok(entry) = serde_json::from_str::<AuditEntry>(&chained.text) else { continue };
            found = found.saturating_add(1);
            entries.push((chained, entry));
        }
    }
    let entries = newest(entries, args.limit);
    if entries.is_empty() {
        note_none("entry", filtered);
    } else if entries.len() < found {
        note(format_args!("the newest {} of {found}: see all with --limit 0", entries.len()));
    }
    let view = |(chained, entry): &Entry| ChainedEntryView::new(chained, entry);
    let views: Vec<_> = entries.iter().map(view).collect();
    context.out.show(&views, || {
        let mut table = Table::new(&["TIME", "WHO", "FROM", "WHAT", "HOST", "OUTCOME", "WHY"]);
        for (_, entry) in &entries {
            table.row(cells(entry, context));
        }
        table
    })
}

type Entry = (ChainedEntry, AuditEntry);

/// By time, since each server writes a chain of its own.
fn newest(mut entries: Vec<Entry>, limit: usize) -> Vec<Entry> {
    entries.sort_by_key(|(chained, entry)| (entry.at, chained.chain, chained.sequence));
    let surplus = if limit == 0 { 0 } else { entries.len().saturating_sub(limit) };
    entries.split_off(surplus)
}

fn cells(entry: &AuditEntry, context: &Context) -> [String; 7] {
    let why = [&entry.reason, &entry.change_ref, &entry.detail];
    let why: Vec<_> = why.into_iter().flatten().cloned().collect();
    let dash = || "-".to_owned();
    [
        context.out.times.show(entry.at),
        entry.actor.to_string(),
        entry.origin.0.clone(),
        entry.action.clone(),
        entry.host_name.as_ref().map_or_else(dash, ToString::to_string),
        entry.outcome.name().to_owned(),
        why.join("; "),
    ]
}
