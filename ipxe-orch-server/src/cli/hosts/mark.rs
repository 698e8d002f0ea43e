//! `hosts mark`

use super::{
    super::{
        confirm::confirm,
        context::{Context, Session},
        error::{CliError, CliResult},
        output::{complain, parse_duration, parse_time},
    },
    missing::note_missing_media,
    select::SelectArgs,
    warn::note_warnings,
};
use crate::view::{EachView, MarkedView, RefusedView};
use clap::Args;
use ipxe_orch_core::{
    ids::MarkId,
    names::HostName,
    orchestrator::{HostWarning, MarkOrder, Marked},
    stores::{HostKey, HostRecord},
    time::Timestamp,
};
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  ipxe-orch hosts mark web1 web2 --reason 'new kernel' --yes
  ipxe-orch hosts mark --site berlin --label role=web --reason 'new kernel'
  ipxe-orch hosts mark db1 --change-ref CHG-4711 \\
      --not-before '2026-02-01 22:00' --expires 4h

A mark is claimed at most once: the machine installs at its next boot from its image, and \
boots its own disk ever after. An unclaimed mark expires after 24 hours if nothing else is \
said.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MarkArgs {
    #[command(flatten)]
    select: SelectArgs,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The ticket or change number of another system
    #[arg(long, value_name = "TEXT")]
    change_ref: Option<String>,
    /// Do not offer the install before this time, such as '2026-02-01 22:00' or 2h
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// Do not offer the install after this time, or after this long from the first possible offer,
    /// such as 4h
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// An id for the mark (a UUID): with the same id, a repeated command makes no second mark
    #[arg(long, value_name = "UUID")]
    id: Option<MarkId>,
    /// Do not ask for confirmation, also for several hosts
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: MarkArgs, session: Session) -> CliResult {
    if args.id.is_some() && !args.select.is_one() {
        return Err(CliError::Usage("an --id is for one host: mark each on its own".to_owned()));
    }
    let context = session.open().await?;
    let order = order(&args, context.now()).map_err(CliError::Usage)?;
    let hosts = args.select.hosts(&context).await?;
    confirm(args.yes || args.select.is_one(), &question(&hosts))?;
    let (mut results, mut warnings) = (Vec::new(), Vec::new());
    for host in &hosts {
        let mut order = order.clone();
        order.seen = Some(host.lease.generation);
        results.push(mark(&context, host, order, &mut warnings).await?);
    }
    note_warnings(&warnings);
    let marked = hosts.iter().zip(&results).filter(|(_, result)| !result.is_refused());
    note_missing_media(&context, marked.filter_map(|(host, _)| host.spec.profile.as_ref())).await?;
    if context.out.json {
        context.out.json(&results)?;
    }
    let refused = results.iter().any(EachView::is_refused);
    if refused { Err(CliError::Shown) } else { Ok(()) }
}

fn order(args: &MarkArgs, now: Timestamp) -> Result<MarkOrder, String> {
    let mut order = MarkOrder::default();
    order.id = args.id;
    order.reason.clone_from(&args.reason);
    order.change_ref.clone_from(&args.change_ref);
    order.not_before =
        args.not_before.as_ref().map(|text| parse_time(text, now, true)).transpose()?;
    let from = order.not_before.unwrap_or(now).max(now);
    order.lifetime = args.expires.as_ref().map(|text| lifetime(text, from)).transpose()?;
    Ok(order)
}

/// How long an order stands that may first be offered at `from`.
fn lifetime(text: &str, from: Timestamp) -> Result<Duration, String> {
    if let Ok(span) = parse_duration(text) {
        return Ok(span);
    }
    let until = parse_time(text, from, true)?;
    let millis = until.as_millis().saturating_sub(from.as_millis());
    let span = u64::try_from(millis).ok().filter(|millis| *millis > 0);
    span.map(Duration::from_millis)
        .ok_or_else(|| format!("the mark would expire before it could be offered: {text}"))
}

fn question(hosts: &[HostRecord]) -> String {
    let name = |host: &HostRecord| {
        let profile = host.spec.profile.as_ref().map_or("no profile", |name| name.as_str());
        format!("{} ({profile})", host.spec.name)
    };
    let names: Vec<_> = hosts.iter().map(name).collect();
    format!("The disks of {} will be overwritten at their next boot.", names.join(", "))
}

/// Marks one host; a refusal is said, and does not keep the others from it.
async fn mark(
    context: &Context,
    host: &HostRecord,
    order: MarkOrder,
    warnings: &mut Vec<(HostName, HostWarning)>,
) -> CliResult<EachView<MarkedView>> {
    let name = &host.spec.name;
    let key = HostKey::Id(host.id);
    match context.orchestrator().mark(&context.caller, &key, order).await {
        Ok(marked) => {
            let text = text(&marked, context);
            if !context.out.json {
                context.out.line(format_args!("host {name} {text}"))?;
            }
            let view = MarkedView::new(name, &marked);
            warnings.extend(marked.warnings.into_iter().map(|warning| (name.clone(), warning)));
            Ok(EachView::Done(view))
        }
        Err(error) => match CliError::from(error) {
            CliError::Failed(text) => {
                complain(format_args!("error: {text}"));
                Ok(EachView::Refused(RefusedView { name: name.clone(), error: text }))
            }
            other => Err(other),
        },
    }
}

fn text(marked: &Marked, context: &Context) -> String {
    let times = context.out.times;
    let standing = marked.lease.mark.as_ref().filter(|mark| mark.id == marked.id);
    let until = standing.and_then(|mark| mark.expires_at);
    let until = until.map_or_else(String::new, |at| format!(", expires {}", times.show(at)));
    match (marked.created, standing) {
        (true, _) => {
            if let Some(mark) = standing.filter(|mark| mark.approval.waits()) {
                let waits = super::text::approval(&mark.approval, times).unwrap_or_default();
                return format!("is marked, and {waits} (mark {}{until})", marked.id);
            }
            let when = match standing.and_then(|mark| mark.not_before) {
                Some(at) => format!("its first boot after {} installs it", times.show(at)),
                None => "its next boot installs it".to_owned(),
            };
            format!("is marked: {when} (mark {}{until})", marked.id)
        }
        (false, Some(_)) => format!("is marked already by this order{until}"),
        (false, None) => {
            format!("was marked by this order before: it is {}", marked.lease.status())
        }
    }
}
