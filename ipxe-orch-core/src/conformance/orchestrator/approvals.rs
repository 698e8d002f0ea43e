//! Cases about policies and the second person: what was not approved is not installed.

use super::{Bench, audit::entries, holds, must, origin, same};
use crate::{
    audit::AuditOutcome,
    auth::{Actor, Hosts},
    boot::LOCAL_SCRIPT,
    ids::Generation,
    lease::{HostState, Lease},
    orchestrator::{Caller, HostInput, MarkOrder, OrchestratorError},
    policy::{Limit, Need, Policy, PutPolicy, Rules},
    stores::{HostKey, HostRecord},
};

/// Sets the policy `all`, which was written `seen` times.
async fn govern(bench: &Bench, rules: Rules, seen: u64) {
    let policy = Policy { name: must("all".parse()), hosts: Hosts::All, rules };
    let change = PutPolicy::Set { policy: Box::new(policy), seen: Generation(seen) };
    must(bench.orchestrator.put_policy(&bench.operator, &change, None).await);
}

fn another() -> Caller {
    Caller::new(Actor::Local { user: "another".to_owned() }, origin())
}

async fn mark(
    bench: &Bench,
    host: &HostRecord,
    order: MarkOrder,
) -> Result<Lease, OrchestratorError> {
    let key = HostKey::Id(host.id);
    let marked = bench.orchestrator.mark(&bench.operator, &key, order).await;
    marked.map(|marked| marked.lease)
}

/// The host as it is stored now.
async fn now(bench: &Bench, host: &HostRecord) -> HostRecord {
    let (see, key) = (bench.grant().await, HostKey::Id(host.id));
    must(must(bench.store.lookup_host(&see, &key).await).ok_or("the host is not there"))
}

/// As another person who has looked at it.
async fn approve(bench: &Bench, host: &HostRecord) {
    let mark = must(now(bench, host).await.lease.mark.ok_or("no mark"));
    let (key, digest) = (HostKey::Id(host.id), mark.pin.digest());
    must(bench.orchestrator.approve(&another(), &key, mark.id, digest, None).await);
}

async fn boots_its_disk(bench: &Bench, host: &HostRecord, number: u16) -> bool {
    bench.boot(host.id, number).await == LOCAL_SCRIPT
}

/// An order without what a policy wants is refused, with an entry, and changes nothing.
pub async fn an_order_says_what_policies_want(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    govern(&bench, Rules { reason: true, change_ref: true, ..Rules::default() }, 0).await;
    for (reason, change_ref) in [(None, Some("CHG1")), (Some(" "), Some("CHG1")), (Some("x"), None)]
    {
        let (reason, change_ref) = (reason.map(str::to_owned), change_ref.map(str::to_owned));
        let order = MarkOrder { reason, change_ref, ..MarkOrder::default() };
        let refused = mark(&bench, &host, order).await;
        let named =
            matches!(&refused, Err(OrchestratorError::Refused(why)) if why.contains("policy all"));
        holds(
            named,
            "an order that a policy does not want is refused, and the policy named",
            &refused,
        );
    }
    same(&bench.host(1).await.lease, &host.lease, "what is refused changes nothing");
    let refused = entries(&bench).await;
    let refused = refused.iter().filter(|entry| entry.outcome == AuditOutcome::Refused).count();
    same(&refused, &3, "each order that is refused leaves an entry");
    let (reason, change_ref) = (Some("a new disk".to_owned()), Some("CHG1".to_owned()));
    must(mark(&bench, &host, MarkOrder { reason, change_ref, ..MarkOrder::default() }).await);
    holds(!boots_its_disk(&bench, &host, 1).await, "an order that says it all installs", &host.id);
}

