//! Walks through the lease's table: each step is decided on what is stored, done, and compared
//! with what is stored then.

mod perform;

use super::{Bench, holds, must, origin, same};
use crate::{
    auth::{Actor, Caller},
    digest::Digest,
    ids::{AttemptId, Generation, HostId, MarkId},
    lease::{
        Approval, Approved, Attempt, Effect, Event, FinalReport, Hold, Inputs, Lease, Limits, Mark,
        Outcome, Pin, Protection, Reply, Row, TABLE, Verdict, Write, decide,
    },
    profile::ProfileVersion,
    stores::{BootEvent, BootEventKind, HostKey, HostRecord},
    time::Clock,
};
use std::{collections::BTreeSet, time::Duration};

/// A host's way through the table.
pub(super) struct Walk {
    /// Whether its first boot installs.
    pub(super) install: bool,
    /// The profile's terms, as TOML.
    pub(super) terms: &'static str,
    pub(super) steps: &'static [Step],
}

pub(super) enum Step {
    /// What happens, the effects of the rows that decide it, and what the last one answers.
    On(Do, &'static [Effect], Reply),
    /// So many minutes pass.
    Wait(u64),
    /// The clock jumps back by so many minutes.
    Back(u64),
    /// What people read of the host.
    Is(&'static str),
}

/// What happens; a number counts the host's attempts from 0.
#[derive(Clone, Copy, Debug)]
pub(super) enum Do {
    Mark,
    /// Not before so many minutes have passed.
    MarkLater(u64),
    /// By somebody who looked at an older generation.
    MarkUnseen,
    /// The order before, once more.
    MarkAgain,
    Boot,
    Claim(usize),
    Answer(usize),
    Media(usize),
    Started(usize),
    Done(usize),
    Failed(usize),
    Cancel,
    Abandon,
    Withdraw,
    Hold,
    Release,
    Protect,
    Unprotect,
    /// By another person than the one who ordered.
    Approve,
    /// By the person who ordered.
    ApproveOwn,
    /// Of something else than what the mark installs.
    ApproveOther,
    Reject,
    Void,
    Elapse,
}

/// Walks with host `number`; gives the rows that decided, as their places in the table.
pub(super) async fn walk(bench: &Bench, number: u16, walk: &Walk) -> BTreeSet<usize> {
    let version = bench.profile_with("boot", walk.terms).await;
    let host = bench.register(number, walk.install).await.id;
    let mut walker = Walker {
        bench,
        number,
        host,
        version,
        attempts: Vec::new(),
        marks: Vec::new(),
        rows: BTreeSet::new(),
    };
    let minutes = |count: u64| Duration::from_secs(60 * count);
    for step in walk.steps {
        match step {
            Step::On(what, effects, reply) => Box::pin(walker.on(*what, effects, *reply)).await,
            Step::Wait(count) => bench.clock.advance(minutes(*count)),
            Step::Back(count) => bench.clock.set(bench.clock.now().minus(minutes(*count))),
            Step::Is(status) => {
                let told = walker.record().await.lease.status();
                same(&told.as_str(), status, "people read how the host stands");
            }
        }
    }
    walker.rows
}

struct Walker<'a> {
    bench: &'a Bench,
    number: u16,
    host: HostId,
    version: ProfileVersion,
    attempts: Vec<Attempt>,
    marks: Vec<MarkId>,
    rows: BTreeSet<usize>,
}

impl Walker<'_> {
    async fn record(&self) -> HostRecord {
        let key = HostKey::Id(self.host);
        let found = must(self.bench.store.lookup_host(&self.bench.grant().await, &key).await);
        must(found.ok_or("the host is gone"))
    }

    async fn on(&mut self, what: Do, effects: &[Effect], reply: Reply) {
        let before = self.record().await;
        let known = self.marks.len();
        if matches!(what, Do::Mark | Do::MarkLater(_) | Do::MarkUnseen) {
            let random = self.bench.parts.random.clone();
            self.marks.push(MarkId::generate(self.bench.clock.now(), random.as_ref()));
        }
        let event = self.event(what, known == self.marks.len(), &before);
        let earlier = self.earlier(&event, &before).await;
        self.bench.events.take();
        let told = self.perform(what, &event, &before).await;
        let happened = self.bench.events.take();
        let after = self.record().await;
        let event = match event {
            Event::Mark { seen, known, .. } => self.mark_event(&after, seen, known),
            other => other,
        };
        let (lease, found, row) = self.predict(&before, &after, &event, earlier.as_ref()).await;
        let said = (found.as_slice(), row.reply);
        let promise = format!("a row of the table decides on {what:?} in {:#?}", before.lease);
        same(&said, &(effects, reply), &promise);
        check_events(what, row, &happened);
        same(&after.lease, &lease, &format!("what the table says of {what:?} is stored"));
        same(&told, &reply, &format!("what the table says of {what:?} is told"));
        if effects.contains(&Effect::Offer) {
            self.offered(&after);
        }
    }

