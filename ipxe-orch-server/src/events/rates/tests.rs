use super::*;
use ipxe_orch_core::{boot::Refusal, ids::AttemptId, time::Timestamp};

fn event(host: Option<u8>, origin: &str, kind: BootEventKind) -> BootEvent {
    let host = host.map(|number| HostId::from_bytes([number; 16]));
    let event = BootEvent::new(Timestamp::from_millis(0), Origin(origin.to_owned()), kind);
    BootEvent { host, ..event }
}

fn wrong(origin: &str) -> BootEvent {
    event(None, origin, BootEventKind::Refused { why: Refusal::WrongSecret, shown: None })
}

fn reported(status: &str, message: &str) -> BootEvent {
    let (status, message) = (status.to_owned(), message.to_owned());
    event(Some(1), "192.0.2.1", BootEventKind::Reported { status, message, loader: None })
}

fn counts(events: &[BootEvent]) -> Vec<(&str, u32)> {
    let mut counts: Vec<_> =
        events.iter().map(|event| (event.origin.0.as_str(), event.count)).collect();
    counts.sort_unstable();
    counts
}

/// A10: the first at once, the rest as one event a minute.
#[tokio::test(start_paused = true)]
async fn an_address_that_proves_nothing_has_one_event_a_minute() {
    let (mut rates, start) = (Rates::default(), Instant::now());
    let at = |seconds| start + Duration::from_secs(seconds);
    assert_eq!(rates.pass(wrong("192.0.2.1"), start), Some(wrong("192.0.2.1")));
    for second in 0..30 {
        assert_eq!(rates.pass(wrong("192.0.2.1"), at(second)), None);
        assert!(rates.due(at(second)).is_empty());
    }
    let ticket = event(None, "192.0.2.1", BootEventKind::TicketRefused);
    assert!(rates.pass(ticket, at(30)).is_some(), "another kind");
    assert!(rates.pass(wrong("192.0.2.2"), at(30)).is_some(), "another address");
    assert!(rates.due(at(59)).is_empty());
    let due = rates.due(at(60));
    assert_eq!(counts(&due), [("192.0.2.1", 30)]);
    assert_eq!(rates.pass(wrong("192.0.2.1"), at(61)), None);
    assert!(rates.due(at(119)).is_empty());
    assert_eq!(counts(&rates.due(at(120))), [("192.0.2.1", 1)]);
    assert!(rates.due(at(180)).is_empty());
    assert!(rates.sources.is_empty(), "all is forgotten");
}

#[tokio::test(start_paused = true)]
async fn many_addresses_are_one_in_the_end() {
    let (mut rates, start) = (Rates::default(), Instant::now());
    let mut passed = Vec::new();
    for number in 0..10_000_u32 {
        let address = std::net::Ipv4Addr::from_bits(number).to_string();
        passed.extend(rates.pass(wrong(&address), start));
    }
    assert_eq!(passed.len(), STRANGERS + 1);
    assert_eq!(passed.last().unwrap().origin.0, OTHERS);
    assert_eq!(rates.sources.len(), STRANGERS + 1);
    let due = rates.due(start + STRANGER);
    assert_eq!(counts(&due), [(OTHERS, 9_899)]);
    // Hosts are not held up by that.
    assert!(rates.pass(reported("done", ""), start + STRANGER).is_some());
}

#[tokio::test(start_paused = true)]
async fn one_network_is_one_address() {
    let (mut rates, now) = (Rates::default(), Instant::now());
    assert!(rates.pass(wrong("2001:db8::1"), now).is_some());
    assert!(rates.pass(wrong("2001:db8::2"), now).is_none());
    assert!(rates.pass(wrong("2001:db8:0:1::2"), now).is_some());
    assert_eq!(counts(&rates.rest()), [("2001:db8::2", 1)]);
}

/// A9: one machine cannot fill the store, and its outcome is not lost among its progress.
#[tokio::test(start_paused = true)]
async fn a_host_has_some_events_at_once_and_then_few() {
    let (mut rates, start) = (Rates::default(), Instant::now());
    let mut recorded = Vec::new();
    for number in 0..5_000_u32 {
        let now = start + Duration::from_millis(u64::from(number) * 100);
        recorded.extend(rates.pass(reported("started", &number.to_string()), now));
        recorded.extend(rates.due(now));
    }
    assert_eq!(recorded.len(), 60);
    let now = start + Duration::from_secs(500);
    assert_eq!(rates.pass(reported("done", "at last"), now), None);
    let due = rates.due(start + HOST * 2);
    let told: Vec<_> = due.iter().map(|event| (event.kind.clone(), event.count)).collect();
    let last = |status, message| reported(status, message).kind;
    assert_eq!(told, [(last("started", "4999"), 4_940), (last("done", "at last"), 1)]);
    let day: usize = (0..144_u32)
        .map(|number| {
            let now = start + HOST * (number + 3);
            (0..100).filter_map(|_| rates.pass(reported("started", ""), now)).count()
                + rates.due(now).len()
        })
        .sum();
    assert!(day <= 145, "{day} in a day");
}

#[tokio::test(start_paused = true)]
async fn attempts_are_not_mixed() {
    let (mut rates, now) = (Rates::default(), Instant::now());
    let of = |number| BootEvent {
        attempt: Some(AttemptId::from_bytes([number; 16])),
        ..reported("done", "")
    };
    for _ in 0..BURST {
        assert!(rates.pass(of(0), now).is_some());
    }
    for number in [1, 2, 2] {
        assert!(rates.pass(of(number), now).is_none());
    }
    let rest: Vec<_> = rates.rest().iter().map(|event| (event.attempt, event.count)).collect();
    assert_eq!(rest, [(of(1).attempt, 1), (of(2).attempt, 2)]);
}

/// The first from another address is an alert, its repeats are none.
#[tokio::test(start_paused = true)]
async fn an_alert_is_not_lost_among_repeats() {
    let (mut rates, now) = (Rates::default(), Instant::now());
    let of = |origin: &str, elsewhere: bool, alert| BootEvent {
        origin: Origin(origin.to_owned()),
        claimed_from: elsewhere.then(|| "192.0.2.1".parse().unwrap()),
        alert,
        ..reported("started", "")
    };
    for _ in 0..BURST {
        assert!(rates.pass(of("192.0.2.1", false, false), now).is_some());
    }
    for _ in 0..3 {
        for (origin, alert) in [("192.0.2.8", true), ("192.0.2.9", true), ("192.0.2.9", false)] {
            assert!(rates.pass(of(origin, true, alert), now).is_none());
        }
        assert!(rates.pass(of("192.0.2.8", true, false), now).is_none());
        assert!(rates.pass(of("192.0.2.1", false, false), now).is_none());
    }
    let rest = rates.rest();
    let told: Vec<_> =
        rest.iter().map(|event| (event.origin.0.as_str(), event.alert, event.count)).collect();
    let expected = [
        ("192.0.2.8", true, 3),
        ("192.0.2.9", true, 3),
        ("192.0.2.8", false, 6),
        ("192.0.2.1", false, 3),
    ];
    assert_eq!(told, expected);
}
