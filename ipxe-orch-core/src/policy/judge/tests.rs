use super::*;
use crate::{
    auth::Hosts,
    ids::{Generation, HostId},
    names::SiteName,
    policy::{Limit, Meter, NoCalendar, Policy, Rules, Window},
};
use std::collections::BTreeMap;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn policy(name: &str, hosts: Hosts, rules: Rules) -> PolicyRecord {
    let policy = Policy { name: name.parse().unwrap(), hosts, rules };
    PolicyRecord { policy, generation: Generation(1), meter: Meter::default() }
}

fn site(name: &str) -> Hosts {
    Hosts::Site(name.parse().unwrap())
}

fn at_north(check: impl Fn(&Order<'_>)) {
    let (north, labels): (SiteName, _) = ("north".parse().unwrap(), BTreeMap::new());
    let host = HostRef {
        id: HostId::from_bytes([1; 16]),
        site: Some(&north),
        labels: &labels,
        attempt: None,
    };
    check(&Order { host, protected: false, now: NOW, from: Some(NOW) });
}

#[test]
fn without_a_policy_nothing_is_wanted() {
    at_north(|order| {
        assert_eq!(judge(&[], order, &NoCalendar), Ok(Judged::default()));
        let protected = Order { protected: true, ..*order };
        assert_eq!(judge(&[], &protected, &NoCalendar).unwrap().needs, [Need::Protected]);
    });
}

#[test]
fn each_policy_that_covers_the_host_must_be_satisfied() {
    let reason = Rules { reason: true, ..Rules::default() };
    let change = Rules { change_ref: true, approval: true, ..Rules::default() };
    let policies = [
        policy("all", Hosts::All, reason),
        policy("north", site("north"), change),
        policy("south", site("south"), Rules { approval: true, ..Rules::default() }),
    ];
    at_north(|order| {
        let told = |reason, change_ref| check_told(&policies, order.host, reason, change_ref);
        let (all, north) = ("all".parse().unwrap(), "north".parse().unwrap());
        assert_eq!(told(None, None), Err(Violation::Reason(all)));
        assert!(matches!(told(Some(" "), Some("CHG1")), Err(Violation::Reason(_))));
        assert_eq!(told(Some("broken"), None), Err(Violation::ChangeRef(north)));
        assert_eq!(told(Some("broken"), Some("CHG1")), Ok(()));
        let needs = judge(&policies, order, &NoCalendar).unwrap().needs;
        assert_eq!(needs, [Need::Policy("north".parse().unwrap())]);
    });
}

#[test]
fn a_limit_counts_until_it_is_reached() {
    let limit = Limit::hourly(1);
    let rules = Rules { limit: Some(limit), ..Rules::default() };
    let mut record = policy("few", Hosts::All, rules);
    at_north(|order| {
        let judged = judge(std::slice::from_ref(&record), order, &NoCalendar).unwrap();
        assert_eq!(judged.counts, [Count { policy: "few".parse().unwrap(), limit }]);
        assert!(judged.needs.is_empty());
        // What waits for another reason takes no place.
        let protected = Order { protected: true, ..*order };
        let judged = judge(std::slice::from_ref(&record), &protected, &NoCalendar).unwrap();
        assert!(judged.counts.is_empty());
    });
    record.meter = record.meter.with(1, limit, NOW).unwrap();
    at_north(|order| {
        let judged = judge(std::slice::from_ref(&record), order, &NoCalendar).unwrap();
        assert_eq!(judged.needs, [Need::Limit("few".parse().unwrap())]);
        assert!(judged.counts.is_empty());
    });
}

/// Windows whose day is a second: `from` and `until` are its milliseconds.
struct Seconds;

impl Calendar for Seconds {
    fn opening(&self, window: &Window, at: Timestamp) -> Option<Opening> {
        let (from, until) = (i64::from(window.from), i64::from(window.until));
        let day = at.as_millis().div_euclid(1000) * 1000;
        let opening = |day: i64| Opening {
            from: Timestamp::from_millis(day + from),
            until: Timestamp::from_millis(day + until),
        };
        let days = [day, day + 1000].map(opening);
        days.into_iter().find(|opening| opening.until > at)
    }
}

fn windows(name: &str, windows: &[(u16, u16)]) -> PolicyRecord {
    let window = |(from, until): &(u16, u16)| Window {
        days: Vec::new(),
        from: *from,
        until: *until,
        zone: "UTC".to_owned(),
    };
    let rules = Rules { windows: windows.iter().map(window).collect(), ..Rules::default() };
    policy(name, Hosts::All, rules)
}

#[test]
fn an_install_begins_where_all_windows_are_open() {
    let opening = |policies: &[PolicyRecord], after: i64| {
        let covering: Vec<_> = policies.iter().collect();
        let found = window::opening(&covering, Timestamp::from_millis(5000 + after), &Seconds);
        let since = |at: Timestamp| at.as_millis() - 5000;
        found.unwrap().map(|opening| (since(opening.from), since(opening.until)))
    };
    let one = [windows("one", &[(100, 200), (600, 700)])];
    assert_eq!(opening(&one, 0), Some((100, 200)));
    assert_eq!(opening(&one, 150), Some((150, 200)));
    assert_eq!(opening(&one, 200), Some((600, 700)));
    assert_eq!(opening(&one, 700), Some((1100, 1200)));
    let two = [windows("one", &[(100, 200), (600, 700)]), windows("two", &[(650, 900)])];
    assert_eq!(opening(&two, 0), Some((650, 700)));
    assert_eq!(opening(&two, 690), Some((690, 700)));
    assert_eq!(opening(&[], 0), None);
}

#[test]
fn windows_that_never_meet_are_named() {
    let two = [windows("one", &[(100, 200)]), windows("two", &[(300, 400)])];
    at_north(|order| {
        let error = judge(&two, order, &Seconds).unwrap_err().to_string();
        assert!(error.ends_with("one, two"), "{error}");
        // A time zone that nobody knows.
        assert!(judge(&two[..1], order, &NoCalendar).is_err());
        // The first boot of a new host waits for none.
        let first = Order { from: None, ..*order };
        assert_eq!(judge(&two, &first, &Seconds).unwrap().opening, None);
    });
}

#[test]
fn windows_are_written_as_people_read_them() {
    for text in
        ["sat,sun 22:00-06:00 Europe/Berlin", "mon 00:00-23:59 UTC", "fri 08:30-08:30 Etc/GMT+5"]
    {
        assert_eq!(text.parse::<Window>().unwrap().to_string(), text);
    }
    assert_eq!("sun,mon,sun 1:00-2:00 UTC".parse::<Window>().ok(), None);
    assert_eq!(
        "sun,mon,sun 01:00-02:00 UTC".parse::<Window>().unwrap().to_string(),
        "mon,sun 01:00-02:00 UTC"
    );
    for text in [
        "",
        "sat",
        "sat 22:00 UTC",
        "sat 22:00-24:00 UTC",
        "sat 22:00-06:00",
        "so 22:00-06:00 UTC",
        "sat 22:00-06:00 UTC x",
        "sat 22:00-06:60 UTC",
        "sat 22:00-06:00 U;TC",
    ] {
        assert!(text.parse::<Window>().is_err(), "{text}");
    }
}
