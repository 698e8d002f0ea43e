//! Steps as machines and people take them, and what they are told.

use super::{Do, Walker, looked_at, must, origin, same};
use crate::{
    auth::MarkHosts,
    boot::LOCAL_SCRIPT,
    ids::Generation,
    lease::{Event, Inputs, Limits, Reply, decide},
    orchestrator::{MarkOrder, Operation, OrchestratorError, Report, TicketAnswer},
    stores::{HostKey, HostRecord},
    time::Clock,
};
use std::time::Duration;

impl Walker<'_> {
    /// Does it; what was answered, as the table names it. A refusal is a conflict.
    pub(super) async fn perform(&self, what: Do, event: &Event, before: &HostRecord) -> Reply {
        match what {
            Do::Mark | Do::MarkLater(_) | Do::MarkUnseen | Do::MarkAgain => {
                self.mark(what, before).await
            }
            Do::Boot => self.boot().await,
            Do::Cancel => self.operate(&Operation::Cancel).await,
            Do::Abandon => self.operate(&Operation::Abandon).await,
            Do::Withdraw => self.operate(&Operation::Withdraw).await,
            Do::Hold => self.operate(&Operation::Hold).await,
            Do::Release => self.operate(&Operation::Release).await,
            Do::Protect => self.operate(&Operation::Protect).await,
            Do::Unprotect => self.operate(&Operation::Unprotect).await,
            Do::Approve | Do::ApproveOwn | Do::ApproveOther => self.approve(what, before).await,
            Do::Reject => self.reject().await,
            Do::Void | Do::Elapse => self.stored(event, before).await,
            Do::Claim(n) => self.claim(n).await,
            Do::Answer(n) => self.answer(n).await,
            Do::Media(n) => self.media(n).await,
            Do::Started(n) => self.report(n, "progress", "disk").await,
            Do::Done(n) => self.report(n, "done", "").await,
            Do::Failed(n) => self.report(n, "failed", "disk").await,
        }
    }

    async fn mark(&self, what: Do, before: &HostRecord) -> Reply {
        let order = MarkOrder {
            id: self.marks.last().copied(),
            seen: Some(match what {
                Do::MarkUnseen => Generation(0),
                _ => before.lease.generation,
            }),
            not_before: match what {
                Do::MarkLater(minutes) => {
                    Some(self.bench.clock.now().plus(Duration::from_secs(60 * minutes)))
                }
                _ => None,
            },
            ..MarkOrder::default()
        };
        let bench = self.bench;
        refused(bench.orchestrator.mark(&bench.operator, &HostKey::Id(self.host), order).await)
            .map_or(Reply::Conflict, |m| if m.created { Reply::Ok } else { Reply::Stands })
    }

    async fn operate(&self, operation: &Operation) -> Reply {
        let (orchestrator, key) = (&self.bench.orchestrator, HostKey::Id(self.host));
        match orchestrator.operate(&self.bench.operator, &key, operation, None).await {
            Err(OrchestratorError::NothingToDo(_)) => Reply::Nothing,
            result => refused(result).map_or(Reply::Conflict, |_| Reply::Ok),
        }
    }

    async fn approve(&self, what: Do, before: &HostRecord) -> Reply {
        let (approver, digest) = (self.approver(what), looked_at(what, before));
        let (orchestrator, key) = (&self.bench.orchestrator, HostKey::Id(self.host));
        let waits = before.lease.waits();
        let done = orchestrator.approve(&approver, &key, self.last_mark(), digest, None).await;
        let reply = if waits { Reply::Ok } else { Reply::Stands };
        refused(done).map_or(Reply::Conflict, |_| reply)
    }

    async fn reject(&self) -> Reply {
        let (orchestrator, key) = (&self.bench.orchestrator, HostKey::Id(self.host));
        let approver = self.approver(Do::Reject);
        match orchestrator.reject(&approver, &key, self.last_mark(), None).await {
            Err(OrchestratorError::NothingToDo(_)) => Reply::Nothing,
            result => refused(result).map_or(Reply::Conflict, |_| Reply::Ok),
        }
    }

    async fn boot(&self) -> Reply {
        let script = self.bench.boot(self.host, self.number).await;
        if script == LOCAL_SCRIPT {
            return Reply::Local;
        }
        let attempt = must(self.record().await.lease.attempt.ok_or("no attempt"));
        let stored = attempt.script_with(&self.bench.ticket_text(attempt.id).await);
        same(&script, &stored, "a machine gets the stored script with its ticket, to the byte");
        Reply::Script
    }

    /// What a sweeper would do, or who accepts a restored database.
    async fn stored(&self, event: &Event, before: &HostRecord) -> Reply {
        let (now, limits) = (self.bench.clock.now(), Limits::default());
        let verdict = must(decide(&before.lease, event, None, now, &limits).ok_or("no row"));
        let Some(change) = verdict.change(self.host, Inputs::default()) else {
            return Reply::Nothing;
        };
        let grant = self.bench.grant::<MarkHosts>().await;
        let epoch = must(self.bench.store.epoch().await);
        let entry = self.bench.entry("mark.close");
        must(self.bench.store.apply(&grant.write(), epoch, &change, Some(&entry)).await);
        Reply::Ok
    }

    async fn claim(&self, attempt: usize) -> Reply {
        let ticket = self.bench.ticket(self.id(attempt)).await;
        found(&must(self.bench.orchestrator.claim(&ticket, origin()).await))
    }

    async fn answer(&self, attempt: usize) -> Reply {
        let id = self.id(attempt);
        let ticket = self.bench.ticket(id).await;
        let answer =
            self.bench.orchestrator.answer_file(&ticket, "answer", "http://s/", origin()).await;
        match must(answer) {
            TicketAnswer::Found(text) if text == "stop=1\n" => Reply::Abort,
            TicketAnswer::Found(text) => {
                let own = format!("attempt={id}\nbase=http://s/\n");
                same(&text, &own, "the answer file is that of the attempt");
                Reply::Ok
            }
            TicketAnswer::NotFound => Reply::NotFound,
        }
    }

    async fn media(&self, attempt: usize) -> Reply {
        let ticket = self.bench.ticket(self.id(attempt)).await;
        found(&must(self.bench.orchestrator.media(&ticket, "kernel", true, origin()).await))
    }

    async fn report(&self, attempt: usize, status: &str, message: &str) -> Reply {
        let ticket = self.bench.ticket(self.id(attempt)).await;
        let report = must(Report::new(status, message));
        found(&must(self.bench.orchestrator.report(&ticket, &report, origin()).await))
    }
}

const fn found<T>(answer: &TicketAnswer<T>) -> Reply {
    match answer {
        TicketAnswer::Found(_) => Reply::Ok,
        TicketAnswer::NotFound => Reply::NotFound,
    }
}

/// The value, or `None` where it was refused.
fn refused<T: std::fmt::Debug>(result: Result<T, OrchestratorError>) -> Option<T> {
    match result {
        Err(OrchestratorError::Refused(_)) => None,
        other => Some(must(other)),
    }
}
