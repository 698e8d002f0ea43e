//! The statements of all lists and lookups.

use super::super::{
    access,
    audit::{self, Part},
    dialect::Dialect,
    discovered, events, hosts, overdue,
    put::owners,
    sealed,
    statement::Statement,
};
use ipxe_orch_core::{
    access::AccountKey,
    auth::{Actor, OperatorAuthorizer, ReadAudit, Scope, SeeHosts, authorize},
    digest::Digest,
    fakes::AllowWithin,
    host::Mac,
    ids::{AttemptId, ChainId, HostId, MarkId, TokenId},
    lease::{HostState, Limits, Overdue},
    stores::{EventFilter, HostFilter, HostKey, OverdueFilter},
    time::Timestamp,
};

/// A statement, and what its plan may do.
pub(in super::super) struct Query {
    pub(in super::super) name: &'static str,
    pub(in super::super) statement: Statement,
    /// Whether it sorts: what is sorted is bounded by its ranges.
    pub(in super::super) sorts: bool,
}

/// Pages as long as those of a console: the first one, or one in the middle.
fn host_filters() -> Vec<(&'static str, HostFilter)> {
    let first = |change: fn(&mut HostFilter)| {
        let mut filter = HostFilter::default();
        filter.limit = 100;
        change(&mut filter);
        filter
    };
    let page = |change: fn(&mut HostFilter)| {
        let mut filter = first(change);
        filter.after = Some("node010000".parse().unwrap());
        filter
    };
    vec![
        ("first hosts", first(|_| ())),
        ("hosts", page(|_| ())),
        ("hosts of a site", page(|filter| filter.site = Some("site7".parse().unwrap()))),
        ("hosts with a profile", page(|filter| filter.profile = Some("p3".parse().unwrap()))),
        ("first hosts with a label", first(|filter| label(filter, "rack", "7"))),
        ("hosts with a label", page(|filter| label(filter, "role", "1"))),
        (
            "hosts with two labels",
            page(|filter| {
                label(filter, "rack", "7");
                label(filter, "role", "1");
            }),
        ),
        ("first failed hosts", first(|filter| filter.state = Some(HostState::Failed))),
        ("installed hosts", page(|filter| filter.state = Some(HostState::Installed))),
        ("hosts by name", page(|filter| filter.name_prefix = Some("node01".to_owned()))),
        (
            "hosts of a site by name",
            page(|filter| {
                filter.site = Some("site7".parse().unwrap());
                filter.name_prefix = Some("node01".to_owned());
            }),
        ),
    ]
}

fn label(filter: &mut HostFilter, key: &str, value: &str) {
    filter.labels.insert(key.parse().unwrap(), value.parse().unwrap());
}

/// All of them.
pub(in super::super) async fn queries(dialect: Dialect) -> Vec<Query> {
    let ann = Actor::Local { user: "ann".to_owned() };
    let all = authorize::<SeeHosts>(&OperatorAuthorizer, &ann.clone().into(), None).await.unwrap();
    let site = AllowWithin(Scope::Site("site7".parse().unwrap()));
    let of_site = authorize::<SeeHosts>(&site, &ann.clone().into(), None).await.unwrap();
    let auditor = authorize::<ReadAudit>(&OperatorAuthorizer, &ann.into(), None).await.unwrap();
    let mut queries = Vec::new();
    let mut add = |name, statement, sorts| {
        queries.push(Query { name, statement, sorts });
    };
    for (name, filter) in host_filters() {
        add(name, hosts::list_query(dialect, &all, &filter), false);
    }
    let mut short = HostFilter::default();
    short.limit = 100;
    add("hosts of a scope", hosts::list_query(dialect, &of_site, &short), false);
    let mut late = OverdueFilter::new(Timestamp::from_millis(9), Limits::default().claim_wait);
    late.after = Some((Timestamp::from_millis(1), HostId::from_bytes([1; 16]), Overdue::Mark));
    add("overdue hosts", overdue::query(dialect, &all, &late), true);
    for (name, statement) in lookups().into_iter().chain(access_lookups()) {
        add(name, statement, false);
    }
    let chain = ChainId::from_bytes(*b"0000000000000001");
    for (name, part) in [
        ("first audit entries", Part::All),
        ("audit entries", Part::Chain(chain, 10_000)),
        ("audit entries of the next chains", Part::Chains(chain)),
    ] {
        add(name, audit::query(dialect, &auditor, part, 100), false);
    }
    let person = "corp/7".parse().unwrap();
    add("sessions of a person", access::sessions_query(dialect, Some(&person)), true);
    add("tokens of a person", access::tokens_query(dialect, Some(&person)), true);
    add("ends of chains", Statement::new(dialect.ends_of_chains()), true);
    add("discovered machines", Statement::new(discovered::LIST), true);
    let after = b"0000000000010000".to_vec();
    add("sealed marks", sealed::page(dialect, sealed::MARKS, after.clone()), false);
    add("sealed attempts", sealed::page(dialect, sealed::ATTEMPTS, after), false);
    for (name, filter) in event_filters() {
        let statement = events::query(dialect, &all, &filter, true);
        // Two pages are merged.
        queries.push(Query { name, statement, sorts: true });
    }
    queries
}

fn lookups() -> Vec<(&'static str, Statement)> {
    let host = HostId::from_bytes(*b"0000000000000007");
    let (name, address) = ("node000007".parse().unwrap(), ["10.0.0.7".parse().unwrap()]);
    let mac: Mac = "30:30:30:30:30:37".parse().unwrap();
    let site = "site7".parse().unwrap();
    vec![
        ("a host by id", hosts::lookup_query(&HostKey::Id(host))),
        ("a host by name", hosts::lookup_query(&HostKey::Name("node000007".parse().unwrap()))),
        ("hosts by id", hosts::ever_query(&[host])),
        ("hosts by names", owners::names_query(&[&name])),
        ("hosts by MACs", owners::macs_query(&[mac])),
        ("hosts by addresses", owners::addresses_query(Some(&site), &address)),
        ("an attempt", hosts::attempt_query(AttemptId::from_bytes(*b"0000000000000007"))),
        ("a mark", hosts::mark_query(MarkId::from_bytes(*b"0000000000000007"))),
    ]
}

/// Those of who can sign in.
fn access_lookups() -> Vec<(&'static str, Statement)> {
    let [id, name] = [
        AccountKey::Id("local/7".parse().unwrap()),
        AccountKey::Name("node000007".parse().unwrap()),
    ];
    vec![
        ("an account by id", access::account_query(&id)),
        ("an account by name", access::account_query(&name)),
        ("a session", access::session_query(&Digest::from_bytes([b'0'; 32]))),
        ("a token", access::token_query(TokenId::from_bytes(*b"0000000000000007"))),
    ]
}

fn event_filters() -> Vec<(&'static str, EventFilter)> {
    const SINCE: Timestamp = Timestamp::from_millis(10_000);
    const HOST: HostId = HostId::from_bytes(*b"0000000000000007");
    let with = |change: fn(&mut EventFilter)| {
        let mut filter = EventFilter::default();
        filter.limit = 100;
        change(&mut filter);
        filter
    };
    vec![
        ("events", with(|_| ())),
        ("events since a time", with(|filter| filter.since = Some(SINCE))),
        ("events of a host", with(|filter| filter.host = Some(HOST))),
        (
            "events of a host since a time",
            with(|filter| (filter.host, filter.since) = (Some(HOST), Some(SINCE))),
        ),
        ("alerts", with(|filter| filter.alerts = true)),
    ]
}
