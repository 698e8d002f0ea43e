//! Cases about the addresses from which an install is claimed, answered and reported.

use super::{Bench, must, same};
use crate::{
    auth::Origin,
    host::{HostSpec, Nic, StaticV6},
    lease::{Claim, Outcome, Phase},
    orchestrator::{
        HostInput, MarkOrder, OpenTicket, Operation, Report, TicketAnswer, TicketAnswer::Found,
    },
    stores::HostKey,
};
use std::net::IpAddr;

/// The address of the claim in these cases. It is none of the host's.
const CLAIM: &str = "192.0.2.7";
const OTHER: &str = "198.51.100.9";
const THIRD: &str = "2001:db8:9::9";

/// A request with a ticket.
#[derive(Clone, Copy, Debug)]
enum Ask {
    Claims,
    Answer,
    Media,
    Says(&'static str),
}
use Ask::{Answer, Claims, Media, Says};
/// What an event tells of addresses: the claim's, if this is another one, and whether it is an
/// alert.
type Told = (Option<IpAddr>, bool);

const fn no_alert(claimed: Option<IpAddr>) -> Told {
    (claimed, false)
}

fn claimed() -> Option<IpAddr> {
    CLAIM.parse().ok()
}

/// Host 1, whose install is offered; its ticket.
async fn offered(bench: &Bench) -> OpenTicket {
    bench.profile("boot").await;
    bench.register(1, false).await;
    again(bench, "").await
}

/// Whether it was answered, and what its events tell.
async fn ask(bench: &Bench, ticket: &OpenTicket, what: Ask, from: &str) -> (bool, Vec<Told>) {
    bench.events.take();
    let (orchestrator, origin) = (&bench.orchestrator, Origin(from.to_owned()));
    let answered = match what {
        Claims => must(orchestrator.claim(ticket, origin).await) == Found(()),
        Answer => {
            let answer = orchestrator.answer_file(ticket, "answer", "http://s/", origin).await;
            must(answer) != TicketAnswer::NotFound
        }
        Media => {
            let media = orchestrator.media(ticket, "kernel", true, origin).await;
            must(media) != TicketAnswer::NotFound
        }
        Says(status) => {
            let report = must(Report::new(status, ""));
            must(orchestrator.report(ticket, &report, origin).await) == Found(())
        }
    };
    let events = bench.events.take();
    (answered, events.iter().map(|event| (event.claimed_from, event.alert)).collect())
}

/// Asks, and compares what is told.
async fn told(bench: &Bench, ticket: &OpenTicket, (what, from): (Ask, &str), told: Told) {
    let promise = format!("{what:?} from {from} is answered, and tells of its address");
    same(&ask(bench, ticket, what, from).await, &(true, vec![told]), &promise);
}

async fn claim_of(bench: &Bench) -> Claim {
    let attempt = bench.host(1).await.lease.attempt;
    must(attempt.and_then(|attempt| attempt.claim).ok_or("no claim"))
}

/// By the claim step, by an answer file, by a report: the address is stored, in one form and
/// without a port. The name of a program is none.
pub async fn a_claim_remembers_its_address(bench: Bench) {
    bench.profile("boot").await;
    bench.register(1, false).await;
    for (what, terms, from, expected) in [
        (Answer, "claim = 'answer-file'", CLAIM, Some(CLAIM)),
        (Claims, "", CLAIM, Some(CLAIM)),
        (Claims, "reports = 'none'", CLAIM, Some(CLAIM)),
        (Says("started"), "", "::ffff:192.0.2.7", Some(CLAIM)),
        (Says("failed"), "", "[2001:DB8::7]:49152", Some("2001:db8::7")),
        (Says("done"), "", "192.0.2.7:49152", Some(CLAIM)),
        (Claims, "", "our portal", None),
        (Claims, "", "", None),
    ] {
        let ticket = again(&bench, terms).await;
        let told = ask(&bench, &ticket, what, from).await;
        let promise = format!("{what:?} claims, and is told without another address");
        same(&told, &(true, vec![no_alert(None)]), &promise);
        let expected = expected.and_then(|text| text.parse::<IpAddr>().ok());
        same(&claim_of(&bench).await.from, &expected, "a claim remembers its address");
    }
}

/// The next install of host 1, by the profile with these terms.
async fn again(bench: &Bench, terms: &str) -> OpenTicket {
    let host = bench.host(1).await;
    let key = HostKey::Id(host.id);
    if host.lease.phase() == Phase::Installing {
        must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Abandon, None).await);
    }
    bench.profile_with("boot", terms).await;
    must(bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await);
    bench.boot(host.id, 1).await;
    let attempt = must(bench.host(1).await.lease.attempt.ok_or("no attempt"));
    bench.ticket(attempt.id).await
}