    /// A new offer has bytes of its own and covers what its mark pinned.
    fn offered(&mut self, host: &HostRecord) {
        let (mark, attempt) = (host.lease.mark.clone(), host.lease.attempt.clone());
        let (mark, attempt) = (must(mark.ok_or("no mark")), must(attempt.ok_or("no attempt")));
        let found = (attempt.mark, &attempt.pin, attempt.offers);
        same(&found, &(mark.id, &mark.pin, 1), "a new offer covers what its mark pinned");
        let new = self.attempts.iter().all(|a| a.id != attempt.id);
        holds(new, "a new offer has an id of its own, and so a ticket", &attempt);
        self.attempts.push(attempt);
    }

    /// The lease that the table makes of `before`, the effects on the way, and the last row.
    /// Ids, scripts and times that only the orchestrator could make are taken from `after`.
    async fn predict(
        &mut self,
        before: &HostRecord,
        after: &HostRecord,
        event: &Event,
        earlier: Option<&Attempt>,
    ) -> (Lease, Vec<Effect>, &'static Row) {
        let (now, limits) = (self.bench.clock.now(), Limits::default());
        let attempt = after.lease.attempt.clone();
        let claim = attempt.as_ref().and_then(|attempt| attempt.claim.as_ref()).map(|c| c.id);
        let inputs = Inputs { attempt: attempt.map(Box::new), claim, from: origin().address() };
        let (mut lease, mut effects) = (before.lease.clone(), Vec::new());
        loop {
            let verdict = must(decide(&lease, event, earlier, now, &limits).ok_or("no row"));
            let row = verdict.row();
            let change = verdict.change(self.host, inputs.clone());
            self.passed(&verdict);
            effects.push(row.effect);
            match change.map(|change| change.write) {
                Some(Write::Replace { next, .. }) => lease = *next,
                Some(Write::CountOffer { count: Some(at), .. }) => {
                    if let Some(attempt) = lease.attempt.as_mut() {
                        attempt.offers += 1;
                        attempt.counted_at = at;
                    }
                }
                Some(Write::Join { attempt, closed }) => {
                    let joined = must(self.attempt(attempt).await.ok_or("it is gone"));
                    same(&joined.closed, &Some(closed), "an earlier attempt is joined");
                }
                _ => {}
            }
            if row.reply != Reply::Again {
                return (lease, effects, row);
            }
        }
    }

    fn passed(&mut self, verdict: &Verdict<'_>) {
        let row = TABLE.iter().position(|row| std::ptr::eq(row, verdict.row()));
        self.rows.extend(row);
    }

    fn id(&self, attempt: usize) -> AttemptId {
        must(self.attempts.get(attempt).ok_or("it was not offered")).id
    }

    /// The last order, or one that was never given.
    fn last_mark(&self) -> MarkId {
        self.marks.last().copied().unwrap_or(MarkId::from_bytes([9; 16]))
    }

    fn approver(&self, what: Do) -> Caller {
        match what {
            Do::ApproveOwn => self.bench.operator.clone(),
            _ => Caller::new(Actor::Local { user: "another".to_owned() }, origin()),
        }
    }

