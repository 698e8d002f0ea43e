//! Cases about the scripts of boot images.

use super::{Bench, audit::entries, must, origin, same};
use crate::{
    audit::{AuditEntry, AuditOutcome},
    auth::Scope,
    boot::ServerUrl,
    image::Medium,
    orchestrator::{HostImage, HostInput, ImageState, Orchestrator, WhichImages},
    stores::{HostFilter, HostKey, HostRecord},
};

fn servers(port: u16) -> Vec<ServerUrl> {
    vec![must(format!("http://10.0.2.2:{port}").parse())]
}

async fn images(
    bench: &Bench,
    orchestrator: &Orchestrator,
    which: WhichImages,
    port: u16,
) -> Vec<HostImage> {
    let (filter, servers) = (HostFilter::default(), servers(port));
    let operator = &bench.operator;
    must(orchestrator.image_scripts(operator, &filter, which, &servers, Medium::Cd).await)
}

/// Hosts 1 to `count`.
async fn fleet(bench: &Bench, count: u16) -> Vec<HostRecord> {
    bench.profile("boot").await;
    let mut hosts = Vec::new();
    for number in 1..=count {
        hosts.push(bench.register(number, false).await);
    }
    hosts
}

async fn recorded(bench: &Bench, images: &[HostImage]) {
    let builds: Vec<_> = images.iter().map(|one| (one.host.id, one.build.clone())).collect();
    must(bench.orchestrator.record_images(&bench.operator, &builds).await);
}

/// The scripts of all hosts are those that each would get alone, and each leaves its entry. Of
/// hosts outside the grant there is none.
pub async fn images_of_all_hosts_are_audited(bench: Bench) {
    let (mut alone, servers) = (Vec::new(), servers(8080));
    for host in fleet(&bench, 3).await {
        let key = HostKey::Id(host.id);
        let (orchestrator, operator) = (&bench.orchestrator, &bench.operator);
        alone.push(must(orchestrator.image_script(operator, &key, &servers, Medium::Cd).await));
    }
    let all = images(&bench, &bench.orchestrator, WhichImages::All, 8080).await;
    same(&all, &alone, "the scripts of all hosts are those that each gets alone");
    let entries = entries(&bench).await;
    let said = |entry: &AuditEntry| (entry.action.clone(), entry.outcome, entry.host, entry.digest);
    let last: Vec<_> = entries.iter().rev().take(3).rev().map(said).collect();
    let build = |image: &HostImage| {
        let digest = Some(crate::digest::Digest::of(&image.script.text));
        ("image.build".to_owned(), AuditOutcome::Done, Some(image.host.id), digest)
    };
    let expected = all.iter().map(build).collect();
    same(&last, &expected, "each image that is built leaves an entry with its digest");
    let nowhere = bench.orchestrator_within(Scope::Site(must("elsewhere".parse())));
    let none = images(&bench, &nowhere, WhichImages::All, 8080).await;
    same(&none, &vec![], "of hosts outside of the grant there is no image");
}

/// An image is outdated once a new one would have another script, or for other servers.
pub async fn only_outdated_images_are_made_again(bench: Bench) {
    fleet(&bench, 3).await;
    let outdated = async |port| {
        let images = images(&bench, &bench.orchestrator, WhichImages::Outdated, port).await;
        images.iter().map(|image| image.host.spec.name.to_string()).collect::<Vec<_>>()
    };
    let all = images(&bench, &bench.orchestrator, WhichImages::All, 8080).await;
    same(&outdated(8080).await.len(), &3, "an image that was never recorded is outdated");
    recorded(&bench, all.get(..2).unwrap_or_default()).await;
    same(&outdated(8080).await, &vec!["host3".to_owned()], "an image that is recorded is not");
    same(&outdated(8081).await.len(), &3, "for another server, each image is outdated");
    let promise = "the image of a host that was edited is outdated";
    readdress(&bench).await;
    same(&outdated(8080).await, &["host2", "host3"].map(str::to_owned).to_vec(), promise);
    let hosts = must(bench.orchestrator.all_hosts(&bench.operator, HostFilter::default()).await);
    let states = must(bench.orchestrator.image_states(&bench.operator, &hosts).await);
    let builds: Vec<_> = all.into_iter().map(|image| image.build).collect();
    let [one, two, _] = builds.as_slice() else { return same(&builds.len(), &3, promise) };
    let expected =
        vec![ImageState::Current(one.clone()), ImageState::Outdated(two.clone()), ImageState::None];
    same(&states, &expected, "the state of an image says whether a new one would differ");
}

/// Gives host 2 another address.
async fn readdress(bench: &Bench) {
    let mut spec = bench.host(2).await.spec;
    let other = bench.spec(99);
    for (nic, other) in spec.nics.iter_mut().zip(other.nics) {
        (nic.v4, nic.v6) = (other.v4, other.v6);
    }
    let input = [HostInput::new(spec, false)];
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &input).await);
    must(bench.orchestrator.import(&bench.operator, &plan).await);
}

/// A boot event tells that the machine has another image than the last that was built.
pub async fn a_boot_from_an_older_image_is_told(bench: Bench) {
    let hosts = fleet(&bench, 1).await;
    let query = async |tag: &str| {
        let id = hosts.first().map(|host| host.id);
        let query = bench.query(must(id.ok_or("no host")), 1).await;
        bench.events.take();
        let script = must(bench.orchestrator.boot(&format!("{query}{tag}"), origin()).await);
        let told: Vec<_> = bench.events.take().iter().map(|event| event.outdated_image).collect();
        (script.script, told)
    };
    let (answer, told) = query("").await;
    same(&told, &vec![false], "without a recorded build, no image is called outdated");
    let all = images(&bench, &bench.orchestrator, WhichImages::All, 8080).await;
    recorded(&bench, &all).await;
    let last = all.first().map(|image| format!("&b={}", image.build.tag)).unwrap_or_default();
    let promise = "a boot event tells whether the machine has another image than the last";
    for (tag, outdated) in [(last.as_str(), false), ("&b=00000000", true), ("", true)] {
        let (script, told) = query(tag).await;
        same(&told, &vec![outdated], promise);
        same(&script, &answer, "the answer does not depend on the image's tag");
    }
}
