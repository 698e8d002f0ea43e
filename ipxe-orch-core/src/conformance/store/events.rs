//! Cases about boot events.

use super::{Bench, filled::event, must, origin, same};
use crate::{
    boot::Refusal,
    host::LoaderPath,
    ids::{AttemptId, HostId},
    lease::Overdue,
    profile::Firmware,
    stores::{BootEvent, BootEventKind, EventFilter, NamedLoader, StoreError},
    time::Clock,
};
use std::time::Duration;

async fn list(bench: &Bench, filter: &EventFilter) -> Vec<BootEvent> {
    must(bench.store.list_events(&bench.grant().await, filter).await)
}

async fn record(bench: &Bench, events: &[BootEvent]) {
    must(bench.store.record_events(&bench.recorder(), events).await);
}

/// An event of no host, so many seconds after the start.
fn after(bench: &Bench, seconds: u64) -> BootEvent {
    let at = bench.clock.now().plus(Duration::from_secs(seconds));
    BootEvent { at, ..event(bench, None) }
}

/// Each kind of event comes back as it was recorded, with all that it tells.
pub async fn events_come_back_as_they_were_recorded(bench: Bench) {
    let text = "ü \"quoted\"\n".to_owned();
    let reported = |loader| BootEventKind::Reported {
        status: "done".to_owned(),
        message: text.clone(),
        loader,
    };
    let kinds = [
        BootEventKind::Local,
        BootEventKind::DuringInstall,
        BootEventKind::Unanswered { why: text.clone() },
        BootEventKind::Suspended,
        BootEventKind::Unsupported { firmware: Firmware::Bios },
        BootEventKind::Refused { why: Refusal::WrongSecret, shown: None },
        BootEventKind::Offered { offer: 2 },
        BootEventKind::Claimed,
        BootEventKind::ClaimRefused,
        BootEventKind::Answered { name: text.clone() },
        BootEventKind::AnswerRefused { name: text.clone() },
        BootEventKind::Media { name: text.clone() },
        reported(None),
        reported(LoaderPath::reported(r"\EFI\x.efi").map(NamedLoader::Path)),
        reported(Some(NamedLoader::Ignored)),
        BootEventKind::ReportRefused { status: text.clone() },
        BootEventKind::TicketRefused,
        BootEventKind::PeerRefused,
        BootEventKind::Overdue { what: Overdue::Offer, since: bench.clock.now() },
    ];
    let mut expected: Vec<_> = (0..)
        .zip(kinds)
        .map(|(seconds, kind)| BootEvent {
            host: Some(HostId::from_bytes([3; 16])),
            host_name: Some(must("host1".parse())),
            attempt: Some(AttemptId::from_bytes([4; 16])),
            origin: origin(),
            kind,
            alert: seconds % 2 == 0,
            count: if seconds % 3 == 0 { 4711 } else { 1 },
            ..after(&bench, seconds)
        })
        .collect();
    record(&bench, &expected).await;
    expected.reverse();
    let found = list(&bench, &EventFilter::default()).await;
    same(&found, &expected, "events come back as they were recorded, the newest first");
}

/// Events come by their time, whenever they were recorded; of one moment, the last recorded first.
pub async fn the_newest_event_comes_first(bench: Bench) {
    let named = |name: &str| BootEvent {
        kind: BootEventKind::Media { name: name.to_owned() },
        ..after(&bench, 2)
    };
    record(&bench, &[after(&bench, 2), after(&bench, 3), named("a")]).await;
    record(&bench, &[after(&bench, 1), named("b")]).await;
    let expected =
        vec![after(&bench, 3), named("b"), named("a"), after(&bench, 2), after(&bench, 1)];
    let promise = "the newest event comes first; of one moment, the last recorded first";
    same(&list(&bench, &EventFilter::default()).await, &expected, promise);
}

/// A list has the events of the host, since the moment, that are asked for.
pub async fn only_wanted_events_are_listed(bench: Bench) {
    let host = |number| Some(HostId::from_bytes([number; 16]));
    let at = |seconds, host| BootEvent { host, ..after(&bench, seconds) };
    let all = [at(1, host(1)), at(2, host(2)), at(3, None), at(4, host(1))];
    record(&bench, &all).await;
    let [first, second, third, fourth] = all;
    let any = EventFilter::default;
    let since = Some(after(&bench, 2).at);
    for (filter, expected) in [
        (EventFilter { host: host(1), ..any() }, vec![&fourth, &first]),
        (EventFilter { host: host(3), ..any() }, vec![]),
        (EventFilter { since, ..any() }, vec![&fourth, &third, &second]),
        (EventFilter { since, host: host(1), ..any() }, vec![&fourth]),
        (EventFilter { limit: 2, ..any() }, vec![&fourth, &third]),
        (EventFilter { limit: 1, host: host(1), ..any() }, vec![&fourth]),
    ] {
        let found = list(&bench, &filter).await;
        let promise = format!("only wanted events are listed, the newest first: {filter:?}");
        same(&found.iter().collect(), &expected, &promise);
    }
}

