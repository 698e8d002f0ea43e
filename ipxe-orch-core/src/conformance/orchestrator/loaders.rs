//! Cases about the loader that an install that is done has named.

use super::{Bench, audit::entries, must, origin, same};
use crate::{
    boot::ServerUrl,
    host::LoaderPath,
    ids::{AttemptId, HostId},
    image::Medium,
    lease::Outcome,
    orchestrator::{HostImage, ImageState, MarkOrder, OpenTicket, Operation, Report, TicketAnswer},
    profile::ProfileVersion,
    stores::{BootEventKind, HostFilter, HostKey, NamedLoader},
};
use std::{collections::BTreeMap, time::Duration};

const SHIM: &str = r"\EFI\plain\shimx64.efi";
const GRUB: &str = r"\EFI\plain\grubx64.efi";

fn path(text: &str) -> Option<LoaderPath> {
    LoaderPath::reported(text)
}

async fn loader(bench: &Bench) -> Option<LoaderPath> {
    bench.host(1).await.lease.loader
}

/// The ticket of a new install of host 1, once its machine has claimed.
async fn claimed(bench: &Bench, host: HostId) -> (AttemptId, OpenTicket) {
    must(bench.orchestrator.mark(&bench.operator, &HostKey::Id(host), MarkOrder::default()).await);
    bench.clock.advance(Duration::from_mins(1));
    bench.boot(host, 1).await;
    let attempt = must(bench.host(1).await.lease.attempt.ok_or("no offer")).id;
    let ticket = bench.ticket(attempt).await;
    must(bench.orchestrator.claim(&ticket, origin()).await);
    (attempt, ticket)
}

/// Reports to host 1, and what the event tells of the loader.
async fn report(
    bench: &Bench,
    ticket: &OpenTicket,
    status: &str,
    said: &str,
) -> Option<NamedLoader> {
    let report = must(Report::new(status, "")).with_loader(said);
    bench.events.take();
    let told = must(bench.orchestrator.report(ticket, &report, origin()).await);
    same(&told, &TicketAnswer::Found(()), "a report is taken, whatever it says of a loader");
    bench.events.take().into_iter().find_map(|event| match event.kind {
        BootEventKind::Reported { loader, .. } => loader,
        _ => None,
    })
}

async fn installed(bench: &Bench, host: HostId, status: &str, said: &str) -> Option<NamedLoader> {
    let (_, ticket) = claimed(bench, host).await;
    report(bench, &ticket, status, said).await
}

async fn detail(bench: &Bench) -> String {
    let last = entries(bench).await.pop();
    last.and_then(|entry| entry.detail).unwrap_or_default()
}

/// An install that is done says which loader the disk has. Marks and failures leave it.
pub async fn the_loader_of_an_install_is_kept_with_the_host(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let told = installed(&bench, host.id, "done", SHIM).await;
    same(&loader(&bench).await, &path(SHIM), "the loader of an install that is done is kept");
    same(&told, &path(SHIM).map(NamedLoader::Path), "the event tells of it");
    let audited = format!("done, loader {SHIM}");
    same(&detail(&bench).await, &audited, "the entry of the outcome tells of it");
    let (_, ticket) = claimed(&bench, host.id).await;
    let promise = "a mark, an install under way and one that failed leave the loader";
    same(&loader(&bench).await, &path(SHIM), promise);
    same(&report(&bench, &ticket, "failed", GRUB).await, &None, "a failed install has none");
    same(&loader(&bench).await, &path(SHIM), promise);
    report(&bench, &ticket, "done", GRUB).await;
    same(&loader(&bench).await, &path(GRUB), "the next install that is done replaces it");
    report(&bench, &ticket, "done", SHIM).await;
    same(&loader(&bench).await, &path(GRUB), "a repeated report changes nothing");
    installed(&bench, host.id, "done", "").await;
    same(&loader(&bench).await, &None, "an install that names none makes the one before forgotten");
    same(&detail(&bench).await, &"done, no loader".to_owned(), "that is audited, too");
    installed(&bench, host.id, "done", SHIM).await;
    must(bench.orchestrator.remove(&bench.operator, &HostKey::Id(host.id), None).await);
    bench.register(1, false).await;
    same(&loader(&bench).await, &None, "a host that takes the place of a removed one has none");
}

/// A report that is itself the claim keeps the loader as well.
pub async fn a_report_that_claims_keeps_its_loader(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let attempt = must(bench.host(1).await.lease.attempt.ok_or("no offer")).id;
    report(&bench, &bench.ticket(attempt).await, "done", SHIM).await;
    same(&loader(&bench).await, &path(SHIM), "a report that claims keeps its loader");
}

