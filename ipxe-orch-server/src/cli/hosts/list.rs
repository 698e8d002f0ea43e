//! `hosts list`

use super::{
    super::{
        context::Session,
        error::CliResult,
        output::{JsonList, Output, Table, note, note_none},
    },
    approve, fields, text,
};
use crate::view::{HostView, overdue, status};
use clap::Args;
use ipxe_orch_core::{
    lease::HostState,
    names::{LabelKey, LabelValue, ProfileName, SiteName},
    orchestrator::ImageState,
    stores::{HostFilter, HostRecord},
    time::Timestamp,
};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch hosts list --site berlin --label rack=r7
  ipxe-orch hosts list --state failed --json
  ipxe-orch hosts list --name db-";

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
    /// Only hosts whose names begin with this text
    #[arg(long, value_name = "PREFIX")]
    name: Option<String>,
    /// Only hosts in this state: registered, marked, offered, installing, installed, failed (its
    /// last install was claimed and is not done), closed (its last mark ended before that) or held
    #[arg(long, value_name = "STATE")]
    state: Option<HostState>,
    /// Only hosts with this STATUS as it is listed, or `overdue`. It reads all hosts: --state does
    /// not
    #[arg(long)]
    status: Option<String>,
    /// Only hosts with an image that is outdated: see `images build --outdated`
    #[arg(long)]
    outdated: bool,
    /// Show machines that boot from an image of this installation, but are not registered: see
    /// `hosts approve`
    #[arg(long, conflicts_with_all = ["site", "profile", "label", "name", "state", "status", "outdated"])]
    discovered: bool,
}

pub(super) async fn run(args: ListArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    if args.discovered {
        return approve::list(&context).await;
    }
    let mut filter = HostFilter::default();
    filter.site.clone_from(&args.site);
    filter.profile.clone_from(&args.profile);
    filter.labels = args.label.iter().cloned().collect();
    filter.name_prefix.clone_from(&args.name);
    filter.state = args.state;
    let mut list = List::new(&args, context.now(), context.out);
    loop {
        let page = context.orchestrator().hosts(&context.caller, &filter).await?;
        let images = context.orchestrator().image_states(&context.caller, &page.hosts).await?;
        for (host, image) in page.hosts.iter().zip(&images) {
            list.push(host, image)?;
        }
        match page.next {
            None => return list.finish(),
            next => filter.after = next,
        }
    }
}

/// What is listed so far: of the hosts themselves nothing is kept, so that there may be many.
struct List<'a> {
    args: &'a ListArgs,
    now: Timestamp,
    out: Output,
    table: Table,
    json: JsonList,
    shown: usize,
    late: usize,
    outdated: usize,
}

impl<'a> List<'a> {
    fn new(args: &'a ListArgs, now: Timestamp, out: Output) -> Self {
        let table = Table::new(&["NAME", "STATUS", "PROFILE", "SITE", "MAC", "ADDRESS"]);
        let (shown, late, outdated) = (0, 0, 0);
        Self { args, now, out, table, json: out.json_list(), shown, late, outdated }
    }

    fn push(&mut self, host: &HostRecord, image: &ImageState) -> CliResult {
        let Self { args, now, .. } = *self;
        let wanted = args.status.as_ref().is_none_or(|wanted| is(host, wanted, now))
            && (is_outdated(image) || !args.outdated);
        if !wanted {
            return Ok(());
        }
        let count = |count: usize, is: bool| count.saturating_add(usize::from(is));
        self.shown = count(self.shown, true);
        self.late = count(self.late, !overdue(host, now).is_empty());
        self.outdated = count(self.outdated, is_outdated(image));
        if self.out.json {
            return self.json.push(&HostView::new(host, image, now));
        }
        row(&mut self.table, host, now);
        Ok(())
    }

    fn finish(self) -> CliResult {
        if self.shown == 0 {
            note_none("host", self.args.is_filtered());
        } else if !self.out.json {
            self.hint();
        }
        if self.out.json { self.json.finish() } else { self.out.table(&self.table) }
    }

    /// Says what else may be looked at.
    fn hint(&self) {
        let (late, outdated) = (self.late, self.outdated);
        if late > 0 && self.args.status.is_none() {
            note(format_args!("{late} overdue: see `ipxe-orch hosts list --status overdue`"));
        }
        if outdated > 0 && !self.args.outdated {
            note(format_args!(
                "{outdated} with an outdated image: see `ipxe-orch hosts list --outdated`"
            ));
        }
    }
}

impl ListArgs {
    fn is_filtered(&self) -> bool {
        self.site.is_some()
            || self.profile.is_some()
            || self.status.is_some()
            || self.name.is_some()
            || self.state.is_some()
            || self.outdated
            || !self.label.is_empty()
    }
}

fn row(table: &mut Table, host: &HostRecord, now: Timestamp) {
    let (spec, dash) = (&host.spec, || "-".to_owned());
    table.row([
        spec.name.to_string(),
        status(host, now),
        spec.profile.as_ref().map_or_else(dash, ToString::to_string),
        spec.site.as_ref().map_or_else(dash, ToString::to_string),
        spec.nics.first().map_or_else(dash, |nic| nic.mac.to_string()),
        text::addresses(host),
    ]);
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
    let waits = wanted == HostState::Waiting.as_str() && host.lease.waits();
    status == wanted || starts || waits || host.lease.phase().to_string() == wanted
}