/// Beyond its limit a policy lets nothing through without a second person.
pub async fn beyond_a_limit_orders_wait(bench: Bench) {
    bench.profile("boot").await;
    let mut hosts = Vec::new();
    for number in 1..=4 {
        hosts.push(bench.register(number, false).await);
    }
    govern(&bench, Rules { limit: Some(Limit::hourly(2)), ..Rules::default() }, 0).await;
    for host in &hosts {
        must(mark(&bench, host, MarkOrder::default()).await);
    }
    let mut states = Vec::new();
    for (host, number) in hosts.iter().zip(1..) {
        states.push(now(&bench, host).await.lease.state());
        let waits = states.last() == Some(&HostState::Waiting);
        let local = boots_its_disk(&bench, host, number).await;
        same(&local, &waits, "only what waits for no approval is offered");
    }
    let expected = [HostState::Marked, HostState::Marked, HostState::Waiting, HostState::Waiting];
    same(&states, &expected.to_vec(), "as many are armed as the limit allows");
    let third = must(hosts.get(2).ok_or("no third host"));
    let mark_of_third = must(now(&bench, third).await.lease.mark.ok_or("no mark"));
    let needs = mark_of_third.approval.needs().to_vec();
    same(&needs, &vec![Need::Limit(must("all".parse()))], "a mark says why it waits");
    approve(&bench, third).await;
    holds(!boots_its_disk(&bench, third, 3).await, "an approved mark is offered", &third.id);
    let approved = entries(&bench).await;
    let approved = approved.into_iter().find(|entry| entry.action == "host.approve_mark");
    let digest = approved.and_then(|entry| entry.digest);
    same(&digest, &Some(mark_of_third.pin.digest()), "the entry of an approval tells of what");
    let fifth = bench.register(5, false).await;
    bench.clock.advance(Limit::hourly(2).period());
    must(mark(&bench, &fifth, MarkOrder::default()).await);
    holds(!boots_its_disk(&bench, &fifth, 5).await, "after the period there is room again", &());
}

/// A repeated order is one order, and takes one place.
pub async fn a_repeated_order_takes_one_place(bench: Bench) {
    bench.profile("boot").await;
    let (one, two) = (bench.register(1, false).await, bench.register(2, false).await);
    govern(&bench, Rules { limit: Some(Limit::hourly(2)), ..Rules::default() }, 0).await;
    let id = Some(crate::ids::MarkId::from_bytes([7; 16]));
    for _ in 0..3 {
        must(mark(&bench, &one, MarkOrder { id, ..MarkOrder::default() }).await);
    }
    must(mark(&bench, &two, MarkOrder::default()).await);
    same(&bench.host(2).await.lease.state(), &HostState::Marked, "a place was left");
}

/// First boots of an import obey as well, and the plan says which of them wait.
pub async fn first_boots_obey_policies(bench: Bench) {
    bench.profile("boot").await;
    govern(&bench, Rules { limit: Some(Limit::hourly(1)), ..Rules::default() }, 0).await;
    let input = |number| HostInput::new(bench.spec(number), true);
    let inputs = [input(1), input(2)];
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &inputs).await);
    let waiting: Vec<_> = plan.waiting().map(|(name, _)| name.to_string()).collect();
    same(&waiting, &vec!["host2".to_owned()], "a plan tells of the installs that would wait");
    let other = [HostInput::new(bench.spec(9), true)];
    let first = must(bench.orchestrator.plan_import(&bench.operator, &other).await);
    must(bench.orchestrator.import(&bench.operator, &first).await);
    let late = bench.orchestrator.import(&bench.operator, &plan).await;
    let is = matches!(late, Err(OrchestratorError::Changed(_)));
    holds(is, "a plan that would arm more than policies allow now is not carried out", &late);
    let again = must(bench.orchestrator.plan_import(&bench.operator, &inputs).await);
    same(&again.waiting().count(), &2, "a new plan obeys what was armed meanwhile");
    must(bench.orchestrator.import(&bench.operator, &again).await);
    let host = bench.host(1).await;
    holds(
        boots_its_disk(&bench, &host, 1).await,
        "a first boot that waits installs nothing",
        &host,
    );
    approve(&bench, &host).await;
    holds(!boots_its_disk(&bench, &host, 1).await, "an approved first boot installs", &host.id);
    govern(&bench, Rules { reason: true, ..Rules::default() }, 1).await;
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &[input(3)]).await);
    let silent = bench.orchestrator.import(&bench.operator, &plan).await;
    holds(silent.is_err(), "an import says what policies want", &silent);
    must(bench.orchestrator.import(&bench.operator, &plan.because("new rack")).await);
}
