//! `hosts show`

use super::{
    super::{
        context::{Context, Session},
        error::CliResult,
        output::{Table, Times},
    },
    text,
};
use crate::{
    events::late,
    view::{HostDetailView, InheritedView, overdue, status},
};
use clap::Args;
use ipxe_orch_core::{
    host::{HostSpec, LoaderPath},
    lease::Attempt,
    names::HostName,
    orchestrator::ImageState,
    profile::inherited,
    stores::HostRecord,
    time::Timestamp,
};

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The name of the host
    name: HostName,
}

pub(super) async fn run(args: ShowArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let host = context.host(&args.name).await?;
    let (now, times) = (context.now(), context.out.times);
    let inherited = inherited_values(&context, &host).await?;
    let images = context.orchestrator().image_states(&context.caller, std::slice::from_ref(&host));
    let image = images.await?.pop().unwrap_or(ImageState::None);
    let view = HostDetailView::new(&host, &image, inherited, now);
    context.out.show(&view, || table(&host, &image, &view.inherited, now, times))
}

async fn inherited_values(context: &Context, host: &HostRecord) -> CliResult<Vec<InheritedView>> {
    let Some(name) = &host.spec.profile else { return Ok(Vec::new()) };
    let Some(version) = context.profile(name).await? else { return Ok(Vec::new()) };
    let defaults = context.orchestrator().defaults(&context.caller, Some(name)).await?;
    let HostSpec { site, values, .. } = &host.spec;
    let inherited = inherited(version.profile(), site.as_ref(), values, &defaults);
    let one = |(name, (of, value))| InheritedView::new(name, value, of);
    Ok(inherited.into_iter().map(one).collect())
}

fn table(
    host: &HostRecord,
    image: &ImageState,
    inherited: &[InheritedView],
    now: Timestamp,
    times: Times,
) -> Table {
    let HostRecord { spec, lease, .. } = host;
    let mut table = Table::of_fields();
    table.field("name", Some(&spec.name));
    table.field("status", Some(status(host, now)));
    for (since, what) in overdue(host, now) {
        table.field("overdue", Some(format!("since {}: {}", times.show(since), late(what))));
    }
    table.field("id", Some(host.id));
    table.field("profile", spec.profile.as_ref());
    table.field("site", spec.site.as_ref());
    spec.nics.iter().for_each(|nic| table.field("NIC", Some(text::nic(nic))));
    spec.bonds.iter().for_each(|bond| table.field("bond", Some(bond)));
    let value = |(name, value)| format!("{name}={value}");
    spec.values.iter().map(value).for_each(|value| table.field("variable", Some(value)));
    for InheritedView { variable, value, of, .. } in inherited {
        table.field("variable", Some(format!("{variable}={value}, of {of}")));
    }
    table.field("UUID", spec.uuid);
    table.field("serial", spec.serial.as_ref());
    let labels: Vec<_> = spec.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    table.field("labels", Some(labels.join(" ")).filter(|labels| !labels.is_empty()));
    table.field("local boot", Some(&spec.local_boot));
    table.field("  installed", lease.loader.as_ref().map(LoaderPath::as_str));
    add_image(&mut table, host, image, times);
    table.field("mark", lease.mark.as_ref().map(|mark| text::mark(mark, times)));
    table.field("mark id", lease.mark.as_ref().map(|mark| mark.id));
    let ended = lease.last_mark.as_ref();
    let ended = ended.map(|mark| format!("{}, {}", times.show(mark.at), mark.outcome));
    table.field("last mark", ended);
    let held = lease.held.as_ref().map(|hold| {
        let why = hold.reason.as_ref().map_or_else(String::new, |why| format!(", {why}"));
        format!("since {}, by {}{why}", times.show(hold.at), hold.by)
    });
    table.field("held", held);
    let protected = lease.protected.as_ref().map(|protection| {
        let why = protection.reason.as_ref().map_or_else(String::new, |why| format!(", {why}"));
        format!("since {}, by {}{why}", times.show(protection.at), protection.by)
    });
    table.field("protected", protected);
    lease.attempt.iter().for_each(|attempt| add_attempt(&mut table, attempt, times));
    table.field("generation", Some(lease.generation));
    table
}

fn add_image(table: &mut Table, host: &HostRecord, image: &ImageState, times: Times) {
    let key = host.image_key.map_or_else(String::new, |key| format!(", key {key}"));
    table.field("image", Some(format!("generation {}{key}", host.image_generation)));
    let earlier = host.earlier_images.iter().map(|image| {
        let key = image.key.map_or_else(String::new, |key| format!(", key {key}"));
        format!("generation {}{key}", image.generation)
    });
    let earlier: Vec<_> = earlier.collect();
    if !earlier.is_empty() {
        let text = format!("{}: until `ipxe-orch images revoke`", earlier.join("; "));
        table.field("  earlier", Some(text));
    }
    let built = match image {
        ImageState::Current(build) => times.show(build.at),
        ImageState::Outdated(build) => {
            format!("{}, outdated: `ipxe-orch images build --outdated`", times.show(build.at))
        }
        ImageState::Unknown(build) => format!(
            "{}; whether it is outdated is unknown: `ipxe-orch images build` says why",
            times.show(build.at)
        ),
        _ => return,
    };
    table.field("  built", Some(built));
}

fn add_attempt(table: &mut Table, attempt: &Attempt, times: Times) {
    table.field("attempt", Some(attempt.id));
    table.field("  installs", Some(&attempt.pin.profile));
    let offers = attempt.offers;
    let often = if offers == 1 { "once".to_owned() } else { format!("{offers} times") };
    table.field("  offered", Some(format!("{}, {often}", times.show(attempt.offered_at))));
    let claimed = attempt.claim.as_ref().map(|claim| {
        let from = claim.from.map_or_else(String::new, |from| format!(", from {from}"));
        format!("{}{from}", times.show(claim.at))
    });
    table.field("  claimed", claimed);
    table.field("  started", attempt.answered_at.map(|at| times.show(at)));
    let progress = attempt.progress.as_ref();
    table.field(
        "  progress",
        progress.map(|said| {
            let at = times.show(said.at);
            if said.message.is_empty() { at } else { format!("{at}, {}", said.message) }
        }),
    );
    let open = attempt.deadline.filter(|_| attempt.is_open());
    table.field("  deadline", open.map(|at| times.show(at)));
    let closed = attempt.closed.as_ref().map(|closed| {
        let said = closed.message.as_ref().map_or_else(String::new, |said| format!(": {said}"));
        format!("{}, {}{said}", times.show(closed.at), closed.outcome)
    });
    table.field("  ended", closed);
}
