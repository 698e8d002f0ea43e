//! Which contents are in use.

use crate::media::Use;
use ipxe_orch_core::{
    lease::Pin,
    orchestrator::{Caller, Orchestrator, OrchestratorError},
    profile::{MediaSource, ProfileVersion},
    stores::HostFilter,
};

/// What current versions of profiles pin, and those of marks and open attempts.
pub(super) async fn all(
    orchestrator: &Orchestrator,
    caller: &Caller,
) -> Result<Vec<Use>, OrchestratorError> {
    let mut used = Vec::new();
    for version in orchestrator.profiles(caller).await? {
        pins(&version, &format!("profile {}", version.profile().name), &mut used);
    }
    for host in orchestrator.all_hosts(caller, HostFilter::default()).await? {
        let mark = host.lease.mark.as_ref().map(|mark| &mark.pin);
        let attempt = host.lease.attempt.as_ref().filter(|attempt| attempt.is_open());
        for Pin { profile, version, .. } in mark.into_iter().chain(attempt.map(|open| &open.pin)) {
            let pinned = orchestrator.profile_version(caller, profile, version).await?;
            if let Some(version) = pinned {
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
