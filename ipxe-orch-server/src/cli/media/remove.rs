//! `media remove`

use crate::{
    cli::{
        context::{Context, Session},
        error::CliResult,
    },
    media::{Removed, Use, remove},
    view::MediaRemovalView,
};
use ipxe_orch_core::{
    lease::Pin,
    names::SetName,
    profile::{MediaSource, ProfileVersion},
    stores::HostFilter,
};

pub(super) async fn run(name: &SetName, session: Session) -> CliResult {
    let context = session.open().await?;
    let used = used(&context).await?;
    let root = &context.runtime.config().media_dir.value;
    let removed = remove(root, name, &used)?;
    if context.out.json {
        return context.out.json(&MediaRemovalView::new(name.clone(), removed));
    }
    let Removed { blobs, bytes, .. } = removed;
    let mib = bytes >> 20;
    context
        .out
        .line(format_args!("removed {name}, and {blobs} files ({mib} MiB) that nobody needs"))
}

/// What current versions pin, and those of marks and open attempts.
async fn used(context: &Context) -> CliResult<Vec<Use>> {
    let mut used = Vec::new();
    for version in context.store().list_profiles().await? {
        pins(&version, &format!("profile {}", version.profile().name), &mut used);
    }
    for host in context.hosts(HostFilter::default()).await? {
        let mark = host.lease.mark.as_ref().map(|mark| &mark.pin);
        let attempt = host.lease.attempt.as_ref().filter(|attempt| attempt.is_open());
        for Pin { profile, version, .. } in mark.into_iter().chain(attempt.map(|open| &open.pin)) {
            if let Some(version) = context.store().lookup_profile(profile, version).await? {
                pins(&version, &format!("host {}", host.spec.name), &mut used);
            }
        }
    }
    Ok(used)
}

fn pins(version: &ProfileVersion, by: &str, used: &mut Vec<Use>) {
    for media in &version.profile().media {
        if let Some(content) = version.lock().0.get(&media.name) {
            let tree = matches!(media.source, MediaSource::Tree(_));
            used.push(Use { by: by.to_owned(), content: *content, tree });
        }
    }
}
