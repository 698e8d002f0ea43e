//! The table of all metrics, and the generated part of `docs/METRICS.md`.

/// What stands before each name.
pub(super) const PREFIX: &str = "ipxe_orch";

/// How a metric behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only grows, and begins with 0 at each start.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts of durations up to certain lengths.
    Histogram,
}

/// One metric.
pub(super) struct About {
    pub(super) name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    /// In one phrase. The library adds a full stop.
    pub(super) help: &'static str,
}

const fn about(
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    help: &'static str,
) -> About {
    About { name, kind, labels, help }
}

use Kind::{Counter, Gauge, Histogram};

/// All of them, in the order in which [`Families`](super::families::Families) registers them.
#[rustfmt::skip]
pub(super) static METRICS: &[About] = &[
    about("build_info", Gauge, &["version"], "Always 1; the label is the version of the server"),
    about("boot_requests_total", Counter, &["route", "code"], "Answered requests of machines and of other servers"),
    about("boot_request_duration_seconds", Histogram, &["route"], "Time from the head of a request of a machine to that of its answer"),
    about("boot_events_total", Counter, &["event"], "What machines did, and what was decided for them, by the name of the event"),
    about("boot_alerts_total", Counter, &[], "Events that a person should look at"),
    about("event_queue_length", Gauge, &[], "Boot events that wait to be stored; beyond 65536 they are lost"),
    about("events_lost_total", Counter, &[], "Boot events that were not stored, because the store was too slow or away"),
    about("leases", Gauge, &["state"], "Registered hosts by the state of their lease; missing while the database does not answer"),
    about("installs_suspended", Gauge, &[], "1 if nothing is installed, because the database lacks what was seen in it"),
    about("api_requests_total", Counter, &["method", "route", "code"], "Answered requests of people and their programs"),
    about("api_request_duration_seconds", Histogram, &["method", "route"], "Time from the head of a request of the API to that of its answer"),
    about("database_up", Gauge, &[], "1 if the database takes writes, tried when the metrics are read"),
    about("database_queue_length", Gauge, &[], "Writes that wait for a place in a commit; beyond 1024 callers wait"),
    about("database_commits_total", Counter, &[], "Durable commits of this server"),
    about("database_writes_total", Counter, &[], "Writes that those commits made durable"),
    about("database_failures_total", Counter, &["operation"], "Reads and writes that failed because of the database, not of what was asked"),
    about("login_service_up", Gauge, &["realm"], "1 if the login service has answered when it was asked last; missing until then"),
    about("login_service_requests_total", Counter, &["realm", "outcome"], "Questions to a login service: accepted, refused, unavailable"),
    about("tls_certificate_expiry_timestamp_seconds", Gauge, &["address"], "When the certificate of a listener expires, in seconds since 1970"),
];

impl About {
    /// The name with which it is registered: the library adds the end of a counter's name.
    pub(super) fn registered(&self) -> &'static str {
        self.name.strip_suffix("_total").unwrap_or(self.name)
    }
}

/// All metrics as a table in Markdown.
pub fn reference() -> String {
    let row = |about: &About| {
        let kind = match about.kind {
            Counter => "counter",
            Gauge => "gauge",
            Histogram => "histogram",
        };
        let labels: Vec<_> = about.labels.iter().map(|label| format!("`{label}`")).collect();
        let (name, labels, help) = (about.name, labels.join(", "), about.help);
        format!("| `{PREFIX}_{name}` | {kind} | {labels} | {help} |\n")
    };
    let rows: String = METRICS.iter().map(row).collect();
    format!("\n| metric | kind | labels | is |\n|---|---|---|---|\n{rows}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions() {
        for About { name, kind, help, .. } in METRICS {
            assert_eq!(name.ends_with("_total"), *kind == Counter, "{name}");
            assert_eq!(name.ends_with("_duration_seconds"), *kind == Histogram, "{name}");
            assert!(!help.ends_with('.'), "{name}: the library adds the full stop");
        }
    }
}