/// What is no loader of an installed system is ignored. Nobody is refused for it.
pub async fn a_wrong_loader_is_ignored(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    for said in [r"\EFI\BOOT\BOOTX64.EFI", r"\EFI\${uuid}\x.efi", r"\EFI\a b\x.efi", "\u{e9}"] {
        installed(&bench, host.id, "done", SHIM).await;
        let told = installed(&bench, host.id, "done", said).await;
        same(&told, &Some(NamedLoader::Ignored), "the event tells that the loader is ignored");
        same(&loader(&bench).await, &None, "a wrong path is never kept");
    }
    let (attempt, ticket) = claimed(&bench, host.id).await;
    let secret = format!(r"\EFI\{}\x.efi", bench.ticket_text(attempt).await);
    let told = report(&bench, &ticket, "done", &secret).await;
    same(&told, &Some(NamedLoader::Ignored), "a path that shows the ticket is ignored");
    same(&loader(&bench).await, &None, "a path that shows the ticket is not kept");
}

/// A late report of an earlier install says nothing of what is on the disk now.
pub async fn an_earlier_install_changes_no_loader(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let (_, earlier) = claimed(&bench, host.id).await;
    let key = HostKey::Id(host.id);
    must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Abandon, None).await);
    installed(&bench, host.id, "done", SHIM).await;
    report(&bench, &earlier, "done", GRUB).await;
    same(&detail(&bench).await, &Outcome::Done.to_string(), "its outcome is joined");
    same(
        &loader(&bench).await,
        &path(SHIM),
        "a late report of an earlier install changes no loader",
    );
}

/// Reports of one install at once, through two servers: the loader is that of one of them.
pub async fn concurrent_reports_keep_one_loader(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let (_, ticket) = claimed(&bench, host.id).await;
    let second = bench.second().await;
    let before = bench.host(1).await.lease.generation;
    let servers = [bench.orchestrator.clone(), second.orchestrator.clone()];
    let reports = servers.into_iter().zip([SHIM, GRUB]).map(|(orchestrator, said)| {
        let (ticket, report) = (ticket.clone(), must(Report::new("done", "")).with_loader(said));
        tokio::spawn(async move { orchestrator.report(&ticket, &report, origin()).await })
    });
    for report in reports.collect::<Vec<_>>() {
        same(&must(must(report.await)), &TicketAnswer::Found(()), "each report is taken");
    }
    let lease = bench.host(1).await.lease;
    same(&lease.generation, &before.next(), "of two reports that are done, one is written");
    let named = [path(SHIM), path(GRUB)].contains(&lease.loader);
    same(&named, &true, "the loader is that of the report that was written");
}

/// The image of a host looks for its loader first. One that is the profile's changes no image.
pub async fn only_another_loader_outdates_an_image(bench: Bench) {
    with_loader(&bench, SHIM).await;
    let host = bench.register(1, false).await;
    let image = build(&bench).await;
    must(bench.orchestrator.record_images(&bench.operator, &[(host.id, image.build)]).await);
    for same_file in [SHIM, r"\efi\PLAIN\SHIMX64.EFI", r"\EFI\plain\shimaa64.efi"] {
        installed(&bench, host.id, "done", same_file).await;
        let promise = "the loader of the profile changes no image";
        same(&build(&bench).await.script, &image.script, promise);
        same(&is_current(&bench).await, &true, promise);
    }
    installed(&bench, host.id, "done", GRUB).await;
    same(&is_current(&bench).await, &false, "another loader outdates the image");
    let script = build(&bench).await.script.text;
    let place = |name: &str| script.find(&format!(r"\EFI\plain\{name}${{orch-efi}}.efi"));
    let order = place("grub").is_some() && place("grub") < place("shim");
    same(&order, &true, "the installed loader is looked for before the profile's");
}

async fn build(bench: &Bench) -> HostImage {
    let servers: Vec<ServerUrl> = vec![must("http://10.0.2.2:8080".parse())];
    let (key, operator) = (HostKey::Id(bench.host(1).await.id), &bench.operator);
    must(bench.orchestrator.image_script(operator, &key, &servers, Medium::Cd).await)
}

async fn is_current(bench: &Bench) -> bool {
    let hosts = must(bench.orchestrator.all_hosts(&bench.operator, HostFilter::default()).await);
    let states = must(bench.orchestrator.image_states(&bench.operator, &hosts).await);
    matches!(states.as_slice(), [ImageState::Current(_)])
}

/// The profile `plain` with a loader.
async fn with_loader(bench: &Bench, loader: &str) {
    let definition =
        format!("name = 'plain'\ntitle = 'Plain'\nscript = 'boot'\nloader = '{loader}'\n");
    let script = "#!ipxe\n# {{ticket}}\nboot".to_owned();
    let files = BTreeMap::from([(must("boot".parse()), script)]);
    let version = must(ProfileVersion::new(&definition, files));
    let entry = bench.entry("profile.put");
    must(bench.store.put_profile(&bench.grant().await, &version, &entry).await);
}