/// Answer files and reports from another address than the claim's are answered, and tell so. The
/// first of each address is an alert. Media are not told: there are thousands.
pub async fn another_address_than_the_claims_is_told_once(bench: Bench) {
    let ticket = offered(&bench).await;
    told(&bench, &ticket, (Media, OTHER), no_alert(None)).await;
    told(&bench, &ticket, (Claims, CLAIM), no_alert(None)).await;
    told(&bench, &ticket, (Answer, CLAIM), no_alert(None)).await;
    let alert = (claimed(), true);
    told(&bench, &ticket, (Answer, OTHER), alert).await;
    told(&bench, &ticket, (Answer, OTHER), no_alert(claimed())).await;
    told(&bench, &ticket, (Says("started"), OTHER), no_alert(claimed())).await;
    told(&bench, &ticket, (Says("started"), THIRD), alert).await;
    told(&bench, &ticket, (Media, OTHER), no_alert(None)).await;
    told(&bench, &ticket, (Says("done"), THIRD), no_alert(claimed())).await;
    let status = bench.host(1).await.lease.status();
    same(&status, &"installed".to_owned(), "another address is never refused");
    // Another install, whose own claim counts.
    let ticket = again(&bench, "").await;
    told(&bench, &ticket, (Claims, OTHER), no_alert(None)).await;
    told(&bench, &ticket, (Answer, OTHER), no_alert(None)).await;
    let other = OTHER.parse().ok();
    told(&bench, &ticket, (Says("failed"), CLAIM), (other, true)).await;
}

/// Whatever is written otherwise or is an address of one of the host's NICs is no other address.
pub async fn addresses_of_the_host_are_no_others(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let inputs = [HostInput::edit(&host, with_v6(host.spec.clone()))];
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &inputs).await);
    must(bench.orchestrator.import(&bench.operator, &plan).await);
    let ticket = again(&bench, "").await;
    told(&bench, &ticket, (Claims, CLAIM), no_alert(None)).await;
    for from in [
        CLAIM,
        "192.0.2.7:49152",
        "::ffff:192.0.2.7",
        "10.0.1.15",
        "::ffff:10.0.1.15",
        "2001:db8:1::15",
        "[2001:DB8:1:0::15]:80",
        "our portal",
        "",
    ] {
        told(&bench, &ticket, (Answer, from), no_alert(None)).await;
    }
    for from in ["192.0.2.8", "10.0.1.16", "2001:db8:1::16", "::1"] {
        told(&bench, &ticket, (Answer, from), (claimed(), true)).await;
    }
    // Where the claim's address is not known, nothing is another one.
    let ticket = again(&bench, "").await;
    told(&bench, &ticket, (Claims, "our portal"), no_alert(None)).await;
    told(&bench, &ticket, (Says("done"), OTHER), no_alert(None)).await;
}

/// With a second NIC, which has an IPv6 address alone.
fn with_v6(mut spec: HostSpec) -> HostSpec {
    let mut nic = Nic::new(must("52:54:01:00:00:01".parse()));
    nic.v6 = Some(StaticV6 { address: must("2001:db8:1::15/64".parse()), gateway: None });
    spec.nics.push(nic);
    spec
}

/// What is refused is told as before: it may be an alert, but not for its address.
pub async fn what_is_refused_tells_no_other_address(bench: Bench) {
    let ticket = offered(&bench).await;
    let refused = async |what, alert| {
        let told = ask(&bench, &ticket, what, OTHER).await;
        same(&told, &(false, vec![(None, alert)]), &format!("{what:?} is refused"));
    };
    refused(Answer, false).await;
    told(&bench, &ticket, (Claims, CLAIM), no_alert(None)).await;
    refused(Claims, true).await;
    told(&bench, &ticket, (Says("failed"), CLAIM), no_alert(None)).await;
    refused(Says("started"), true).await;
    // The answer that stops an installer is served, and is an alert by its row each time.
    for _ in 0..2 {
        told(&bench, &ticket, (Answer, OTHER), (claimed(), true)).await;
    }
}

/// An earlier attempt has a claim of its own.
pub async fn a_late_report_from_another_address_is_told(bench: Bench) {
    let earlier = offered(&bench).await;
    told(&bench, &earlier, (Claims, CLAIM), no_alert(None)).await;
    let later = again(&bench, "").await;
    told(&bench, &later, (Claims, OTHER), no_alert(None)).await;
    told(&bench, &earlier, (Says("done"), OTHER), (claimed(), true)).await;
    told(&bench, &later, (Says("done"), OTHER), no_alert(None)).await;
    let (id, grant) = (earlier.attempt(), bench.opened(earlier.attempt()).await);
    let found = must(bench.store.lookup_attempt(&grant, id).await);
    let outcome = found.and_then(|(_, attempt)| attempt.closed).map(|closed| closed.outcome);
    same(&outcome, &Some(Outcome::Done), "a late report from another address counts");
}
