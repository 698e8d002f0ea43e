//! `events`: what machines did and which answers they got, the oldest first.

use super::{
    context::{Context, Session},
    error::{CliError, CliResult},
    output::{Table, note, note_none, parse_time},
};
use crate::{
    events::{contradicting, describe, elsewhere, times},
    view::EventView,
};
use clap::Args;
use ipxe_orch_core::{
    ids::HostId,
    names::HostName,
    orchestrator::OrchestratorError,
    stores::{BootEvent, BootEventKind, EventFilter, HostFilter, HostKey},
};
use std::{collections::BTreeMap, time::Duration};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch events --since 2h
  ipxe-orch events --host web1 --follow
  ipxe-orch events --alerts --since 7d
  ipxe-orch events --since 2026-01-31T00:00Z --json";

/// How often the database is asked for what is new.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct EventsArgs {
    /// Only events of this host
    #[arg(long, value_name = "NAME")]
    host: Option<HostName>,
    /// Only alerts
    #[arg(long)]
    alerts: bool,
    /// Also show new events, until interrupted
    #[arg(long)]
    follow: bool,
    /// Only since this time, or for this long, such as 2h
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

pub(super) async fn run(args: EventsArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let mut filter = EventFilter::default();
    filter.alerts = args.alerts;
    if let Some(since) = &args.since {
        let since = parse_time(since, context.now(), false).map_err(CliError::Usage)?;
        filter.since = Some(since);
    }
    if let Some(host) = &args.host {
        filter.host = Some(context.host(host).await?.id);
    }
    let mut shown = Shown { context: &context, names: BTreeMap::new(), last: Vec::new() };
    shown.refresh_names().await?;
    if args.follow { shown.follow(filter).await } else { shown.once(&filter).await }
}

struct Shown<'a> {
    context: &'a Context,
    names: BTreeMap<HostId, HostName>,
    /// The events that were shown and may come again.
    last: Vec<BootEvent>,
}

impl Shown<'_> {
    async fn list(&self, filter: &EventFilter) -> CliResult<Vec<BootEvent>> {
        let Context { runtime, caller, .. } = self.context;
        let mut events = runtime.orchestrator().events(caller, filter).await?;
        events.reverse();
        Ok(events)
    }

    async fn once(&mut self, filter: &EventFilter) -> CliResult {
        let events = self.list(filter).await?;
        let views: Vec<_> = events.iter().map(|event| self.view(event)).collect();
        self.context.out.show(&views, || {
            let mut table = Table::new(&["TIME", "HOST", "EVENT", "FROM", ""]);
            for event in &events {
                table.row(self.cells(event));
            }
            table
        })?;
        if events.is_empty() {
            let filtered = filter.alerts || filter.host.is_some() || filter.since.is_some();
            note_none("event", filtered);
        }
        let most = filter.page_size();
        if usize::try_from(most) == Ok(events.len()) {
            note(format_args!(
                "the newest {most} are shown: ask for fewer with --host or --alerts"
            ));
        }
        Ok(())
    }

    /// Asks again and again. Events are written in batches, so that a later one may be there
    /// first: the last ten seconds are read again.
    async fn follow(mut self, mut filter: EventFilter) -> CliResult {
        filter.since = filter.since.or(Some(self.context.now()));
        loop {
            for event in self.list(&filter).await? {
                if self.last.contains(&event) {
                    continue;
                }
                self.name(&event).await?;
                self.line(&event)?;
                self.last.push(event);
            }
            let again = self.context.now().minus(Duration::from_secs(10));
            filter.since = filter.since.max(Some(again));
            self.last.retain(|event| Some(event.at) >= filter.since);
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn line(&self, event: &BootEvent) -> CliResult {
        if self.context.out.json {
            return self.context.out.json_line(&self.view(event));
        }
        let [time, host, what, from, alert] = self.cells(event);
        let line = format!("{time}  {host:<16}  {what}  {from}  {alert}");
        self.context.out.line(line.trim_end())
    }

    async fn refresh_names(&mut self) -> CliResult {
        let hosts = self.context.hosts(HostFilter::default()).await?;
        self.names = hosts.into_iter().map(|host| (host.id, host.spec.name)).collect();
        Ok(())
    }

    /// Looks up the name of a host that was registered meanwhile.
    async fn name(&mut self, event: &BootEvent) -> CliResult {
        let Some(id) = event.host.filter(|id| !self.names.contains_key(id)) else { return Ok(()) };
        let Context { runtime, caller, .. } = self.context;
        match runtime.orchestrator().host(caller, &HostKey::Id(id)).await {
            Ok(host) => self.names.insert(id, host.spec.name),
            // It was removed, or never registered.
            Err(OrchestratorError::NoSuchHost(_)) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(())
    }

    /// The host's name today; of one that was removed, its name then.
    fn named<'a>(&'a self, event: &'a BootEvent) -> Option<&'a HostName> {
        let today = event.host.and_then(|id| self.names.get(&id));
        today.or(event.host_name.as_ref())
    }

    fn host(&self, event: &BootEvent) -> String {
        let id = || event.host.map_or_else(|| "-".to_owned(), |id| id.to_string());
        self.named(event).map_or_else(id, ToString::to_string)
    }

    fn cells(&self, event: &BootEvent) -> [String; 5] {
        let alert = if event.alert { "ALERT" } else { "" };
        [
            self.context.out.times.show(event.at),
            self.host(event),
            what(event),
            event.origin.0.clone(),
            alert.to_owned(),
        ]
    }

    fn view(&self, event: &BootEvent) -> EventView {
        EventView::new(event, self.named(event))
    }
}

fn what(event: &BootEvent) -> String {
    let image = if event.outdated_image { ", from an outdated image" } else { "" };
    let uuid = if event.swapped_uuid { ", its UUID in another byte order" } else { "" };
    format!("{}{image}{uuid}{}{}", kind(&event.kind), elsewhere(event), times(event))
}

/// A list tells what happened; what the log says in other words is said as there.
fn kind(kind: &BootEventKind) -> String {
    match kind {
        BootEventKind::Refused { why, shown } => {
            format!("refused: {why}{}", contradicting(*why, shown.as_deref()))
        }
        BootEventKind::Offered { offer } => format!("offered its install (offer {offer})"),
        BootEventKind::Claimed => "claimed its install".to_owned(),
        BootEventKind::ClaimRefused => "claim refused".to_owned(),
        BootEventKind::Answered { name } => format!("fetched the answer file {name}"),
        BootEventKind::AnswerRefused { name } => format!("answer file {name} refused"),
        BootEventKind::ReportRefused { status } => format!("report refused: {status}"),
        BootEventKind::TicketRefused => "refused: wrong ticket".to_owned(),
        BootEventKind::PeerRefused => "refused: media without a right authorization".to_owned(),
        other => describe(other),
    }
}