/// 0 stands for 1,000 events, which is also the most; those that are left out are the oldest.
pub async fn a_list_has_a_thousand_events_at_most(bench: Bench) {
    let all: Vec<_> = (0..1002).map(|seconds| after(&bench, seconds)).collect();
    record(&bench, &all).await;
    for limit in [0, 1000, 1001, u32::MAX] {
        let found = list(&bench, &EventFilter { limit, ..EventFilter::default() }).await;
        let promise = "a list has the newest 1,000 events at most, as many for a limit of 0";
        let oldest = found.last().map(|event| event.at);
        same(&(found.len(), oldest), &(1000, Some(after(&bench, 2).at)), promise);
    }
}

/// What many record at once, one event after the other, is all there.
pub async fn events_that_are_recorded_at_once_are_all_there(bench: Bench) {
    let second = bench.second().await;
    let mut writing = Vec::new();
    for caller in 0..8_u64 {
        let store = if caller.is_multiple_of(2) { &bench.store } else { &second.store };
        let (store, recorder) = (store.clone(), bench.recorder());
        let events: Vec<_> = (0..8).map(|number| after(&bench, caller * 8 + number)).collect();
        writing.push(tokio::spawn(async move {
            for event in events {
                store.record_events(&recorder, &[event]).await?;
            }
            Ok::<_, StoreError>(())
        }));
    }
    for caller in writing {
        must(must(caller.await));
    }
    let expected: Vec<_> = (0..64).rev().map(|number| after(&bench, number)).collect();
    let found = list(&bench, &EventFilter::default()).await;
    same(&found, &expected, "events that were recorded at once are all there");
}

/// Alerts are listed alone where they are asked for: a limit counts them, not what lies between.
pub async fn alerts_are_listed_alone(bench: Bench) {
    let host = Some(bench.added(1).await.id);
    let at = |seconds, alert, host| BootEvent { host, alert, ..after(&bench, seconds) };
    let (old, new) = (at(1, true, host), at(3, true, None));
    let all = [old.clone(), new.clone(), at(2, false, host), at(4, false, None)];
    record(&bench, &all).await;
    let alerts = EventFilter { alerts: true, ..EventFilter::default() };
    let found = list(&bench, &alerts).await;
    same(&found, &vec![new.clone(), old.clone()], "the alerts alone are listed");
    let found = list(&bench, &EventFilter { limit: 1, ..alerts.clone() }).await;
    same(&found, &vec![new], "a limit counts alerts");
    let found = list(&bench, &EventFilter { host, ..alerts }).await;
    same(&found, &vec![old], "alerts of a host are listed");
}

/// Of who proved nothing, the newest events are kept, so many and no more; events of hosts stay,
/// however many others come, before them, after them and in one call with them.
pub async fn events_of_strangers_are_bounded_and_displace_no_others(bench: Bench) {
    let host = Some(bench.added(1).await.id);
    let own = |seconds| BootEvent { host, ..after(&bench, seconds) };
    // Only the oldest three are alerts, so that a list shows them whatever comes later.
    let most = u64::from(BootEvent::MAX_UNPROVED);
    let stranger = |number| BootEvent { alert: number < 3, ..after(&bench, number) };
    let all: Vec<_> = (0..most + 2).map(stranger).collect();
    record(&bench, &[own(0)]).await;
    for batch in all.chunks(1000) {
        record(&bench, batch).await;
    }
    let alerts = EventFilter { alerts: true, ..EventFilter::default() };
    let promise = "of who proved nothing, so many events are kept, the newest, and no more";
    same(&list(&bench, &alerts).await, &vec![stranger(2)], promise);
    record(&bench, &[own(1), stranger(most + 2), own(2)]).await;
    same(&list(&bench, &alerts).await, &vec![], promise);
    let found = list(&bench, &EventFilter { host, ..EventFilter::default() }).await;
    let promise = "events of who proved nothing displace none of a host";
    same(&found, &vec![own(2), own(1), own(0)], promise);
    let newest = list(&bench, &EventFilter { limit: 1, ..EventFilter::default() }).await;
    same(&newest, &vec![stranger(most + 2)], "the newest of them is there");
}

/// Events of one moment come as they were recorded, whoever they are about.
pub async fn events_of_one_moment_are_in_their_order(bench: Bench) {
    let host = Some(bench.added(1).await.id);
    let mut all: Vec<_> = [host, None, host, host, None, None, host]
        .into_iter()
        .zip(1..)
        .map(|(host, count)| BootEvent { host, count, ..after(&bench, 1) })
        .collect();
    let (first, second) = all.split_at(3);
    record(&bench, first).await;
    record(&bench, second).await;
    all.reverse();
    let found = list(&bench, &EventFilter::default()).await;
    same(&found, &all, "of one moment, the last recorded comes first, whoever it is about");
}
