//! Random histories of one host: two servers with clocks of their own, machines (clones too),
//! installers and operators whose reads and writes interleave, are lost, repeated and delayed.
//!
//! A history is bytes, so that any generator can make and shrink one.

use super::{
    bench::{Bench, origin},
    expect::{holds, must, same},
    pausing::{Fault, PausingStore},
};
use crate::{
    auth::Actor,
    boot::LOCAL_SCRIPT,
    ids::{AttemptId, HostId, MarkId},
    lease::{Attempt, HostState, Limits, Outcome, Phase},
    memory::ManualClock,
    orchestrator::{
        Caller, MarkOrder, OpenTicket, Operation, Orchestrator, OrchestratorError, Parts, Report,
        TicketAnswer,
    },
    stores::{HostFilter, HostKey},
    time::{Clock, Timestamp},
};
use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

/// What a request came to.
enum Came {
    Script(String),
    Claim(AttemptId, bool),
    Answer(AttemptId, Option<String>),
    Marked(MarkId),
    Cancelled,
    Other,
}

type Task = Pin<Box<dyn Future<Output = Option<Came>> + Send>>;

struct Server {
    orchestrator: Arc<Orchestrator>,
    store: Arc<PausingStore>,
    clock: Arc<ManualClock>,
}

/// A history under way.
struct History<'a> {
    bench: &'a Bench,
    number: u16,
    host: HostId,
    at_gate: Arc<AtomicBool>,
    servers: [Server; 2],
    tasks: Vec<Task>,
    tickets: Vec<(AttemptId, OpenTicket)>,
    claims: BTreeMap<AttemptId, u32>,
    marks: Vec<MarkId>,
    /// The newest time that any clock showed.
    newest: Timestamp,
}

/// Plays `bytes` with host `number` of `bench`, and checks the promises of the lease at every step
/// and at the end. The store may be any.
pub async fn play(bench: &Bench, number: u16, bytes: &[u8]) {
    Box::pin(play_on_two(bench, bench, number, bytes)).await;
}

/// The same with servers that have a store each, of `bench` and of `second`, on the same data.
pub async fn play_on_two(bench: &Bench, second: &Bench, number: u16, bytes: &[u8]) {
    bench.profile("boot").await;
    let host = bench.register(number, bytes.first().is_some_and(|byte| byte % 2 == 0)).await;
    let at_gate = Arc::new(AtomicBool::new(false));
    let servers = [server(bench, &at_gate), server(second, &at_gate)];
    let mut history = History {
        bench,
        number,
        host: host.id,
        at_gate,
        servers,
        tasks: Vec::new(),
        tickets: Vec::new(),
        claims: BTreeMap::new(),
        marks: Vec::new(),
        newest: bench.clock.now(),
    };
    for pair in bytes.chunks_exact(2) {
        let [what, which] = pair else { continue };
        history.step(*what, *which).await;
    }
    while !history.tasks.is_empty() {
        history.advance(0).await;
    }
    history.check().await;
    history.lives().await;
}

fn server(bench: &Bench, at_gate: &Arc<AtomicBool>) -> Server {
    let store = Arc::new(PausingStore::new(bench.store.clone(), at_gate.clone()));
    let clock = Arc::new(ManualClock::new(bench.clock.now()));
    let parts = Parts { store: store.clone(), clock: clock.clone(), ..bench.parts.clone() };
    Server { orchestrator: Arc::new(Orchestrator::new(parts, Limits::default())), store, clock }
}

/// Another person looks at the mark that stands, and approves it.
async fn approve(orchestrator: &Orchestrator, host: &HostKey) -> Option<Came> {
    let another = Caller::new(Actor::Local { user: "another".to_owned() }, origin());
    let mark = orchestrator.host(&another, host).await.ok()?.lease.mark?;
    let digest = mark.pin.digest();
    orchestrator.approve(&another, host, mark.id, digest, None).await.ok()?;
    Some(Came::Other)
}

