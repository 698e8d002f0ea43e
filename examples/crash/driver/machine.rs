//! One machine and what it is promised.

use super::{
    Result, Run,
    ask::{Asker, Replies},
    counts::add,
    fail,
    journal::Past,
    operator,
    plan::{Asking, Course, Late, Plan},
    site::host_name,
};
use ipxe_orch_core::{
    boot::LOCAL_SCRIPT,
    ids::MarkId,
    lease::{Attempt, Outcome, Phase},
    orchestrator::Operation,
    stores::HostKey,
};
use std::sync::Arc;

/// A machine, which knows no more than a machine does, and its operator.
pub(crate) struct Machine {
    run: Arc<Run>,
    number: u32,
    name: String,
    key: HostKey,
    boot_request: String,
    asker: Asker,
    previous: Option<Past>,
}

impl Machine {
    pub(crate) async fn new(run: &Arc<Run>, number: u32) -> Result<Self> {
        let (host, boot_request) = run.database.enrol(number).await?;
        let (run, key) = (run.clone(), HostKey::Id(host.id));
        let (asker, name) = (Asker::new(&run), host_name(number));
        Ok(Self { run, number, name, key, boot_request, asker, previous: None })
    }

    /// Boots until all boots were begun.
    pub(crate) async fn run(mut self) -> Result<()> {
        let run = self.run.clone();
        let mut which = 0;
        while add(&run.counts.begun) < run.options.boots {
            let plan = Plan::new(run.options.seed, self.number, which, run.options.servers);
            // Boxed: it is large, and each machine has one.
            if let Err(error) = Box::pin(self.boot(&plan)).await {
                return fail(format!("{}, its boot {which}: {error}\n  {plan:?}", self.name));
            }
            add(&run.counts.boots);
            which = which.saturating_add(1);
        }
        self.previous.iter().try_for_each(|past| run.journal.write(past))
    }

    /// From an order to its end, and what it must leave behind.
    async fn boot(&mut self, plan: &Plan) -> Result<()> {
        let run = self.run.clone();
        let mark = MarkId::from_bytes(plan.mark);
        let [when_marked, when_offered] = plan.late;
        Box::pin(operator::order(&run, &self.name, &self.key, mark, plan.ordered_by)).await?;
        self.haunt(when_marked).await?;
        let (ticket, script) = self.offer(plan).await?;
        self.haunt(when_offered).await?;
        let (claimed, outcome) = self.follow(plan, &ticket).await?;
        if plan.boots_again {
            let request = self.boot_request.clone();
            let replies = self.asker.ask(&request, Asking::default(), plan.first).await?;
            if replies.expect(200, "a boot after the order was used up")? != LOCAL_SCRIPT {
                return fail("an order that was used up is offered again");
            }
        }
        let attempt = self.stored(&ticket).await?;
        let past = Past { attempt: attempt.id, ticket, mark, claimed, outcome };
        past.compare(&attempt)?;
        if attempt.script_with(&past.ticket) != script {
            return fail(format!("attempt {}: the stored script is not the one sent", attempt.id));
        }
        if let Some(before) = self.previous.replace(past) {
            run.journal.write(&before)?;
        }
        Ok(())
    }

    /// The host's only attempt that counts; the host must be idle.
    async fn stored(&self, ticket: &str) -> Result<Attempt> {
        let attempt = self.run.database.attempt(ticket).await?;
        let lease = self.run.database.host(&self.key).await?.lease;
        if lease.phase() != Phase::Idle || lease.attempt.as_ref() != Some(&attempt) {
            return fail(format!("the host is not as it should be: {lease:?}, not {attempt:?}"));
        }
        Ok(attempt)
    }

    /// Boots: an order that stands is offered, in the same bytes each time.
    async fn offer(&mut self, plan: &Plan) -> Result<(String, String)> {
        let request = self.boot_request.clone();
        let replies = self.asker.ask(&request, plan.boot, plan.first).await?;
        let script = replies.expect(200, "a boot")?.to_owned();
        let Some(ticket) = ticket(&script) else {
            return fail(format!("an order that stands is not offered, but {script:?}"));
        };
        if let Some(other) = replies.bodies(200).find(|body| *body != script) {
            return fail(format!("one order, two scripts: {script:?} and {other:?}"));
        }
        Ok((ticket.to_owned(), script))
    }