    fn event(&self, what: Do, known: bool, before: &HostRecord) -> Event {
        let (now, by) = (self.bench.clock.now(), self.bench.operator.actor().to_string());
        let seen = matches!(what, Do::MarkUnseen).then_some(Generation(0));
        match what {
            Do::Mark | Do::MarkLater(_) | Do::MarkUnseen | Do::MarkAgain => {
                Event::Mark { mark: Box::new(self.order()), seen, known }
            }
            Do::Boot => Event::Boot,
            Do::Claim(n) => Event::Claim(self.id(n)),
            Do::Answer(n) => Event::Answer(self.id(n)),
            Do::Media(n) => Event::Media(self.id(n)),
            Do::Started(n) => Event::Started(self.id(n), "disk".to_owned()),
            Do::Done(n) => Event::Finished(self.id(n), FinalReport::new(Outcome::Done)),
            Do::Failed(n) => {
                let message = Some("disk".to_owned());
                let report = FinalReport { message, ..FinalReport::new(Outcome::Failed) };
                Event::Finished(self.id(n), report)
            }
            Do::Cancel => Event::Cancel,
            Do::Abandon => Event::Abandon,
            Do::Withdraw => Event::Withdraw,
            Do::Hold => Event::Hold(Hold { by, at: now, reason: None }),
            Do::Release => Event::Release,
            Do::Protect => Event::Protect(Box::new(Protection { by, at: now, reason: None })),
            Do::Unprotect => Event::Unprotect,
            Do::Approve | Do::ApproveOwn | Do::ApproveOther => {
                let by = self.approver(what).actor().clone();
                let digest = looked_at(what, before);
                Event::Approve(self.last_mark(), Box::new(Approved { by, at: now, digest }))
            }
            Do::Reject => Event::Reject(self.last_mark()),
            Do::Void => Event::Void,
            Do::Elapse => Event::Elapse,
        }
    }

    /// The last order; what is stored of it is looked at once it is.
    fn order(&self) -> Mark {
        let profile = self.version.profile().name.clone();
        let spec = self.bench.spec(self.number);
        Mark {
            id: must(self.marks.last().copied().ok_or("no order")),
            created_at: self.bench.clock.now(),
            expires_at: None,
            not_before: None,
            pin: Pin { profile, version: self.version.digest(), spec },
            by: self.bench.operator.actor().to_string(),
            reason: None,
            change_ref: None,
            ordered_by: Some(Box::new(self.bench.operator.actor().clone())),
            approval: Approval::Unneeded,
            counts: Vec::new(),
            other: std::collections::BTreeMap::new(),
        }
    }

    fn mark_event(&self, after: &HostRecord, seen: Option<Generation>, known: bool) -> Event {
        let order = self.order();
        let stored = after.lease.mark.clone().filter(|mark| mark.id == order.id);
        if let Some(stored) = &stored {
            let (found, ordered) = ((&stored.pin.spec, &stored.by), (&order.pin.spec, &order.by));
            same(&found, &ordered, "a mark pins the host as it is, and says who ordered");
        }
        Event::Mark { mark: Box::new(stored.unwrap_or(order)), seen, known }
    }

    /// The attempt of the event's ticket where it is not the host's latest.
    async fn earlier(&self, event: &Event, host: &HostRecord) -> Option<Attempt> {
        let latest = host.lease.attempt.as_ref().map(|attempt| attempt.id);
        self.attempt(event.attempt().filter(|id| Some(*id) != latest)?).await
    }

    async fn attempt(&self, id: AttemptId) -> Option<Attempt> {
        let grant = self.bench.opened(id).await;
        must(self.bench.store.lookup_attempt(&grant, id).await).map(|(_, attempt)| attempt)
    }
}

/// What a machine does is one event, and the row says whether it is an alert; a file that is not
/// served is none, nor is what people do.
fn check_events(what: Do, row: &Row, happened: &[BootEvent]) {
    let expected = match what {
        Do::Media(_) => usize::from(row.reply == Reply::Ok),
        Do::Boot | Do::Claim(_) | Do::Answer(_) | Do::Started(_) | Do::Done(_) | Do::Failed(_) => 1,
        _ => 0,
    };
    let alerts: Vec<_> = happened.iter().map(|event| event.alert).collect();
    let promise =
        format!("what a machine does is one event, and the row says whether an alert: {what:?}");
    same(&alerts, &vec![row.alert; expected], &promise);
    if let (Do::Answer(_), [event]) = (what, happened) {
        let refused = matches!(event.kind, BootEventKind::AnswerRefused { .. });
        let promise = "an answer file that is not served is an event of its own";
        same(&refused, &(row.reply == Reply::NotFound), promise);
    }
}

/// What an approval is for.
fn looked_at(what: Do, host: &HostRecord) -> Digest {
    let mark = host.lease.mark.as_ref().filter(|_| !matches!(what, Do::ApproveOther));
    mark.map_or_else(|| Digest::of("something else"), |mark| mark.pin.digest())
}
