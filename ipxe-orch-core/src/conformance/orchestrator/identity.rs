//! Cases about machines that contradict what is registered, and templates that fail: nothing is
//! told, nothing is written.

use super::{Bench, holds, must, origin, same};
use crate::{
    auth::MarkHosts,
    boot::{LOCAL_SCRIPT, MAX_QUERY, Refusal},
    ids::{HostId, ImageGeneration},
    lease::{Change, Expected, Write},
    orchestrator::{HostInput, OrchestratorError},
    stores::{BootEventKind, HostRecord, PutHost},
};

/// Wrong secret, foreign NIC, other UUID or serial number, revoked image, unknown host: told the
/// same as a stranger, nothing written, and an event says why.
pub async fn contradictions_are_told_nothing(bench: Bench) {
    let host = checked(&bench).await;
    let good = bench.query(host.id, 1).await;
    let good = good.replace("u=&x=", "u=07070707-0707-0707-0707-070707070707&x=534e31");
    let unknown = bench.query(HostId::from_bytes([9; 16]), 1).await;
    let secret = good.split("&t=").nth(1).and_then(|rest| rest.get(..16)).unwrap_or_default();
    for (query, why) in [
        (good.replace(secret, "AAAAAAAAAAAAAAAA"), Refusal::WrongSecret),
        (unknown, Refusal::UnknownHost),
        (good.replace("00:00:01", "00:00:02"), Refusal::ForeignMac),
        (good.replace("u=07", "u=08"), Refusal::OtherUuid),
        (good.replace("07070707-0707-0707-0707-070707070707", ""), Refusal::OtherUuid),
        (good.replace("534e31", "534e32"), Refusal::OtherSerial),
        (good.replace("534e31", ""), Refusal::OtherSerial),
    ] {
        refused(&bench, &query, why).await;
        same(
            &bench.host(1).await,
            &host,
            &format!("a machine that is refused writes nothing: {why}"),
        );
    }
    revoke(&bench, &host).await;
    let revoked = bench.host(1).await;
    refused(&bench, &good, Refusal::RevokedImage).await;
    same(&bench.host(1).await, &revoked, "a machine with a revoked image writes nothing");
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
    let script = must(bench.orchestrator.boot(query, origin()).await).script;
    same(&script, &LOCAL_SCRIPT.to_owned(), &format!("who is refused is told nothing: {why}"));
    let events = bench.events.take();
    let promise = format!("who is refused is one event, which says why: {why}");
    let [event] = events.as_slice() else { return holds(false, &promise, &events) };
    let proven = why != Refusal::WrongSecret;
    let named = proven && why != Refusal::UnknownHost;
    let found = (event.host.is_some(), event.host_name.is_some(), event.alert);
    same(&found, &(proven, named, true), &promise);
    let BootEventKind::Refused { why: said, shown } = &event.kind else {
        return holds(false, &promise, event);
    };
    same(&(*said, shown.is_some()), &(why, proven), &promise);
    let shown = shown.as_ref().is_none_or(|shown| query.contains(&shown.mac.to_string()));
    holds(shown, &format!("the event has what the machine showed: {why}"), event);
}