    /// What becomes of the order: whether it is claimed, and how it ends.
    async fn follow(&mut self, plan: &Plan, ticket: &str) -> Result<(bool, Outcome)> {
        let run = self.run.clone();
        let claim = format!("/boot/v1/t/{ticket}/claim");
        match plan.course {
            Course::Install(reports) => {
                let replies = self.asker.ask(&claim, plan.claim, plan.first).await?;
                if !self.claimed(&replies, ticket).await? {
                    return fail("the first claim of an offered order was refused");
                }
                if replies.bodies(200).next().is_none() {
                    // The machine has booted its disk; the mark is spent.
                    return self.abandon().await;
                }
                if plan.claims_again {
                    self.refused(&claim, "a second claim").await?;
                }
                self.fetch_answer(plan, ticket).await?;
                let outcome = self.report(plan, ticket, reports).await?;
                match outcome {
                    Some(outcome) => Ok((true, outcome)),
                    None => self.abandon().await,
                }
            }
            Course::Unclaimed(reports) => {
                let outcome = self.report(plan, ticket, reports).await?;
                add(&run.counts.claimed_by_report);
                self.refused(&claim, "a claim after a report").await?;
                match outcome {
                    Some(outcome) => Ok((true, outcome)),
                    None => self.abandon().await,
                }
            }
            Course::Cancel(by) => {
                operator::cancel(&run, &self.name, &self.key, by).await?;
                let replies = self.asker.ask(&claim, plan.claim, plan.first).await?;
                replies.expect_all(404, "a claim after the cancellation")?;
                add(&run.counts.cancelled);
                Ok((false, Outcome::Cancelled))
            }
            Course::CancelRace => {
                let key = self.key.clone();
                let cancel = run.database.operate(&key, Operation::Cancel);
                let claims = self.asker.ask(&claim, plan.claim, plan.first);
                let (cancelled, replies) = tokio::try_join!(cancel, claims)?;
                if self.claimed(&replies, ticket).await? {
                    if cancelled.is_some() {
                        return fail("an order was cancelled, and claimed");
                    }
                    return self.abandon().await;
                }
                add(&run.counts.cancelled);
                Ok((false, Outcome::Cancelled))
            }
        }
    }

    /// Whether the order is claimed, in the database and by what was answered.
    async fn claimed(&self, replies: &Replies, ticket: &str) -> Result<bool> {
        let (run, granted) = (&self.run, replies.bodies(200).count());
        let stored = self.run.database.attempt(ticket).await?.claim.is_some();
        match (granted, stored) {
            (0, false) => add(&run.counts.refused),
            (0, true) if replies.unknown() => add(&run.counts.claimed_unseen),
            (0, true) => return fail("an order is claimed, but nobody was told so"),
            (1, true) => add(&run.counts.granted),
            (1, false) => return fail("a claim was granted, and is not stored"),
            _ => return fail(format!("{granted} claims of one order were granted")),
        };
        Ok(stored)
    }

    /// The answer file, the same from each server.
    async fn fetch_answer(&mut self, plan: &Plan, ticket: &str) -> Result<()> {
        let path = format!("/boot/v1/t/{ticket}/answer/tiny.conf");
        let asking = Asking { everywhere: plan.claim.everywhere, ..plan.reports };
        let replies = self.asker.ask(&path, asking, plan.first).await?;
        let text = replies.expect(200, "the answer file")?;
        let own = format!("attempt={}", self.run.database.attempt(ticket).await?.id);
        if !text.contains(&own) || replies.bodies(200).any(|body| body != text) {
            return fail(format!("answer files differ, or lack {own}: {replies:?}"));
        }
        Ok(())
    }

    /// Reports, each until it is acknowledged; the outcome, if they tell one.
    async fn report(
        &mut self,
        plan: &Plan,
        ticket: &str,
        reports: &[&str],
    ) -> Result<Option<Outcome>> {
        let mut outcome = None;
        for status in reports {
            let path = format!("/boot/v1/t/{ticket}/report?status={status}&message=of+{status}");
            let replies = self.asker.ask(&path, plan.reports, plan.first).await?;
            replies.expect(204, "a report")?;
            replies.expect_all(204, "a repeated report")?;
            add(&self.run.counts.reports);
            outcome = outcome.max(told(status));
        }
        Ok(outcome)
    }

    async fn abandon(&self) -> Result<(bool, Outcome)> {
        self.run.database.operate(&self.key, Operation::Abandon).await?;
        Ok((true, Outcome::Abandoned))
    }

    /// What a boot long past still sends: it changes nothing that came after it.
    async fn haunt(&mut self, late: Option<Late>) -> Result<()> {
        let Some(late) = late else { return Ok(()) };
        let Some(mut past) = self.previous.take() else { return Ok(()) };
        let ticket = format!("/boot/v1/t/{}", past.ticket);
        match late {
            Late::Claim => self.refused(&format!("{ticket}/claim"), "a late claim").await?,
            Late::Answer => {
                self.refused(&format!("{ticket}/answer/tiny.conf"), "a late answer file").await?;
            }
            Late::Report(status) => {
                let path = format!("{ticket}/report?status={status}");
                match told(status).filter(|_| past.claimed) {
                    Some(outcome) => {
                        let replies = self.asker.ask(&path, Asking::default(), 0).await?;
                        replies.expect(204, "a late report of a claimed attempt")?;
                        past.outcome = past.outcome.max(outcome);
                    }
                    None => self.refused(&path, "a late report").await?,
                }
            }
        }
        self.previous = Some(past);
        Ok(())
    }

    async fn refused(&mut self, path: &str, what: &str) -> Result<()> {
        let replies = self.asker.ask(path, Asking::default(), 1).await?;
        add(&self.run.counts.refused);
        replies.expect_all(404, what)
    }
}

fn ticket(script: &str) -> Option<&str> {
    let (before, _) = script.split_once("/claim")?;
    before.rsplit_once("t/").map(|(_, ticket)| ticket).filter(|ticket| ticket.len() == 48)
}

fn told(status: &str) -> Option<Outcome> {
    match status {
        "done" => Some(Outcome::Done),
        "failed" => Some(Outcome::Failed),
        _ => None,
    }
}
