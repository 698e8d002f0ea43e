//! `hosts list`

use super::{
    super::{
        context::Session,
        error::CliResult,
        output::{Table, note, note_none},
    },
    approve, fields, text,
};
use crate::view::{HostView, overdue, status};
use clap::Args;
use ipxe_orch_core::{
    names::{LabelKey, LabelValue, ProfileName, SiteName},
    orchestrator::ImageState,
    stores::{HostFilter, HostRecord},
    time::Timestamp,
};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch hosts list --site berlin --label rack=r7
  ipxe-orch hosts list --status failed --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ListArgs {
    /// Only hosts of this site
    #[arg(long, value_name = "NAME")]
    site: Option<SiteName>,
    /// Only hosts with this profile
    #[arg(long, value_name = "NAME")]
    profile: Option<ProfileName>,
    /// Only hosts with this label; may be given again
    #[arg(long, value_name = "KEY=VALUE", value_parser = fields::label)]
    label: Vec<(LabelKey, LabelValue)>,
    /// Only hosts in this state, such as marked, installing, installed, failed or overdue
    #[arg(long)]
    status: Option<String>,
    /// Only hosts with an image that is outdated: see `images build --outdated`
    #[arg(long)]
    outdated: bool,
    /// Show machines that boot from an image of this installation, but are not registered: see
    /// `hosts approve`
    #[arg(long, conflicts_with_all = ["site", "profile", "label", "status", "outdated"])]
    discovered: bool,
}

pub(super) async fn run(args: ListArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    if args.discovered {
        return approve::list(&context).await;
    }
    let filtered = args.site.is_some()
        || args.profile.is_some()
        || args.status.is_some()
        || args.outdated
        || !args.label.is_empty();
    let mut filter = HostFilter::default();
    filter.site = args.site.clone();
    filter.profile = args.profile.clone();
    filter.labels = args.label.iter().cloned().collect();
    let now = context.now();
    let hosts = context.hosts(filter).await?;
    let images = context.orchestrator().image_states(&context.caller, &hosts).await?;
    let mut hosts: Vec<_> = hosts.into_iter().zip(images).collect();
    if let Some(wanted) = &args.status {
        hosts.retain(|(host, _)| is(host, wanted, now));
    }
    if args.outdated {
        hosts.retain(|(_, image)| is_outdated(image));
    }
    if hosts.is_empty() {
        note_none("host", filtered);
    } else if !context.out.json {
        hint(&hosts, &args, now);
    }
    let views: Vec<_> = hosts.iter().map(|(host, image)| HostView::new(host, image, now)).collect();
    context.out.show(&views, || table(&hosts, now))
}

/// Says what else may be looked at.
fn hint(hosts: &[(HostRecord, ImageState)], args: &ListArgs, now: Timestamp) {
    let late = hosts.iter().filter(|(host, _)| !overdue(host, now).is_empty()).count();
    if late > 0 && args.status.is_none() {
        note(format_args!("{late} overdue: see `ipxe-orch hosts list --status overdue`"));
    }
    let outdated = hosts.iter().filter(|(_, image)| is_outdated(image)).count();
    if outdated > 0 && !args.outdated {
        note(format_args!(
            "{outdated} with an outdated image: see `ipxe-orch hosts list --outdated`"
        ));
    }
}

fn table(hosts: &[(HostRecord, ImageState)], now: Timestamp) -> Table {
    let mut table = Table::new(&["NAME", "STATUS", "PROFILE", "SITE", "MAC", "ADDRESS"]);
    let dash = || "-".to_owned();
    for (host, _) in hosts {
        let spec = &host.spec;
        table.row([
            spec.name.to_string(),
            status(host, now),
            spec.profile.as_ref().map_or_else(dash, ToString::to_string),
            spec.site.as_ref().map_or_else(dash, ToString::to_string),
            spec.nics.first().map_or_else(dash, |nic| nic.mac.to_string()),
            text::addresses(host),
        ]);
    }
    table
}

const fn is_outdated(image: &ImageState) -> bool {
    matches!(image, ImageState::Outdated(_))
}

/// Whether the host is in this state; `failed` is also `failed (not started)`.
fn is(host: &HostRecord, wanted: &str, now: Timestamp) -> bool {
    if wanted == "overdue" {
        return !overdue(host, now).is_empty();
    }
    let status = status(host, now);
    let starts = status.strip_prefix(wanted).is_some_and(|rest| rest.starts_with(" ("));
    status == wanted || starts || host.lease.phase().to_string() == wanted
}