/// Padded serial numbers, bytes that are no text, a UUID in the other byte order, placeholders: such
/// boards keep no host from being installed.
pub async fn boards_as_they_are_are_believed(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let query = bench.query(host.id, 1).await;
    let asks = |uuid: &str, serial: &str| query.replace("u=&x=", &format!("u={uuid}&{serial}"));
    let uuid = "00112233-4455-6677-8899-aabbccddeeff";
    let swapped = "33221100-5544-7766-8899-aabbccddeeff";
    let nil = "00000000-0000-0000-0000-000000000000";
    for (registered, asked, is_swapped) in [
        ((None, None), asks(uuid, "x=247b73657269616c7d"), false),
        ((None, None), asks("no-uuid", "s=%FFFFFFFF%zz"), false),
        ((Some(uuid), Some("SN1")), asks(uuid, "x=736e3120202000"), false),
        ((Some(uuid), Some("SN1")), asks(uuid, "s=SN1%20%20"), false),
        ((Some(uuid), Some("Grün-1")), asks(swapped, "x=4772fc6e2d31"), true),
        ((Some(swapped), Some("Grün-1")), asks(uuid, "s=Gr%FFFFFFC3%FFFFFFBCn-1"), true),
        ((Some(nil), Some("Default string")), asks(uuid, "x=534e39"), false),
        ((Some(nil), Some("0000")), asks(nil, "x="), false),
    ] {
        identify(&bench, registered).await;
        let boot = bench.orchestrator.boot(&asked, origin()).await;
        let events = bench.events.take();
        let promise = format!("a board as it is is believed: {registered:?} shows {asked}");
        let told: Vec<_> =
            events.iter().map(|event| (event.kind.clone(), event.swapped_uuid)).collect();
        same(&told, &vec![(BootEventKind::Local, is_swapped)], &promise);
        holds(boot.is_ok(), &promise, &boot);
    }
}

/// Gives host 1 this UUID and this serial number.
async fn identify(bench: &Bench, (uuid, serial): (Option<&str>, Option<&str>)) {
    let host = bench.host(1).await;
    let mut spec = host.spec.clone();
    spec.uuid = uuid.map(|uuid| must(uuid.parse()));
    spec.serial = serial.map(|serial| must(serial.parse()));
    let inputs = [HostInput::edit(&host, spec)];
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &inputs).await);
    must(bench.orchestrator.import(&bench.operator, &plan).await);
}

/// A genuine machine whose request cannot be read gets no script, and an event tells of it. Others
/// cannot make such events.
pub async fn a_genuine_request_that_cannot_be_read_is_told(bench: Bench) {
    let host = bench.register(1, false).await;
    let good = bench.query(host.id, 1).await;
    let wrong = [
        good.replace("m=52", "m=zz"),
        format!("{good}&m=52:54:00:00:00:01"),
        format!("{good}&x={}", "41".repeat(MAX_QUERY)),
    ];
    for query in wrong {
        let told = bench.orchestrator.boot(&query, origin()).await;
        let refused = matches!(told, Err(OrchestratorError::BadRequest(_)));
        holds(refused, "what cannot be read is refused", &told);
        let kinds: Vec<_> = bench.events.take().into_iter().map(|event| event.kind).collect();
        let why = BootEventKind::Refused { why: Refusal::BadRequest, shown: None };
        same(&kinds, &vec![why], "the refusal of a genuine machine is told");
        let other = HostId::from_bytes([9; 16]).to_string();
        let forged = query.replace(&host.id.to_string(), &other);
        let told = bench.orchestrator.boot(&forged, origin()).await;
        holds(told.is_err(), "what cannot be read is refused", &told);
        same(&bench.events.take(), &vec![], "nobody else makes such an event");
    }
}

/// The host's images so far count no more.
async fn revoke(bench: &Bench, host: &HostRecord) {
    let expected = Expected::of(&host.lease);
    let mut next = Box::new(host.lease.clone());
    next.min_image_generation = ImageGeneration(1);
    let write = Write::Replace { expected, next, claim: None, new_mark: None };
    let (grant, epoch) = (bench.grant::<MarkHosts>().await, must(bench.store.epoch().await));
    let change = Change { host: host.id, write };
    must(
        bench.store.apply(&grant.write(), epoch, &change, Some(&bench.entry("image.revoke"))).await,
    );
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
        let failed = matches!(told, Err(OrchestratorError::Render(_)));
        holds(failed, "a value that cannot stand in an answer file is an error", &told);
        let promise = format!("an answer file that fails neither claims nor starts: {terms}");
        same(&bench.host(number).await, &before, &promise);
    }
}
