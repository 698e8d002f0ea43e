//! Cases about the scripts of boot images.

use super::{Bench, audit::entries, must, same};
use crate::{
    audit::{AuditEntry, AuditOutcome},
    auth::Scope,
    digest::Digest,
    image::Medium,
    stores::{HostFilter, HostKey},
};

/// The scripts of all hosts are those that each would get alone, and each leaves its entry. Of
/// hosts outside the grant there is none.
pub async fn images_of_all_hosts_are_audited(bench: Bench) {
    bench.profile("boot").await;
    for number in 1..=3 {
        bench.register(number, false).await;
    }
    let servers = [must("http://10.0.2.2:8080".parse())];
    let (orchestrator, operator) = (&bench.orchestrator, &bench.operator);
    let mut alone = Vec::new();
    for number in 1..=3 {
        let key = HostKey::Id(bench.host(number).await.id);
        alone.push(must(orchestrator.image_script(operator, &key, &servers, Medium::Cd).await));
    }
    let filter = HostFilter::default();
    let all = must(orchestrator.image_scripts(operator, &filter, &servers, Medium::Cd).await);
    same(&all, &alone, "the scripts of all hosts are those that each gets alone");
    let entries = entries(&bench).await;
    let wanted: Vec<_> = all.iter().map(|(host, script)| (host.id, &script.text)).collect();
    let said = |entry: &AuditEntry| (entry.action.clone(), entry.outcome, entry.host, entry.digest);
    let last: Vec<_> = entries.iter().rev().take(3).rev().map(said).collect();
    let build = |(host, text): (_, &String)| {
        ("image.build".to_owned(), AuditOutcome::Done, Some(host), Some(Digest::of(text)))
    };
    let expected = wanted.into_iter().map(build).collect();
    same(&last, &expected, "each image that is built leaves an entry with its digest");
    let nowhere = bench.orchestrator_within(Scope::Site(must("elsewhere".parse())));
    let none = must(nowhere.image_scripts(operator, &filter, &servers, Medium::Cd).await);
    same(&none, &vec![], "of hosts outside of the grant there is no image");
}