impl History<'_> {
    fn server(&self, which: u8) -> &Server {
        let [a, b] = &self.servers;
        if which.is_multiple_of(2) { a } else { b }
    }

    /// One step: start a request, let one or two go on, lose one, move a clock, break a write.
    async fn step(&mut self, what: u8, which: u8) {
        let server = self.server(which);
        match what % 20 {
            0..=2 if self.tasks.len() > 1 => {
                let first = usize::from(which) % self.tasks.len();
                let after = usize::from(which / 16) % (self.tasks.len() - 1) + 1;
                self.advance_both([first, (first + after) % self.tasks.len()]).await;
            }
            0..=6 if !self.tasks.is_empty() => {
                let task = usize::from(which) % self.tasks.len();
                self.advance(task).await;
            }
            7 if !self.tasks.is_empty() => {
                // The client went away, or the server was killed, between two steps.
                drop(self.tasks.swap_remove(usize::from(which) % self.tasks.len()));
            }
            8 => {
                server.clock.advance(Duration::from_secs(30 * u64::from(which)));
                let now = server.clock.now();
                self.newest = self.newest.max(now);
            }
            9 => {
                let back = Duration::from_secs(20 * u64::from(which));
                server.clock.set(server.clock.now().minus(back));
            }
            10 => server.store.fail_next(match which % 3 {
                0 => Fault::Before,
                1 => Fault::Lost,
                _ => Fault::After,
            }),
            11..=13 => self.start_ticket(what, which),
            14..=16 => self.start_operator(what, which),
            _ => self.start_boot(which).await,
        }
    }

    async fn start_boot(&mut self, which: u8) {
        let query = self.bench.query(self.host, self.number).await;
        let orchestrator = self.server(which).orchestrator.clone();
        self.tasks.push(Box::pin(async move {
            orchestrator.boot(&query, origin()).await.ok().map(|answer| Came::Script(answer.script))
        }));
    }

    /// A claim, an answer file or a report, with any ticket that was ever seen.
    fn start_ticket(&mut self, what: u8, which: u8) {
        let orchestrator = self.server(which).orchestrator.clone();
        let many = self.tickets.len();
        let Some((attempt, ticket)) =
            self.tickets.get(usize::from(which / 2) % many.max(1)).cloned()
        else {
            return;
        };
        self.tasks.push(Box::pin(async move {
            match what % 20 {
                11 => {
                    let claim = orchestrator.claim(&ticket, origin()).await;
                    let granted = matches!(claim, Ok(TicketAnswer::Found(())));
                    Some(Came::Claim(attempt, granted))
                }
                12 => {
                    let file =
                        orchestrator.answer_file(&ticket, "answer", "http://s/", origin()).await;
                    let text = match file {
                        Ok(TicketAnswer::Found(text)) => Some(text),
                        _ => None,
                    };
                    Some(Came::Answer(attempt, text))
                }
                _ => {
                    let status = match which % 4 {
                        0 => "started",
                        1 => "progress",
                        2 => "failed",
                        _ => "done",
                    };
                    let report = must(Report::new(status, ""));
                    orchestrator.report(&ticket, &report, origin()).await.ok().map(|_| Came::Other)
                }
            }
        }));
    }

    fn start_operator(&mut self, what: u8, which: u8) {
        let orchestrator = self.server(which).orchestrator.clone();
        let (caller, key) = (self.bench.operator.clone(), HostKey::Id(self.host));
        let repeated = self.marks.get(usize::from(which / 8)).copied();
        self.tasks.push(Box::pin(async move {
            if what % 20 <= 15 {
                let id = repeated.filter(|_| which % 4 == 1);
                let order = MarkOrder { id, ..MarkOrder::default() };
                let marked = orchestrator.mark(&caller, &key, order).await.ok()?;
                return Some(Came::Marked(marked.id));
            }
            let operation = match (which / 2) % 8 {
                0 => Operation::Cancel,
                1 => Operation::Abandon,
                2 => Operation::Withdraw,
                3 => Operation::Hold,
                4 => Operation::Release,
                5 => Operation::Protect,
                6 => Operation::Unprotect,
                _ => return approve(&orchestrator, &key).await,
            };
            orchestrator.operate(&caller, &key, &operation, None).await.ok()?;
            Some(if operation == Operation::Cancel { Came::Cancelled } else { Came::Other })
        }));
    }

    /// Lets a request go on to its next call of the store, or to its end.
    async fn advance(&mut self, index: usize) {
        let Some(task) = self.tasks.get_mut(index) else { return };
        let at_gate = self.at_gate.clone();
        let came = std::future::poll_fn(|context| match task.as_mut().poll(context) {
            Poll::Ready(came) => Poll::Ready(Some(came)),
            Poll::Pending if at_gate.swap(false, Ordering::SeqCst) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await;
        let Some(came) = came else { return };
        drop(self.tasks.swap_remove(index));
        if let Some(came) = came {
            self.came(came).await;
        }
    }

    /// Lets two requests go on at the same time, each to its next call of the store, or to its end.
    async fn advance_both(&mut self, indexes: [usize; 2]) {
        let at_gate = self.at_gate.clone();
        let tasks = &mut self.tasks;
        let mut came: [Option<Option<Came>>; 2] = [None, None];
        let mut waits = [false; 2];
        std::future::poll_fn(|context| {
            for ((index, came), waits) in indexes.iter().zip(&mut came).zip(&mut waits) {
                let Some(task) = tasks.get_mut(*index).filter(|_| came.is_none() && !*waits) else {
                    continue;
                };
                match task.as_mut().poll(context) {
                    Poll::Ready(end) => *came = Some(end),
                    Poll::Pending => *waits = at_gate.swap(false, Ordering::SeqCst),
                }
            }
            let stopped = |(came, waits): (&Option<_>, &bool)| came.is_some() || *waits;
            if came.iter().zip(&waits).all(stopped) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let mut ended: Vec<_> = indexes.into_iter().zip(came).collect();
        // The last place first: the others keep their places.
        ended.sort_by_key(|(index, _)| std::cmp::Reverse(*index));
        for (index, came) in ended {
            let Some(came) = came else { continue };
            drop(self.tasks.remove(index));
            if let Some(came) = came {
                self.came(came).await;
            }
        }
    }

    async fn came(&mut self, came: Came) {
        match came {
            Came::Script(script) if script != LOCAL_SCRIPT => {
                let attempt = self.offered(&script).await;
                if self.tickets.iter().all(|(id, _)| *id != attempt) {
                    self.tickets.push((attempt, self.bench.ticket(attempt).await));
                }
            }
            Came::Claim(attempt, true) => *self.claims.entry(attempt).or_default() += 1,
            Came::Answer(attempt, Some(text)) => {
                let own = format!("attempt={attempt}\nbase=http://s/\n");
                assert!(text == own || text == "stop=1\n", "another attempt's answer: {text}");
            }
            Came::Marked(mark) if !self.marks.contains(&mark) => self.marks.push(mark),
            _ => {}
        }
        self.is_listed(false).await;
    }

    /// Lists find the host by the state that its lease has: by this one, or by this one alone.
    async fn is_listed(&self, alone: bool) {
        let (store, see) = (&self.bench.store, self.bench.grant().await);
        let key = HostKey::Id(self.host);
        let host = async || must(must(store.lookup_host(&see, &key).await).ok_or("no host"));
        let before = host().await;
        let waits = before.lease.waits() && before.lease.open_attempt().is_some();
        holds(!waits, "a mark that waits for approval is not offered", &before.lease);
        let state = before.lease.state();
        let mut found = Vec::new();
        for state in HostState::ALL.into_iter().filter(|other| alone || *other == state) {
            let name_prefix = Some(before.spec.name.to_string());
            let filter = HostFilter { state: Some(state), name_prefix, ..HostFilter::default() };
            let page = must(store.list_hosts(&see, &filter).await);
            found.extend(page.hosts.iter().any(|host| host.id == self.host).then_some(state));
        }
        // A request that was given up may still write, at any time.
        if host().await == before {
            same(&found, &vec![state], "lists find a host by the state of its lease");
        }
    }

    /// P4, P7: a script is the stored one of its attempt, to the byte.
    async fn offered(&self, script: &str) -> AttemptId {
        let ticket = script.lines().nth(1).unwrap_or_default().trim_start_matches("# ");
        let keys = self.bench.keys.as_ref();
        let opened = must(crate::boot::Tickets::new(keys).open(ticket).await);
        let (attempt, _) = must(opened.ok_or("a script without its ticket"));
        let stored = must(self.attempt(attempt).await.ok_or("an offer that is not stored"));
        let script_of_it = stored.script_with(ticket);
        same(&script_of_it.as_str(), &script, "a machine gets the stored script, to the byte");
        attempt
    }

    async fn attempt(&self, attempt: AttemptId) -> Option<Attempt> {
        let grant = self.bench.opened(attempt).await;
        let found = must(self.bench.store.lookup_attempt(&grant, attempt).await);
        found.map(|(_, attempt)| attempt)
    }

    /// P1, P2, P9: at most one claim of a mark, none of one that was closed, each answer stored.
    async fn check(&self) {
        self.is_listed(true).await;
        let mut claimed: BTreeMap<MarkId, AttemptId> = BTreeMap::new();
        for (id, _) in &self.tickets {
            let attempt = must(self.attempt(*id).await.ok_or("an attempt is gone"));
            let granted = self.claims.get(id).copied().unwrap_or(0);
            assert!(granted <= 1, "attempt {id} was claimed {granted} times");
            let ended = attempt.closed.as_ref().map(|closed| closed.outcome);
            if granted == 1 {
                assert!(attempt.claim.is_some(), "a claim was granted that is not stored");
            }
            if attempt.claim.is_some() {
                let other = claimed.insert(attempt.mark, *id);
                assert_eq!(other, None, "mark {} was claimed twice", attempt.mark);
                assert!(ended.is_none_or(Outcome::is_of_claimed), "claimed, but {ended:?}");
            } else {
                assert!(ended.is_none_or(|o| !o.is_of_claimed()), "unclaimed, but {ended:?}");
            }
        }
    }

    /// P6: whatever happened, release, time and a new mark lead to an offer.
    async fn lives(&self) {
        let (orchestrator, key) = (&self.bench.orchestrator, HostKey::Id(self.host));
        let caller = &self.bench.operator;
        // A deadline counts from the newest time, whatever clock was set back since.
        self.bench.clock.set(self.newest.max(self.bench.clock.now()));
        let nothing = |result: Result<_, OrchestratorError>| match result {
            Ok(_) | Err(OrchestratorError::Refused(_) | OrchestratorError::NothingToDo(_)) => {}
            Err(error) => must(Err(error)),
        };
        nothing(orchestrator.operate(caller, &key, &Operation::Release, None).await);
        nothing(orchestrator.operate(caller, &key, &Operation::Unprotect, None).await);
        nothing(orchestrator.operate(caller, &key, &Operation::Cancel, None).await);
        self.bench.clock.advance(Duration::from_hours(3));
        let marked = must(orchestrator.mark(caller, &key, MarkOrder::default()).await);
        let new = marked.created && !self.marks.contains(&marked.id);
        holds(new, "whatever happened, a new mark can be given in the end", &marked.id);
        let script = self.bench.boot(self.host, self.number).await;
        assert_ne!(script, LOCAL_SCRIPT, "a standing mark is offered");
        let phase = self.bench.host(self.number).await.lease.phase();
        same(&phase, &Phase::Offered, "whatever happened, a new mark is offered in the end");
    }
}
