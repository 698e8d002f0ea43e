//! Which contents are in use.

use crate::{media::Use, service::look};
use ipxe_orch_core::{
    auth::{Granted, SeeHosts},
    orchestrator::Orchestrator,
    profile::{MediaSource, ProfileVersion},
    stores::{HostFilter, StoreError},
};

/// What current versions of profiles pin, and those of marks and open attempts.
pub(super) async fn all(
    orchestrator: &Orchestrator,
    grant: &Granted<SeeHosts>,
) -> Result<Vec<Use>, StoreError> {
    let mut used = Vec::new();
    for version in look::profiles(orchestrator, grant).await? {
        pins(&version, &format!("profile {}", version.profile().name), &mut used);
    }
    for host in look::hosts(orchestrator, grant, HostFilter::default()).await? {
        let mark = host.lease.mark.as_ref().map(|mark| &mark.pin);
        let attempt = host.lease.attempt.as_ref().filter(|attempt| attempt.is_open());
        for pin in mark.into_iter().chain(attempt.map(|open| &open.pin)) {
            if let Some(version) = look::pinned(orchestrator, grant, pin).await? {
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
