//! Cases about machines that contradict what is registered, and templates that fail: nothing is
//! told, nothing is written.

use super::{Bench, must, origin};
use crate::{
    auth::MarkHosts,
    boot::{LOCAL_SCRIPT, Refusal},
    ids::{HostId, ImageGeneration},
    lease::{Change, Expected, Write},
    orchestrator::OrchestratorError,
    stores::{BootEventKind, HostRecord, PutHost},
};

/// Wrong secret, foreign NIC, other UUID or serial number, revoked image, unknown host: told the
/// same as a stranger, nothing written, and an event says why.
pub async fn contradictions_are_told_nothing(bench: Bench) {
    let host = checked(&bench).await;
    let good = bench.query(host.id, 1).await;
    let good = good.replace("u=&s=", "u=07070707-0707-0707-0707-070707070707&s=SN1");
    let unknown = bench.query(HostId::from_bytes([9; 16]), 1).await;
    let secret = good.split("&t=").nth(1).and_then(|rest| rest.get(..16)).unwrap_or_default();
    for (query, why) in [
        (good.replace(secret, "AAAAAAAAAAAAAAAA"), Refusal::WrongSecret),
        (unknown, Refusal::UnknownHost),
        (good.replace("00:00:01", "00:00:02"), Refusal::ForeignMac),
        (good.replace("u=07", "u=08"), Refusal::OtherUuid),
        (good.replace("07070707-0707-0707-0707-070707070707", ""), Refusal::OtherUuid),
        (good.replace("SN1", "SN2"), Refusal::OtherSerial),
        (good.replace("SN1", ""), Refusal::OtherSerial),
    ] {
        refused(&bench, &query, why).await;
        assert_eq!(bench.host(1).await, host, "{why}: nothing was written");
    }
    revoke(&bench, &host).await;
    let revoked = bench.host(1).await;
    refused(&bench, &good, Refusal::RevokedImage).await;
    assert_eq!(bench.host(1).await, revoked);
}

/// Host 1, whose first boot installs, with UUID and serial number.
async fn checked(bench: &Bench) -> HostRecord {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.register(2, false).await;
    let mut spec = host.spec;
    spec.uuid = Some(uuid::Uuid::from_bytes([7; 16]));
    spec.serial = Some(must("SN1".parse()));
    let put = PutHost::Edit { id: host.id, generation: host.lease.generation, spec };
    let epoch = must(bench.store.epoch().await);
    let puts = [(put, bench.entry("host.edit"))];
    must(bench.store.put_hosts(&bench.put_grant().await, epoch, &puts).await);
    bench.host(1).await
}

async fn refused(bench: &Bench, query: &str, why: Refusal) {
    bench.events.take();
    assert_eq!(must(bench.orchestrator.boot(query, origin()).await).script, LOCAL_SCRIPT, "{why}");
    let [event] = must(<[_; 1]>::try_from(bench.events.take()));
    let proven = why != Refusal::WrongSecret;
    assert_eq!((event.host.is_some(), event.alert), (proven, true), "{why}");
    let named = proven && why != Refusal::UnknownHost;
    assert_eq!(event.host_name.is_some(), named, "{why}");
    let BootEventKind::Refused { why: said, shown } = event.kind else {
        return assert_eq!(None, Some(why), "another event");
    };
    assert_eq!((said, shown.is_some()), (why, proven));
    let shown = shown.is_none_or(|shown| query.contains(&shown.mac.to_string()));
    assert!(shown, "{why}: what the machine showed");
}

/// The host's images so far count no more.
async fn revoke(bench: &Bench, host: &HostRecord) {
    let expected = Expected::of(&host.lease);
    let mut next = Box::new(host.lease.clone());
    next.min_image_generation = ImageGeneration(1);
    let write = Write::Replace { expected, next, claim: None, new_mark: None };
    let (grant, epoch) = (bench.grant::<MarkHosts>().await, must(bench.store.epoch().await));
    let change = Change { host: host.id, write };
    must(bench.store.apply(&grant.write(), epoch, &change, &bench.entry("image.revoke")).await);
}

/// A value that cannot stand in an answer file neither claims nor starts.
pub async fn an_answer_file_that_fails_spends_nothing(bench: Bench) {
    for (number, terms) in (1..).zip(["claim = 'answer-file'", "claim = 'boot'"]) {
        bench.profile_with("boot", terms).await;
        let host = bench.register(number, true).await;
        bench.boot(host.id, number).await;
        let attempt = must(bench.host(number).await.lease.attempt.ok_or("no offer")).id;
        let ticket = bench.ticket(attempt).await;
        if number == 2 {
            must(bench.orchestrator.claim(&ticket, origin()).await);
        }
        let before = bench.host(number).await;
        let told = bench.orchestrator.answer_file(&ticket, "answer", "http://s/\n", origin()).await;
        assert!(matches!(told, Err(OrchestratorError::Render(_))), "{terms}: {told:?}");
        assert_eq!(bench.host(number).await, before, "{terms}: nothing was written");
    }
}
