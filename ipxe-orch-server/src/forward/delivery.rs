//! One chain and one sink.

use crate::service::with_causes;
use ipxe_orch_backends::syslog::Sink;
use ipxe_orch_core::{
    audit::{AuditLine, ChainHead, SinkState, SyslogHeader},
    ids::ChainId,
    orchestrator::Orchestrator,
    stores::StoreError,
    time::Timestamp,
};
use std::time::Duration;

/// How often a server says that it still forwards.
const RENEW: Duration = Duration::from_mins(1);
/// The wait after the first failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// A sink that takes nothing for so long is an alert, and again each time so long.
const ALARM: Duration = Duration::from_mins(5);

/// What is remembered while the server runs.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    wait: Duration,
    again_at: Option<Timestamp>,
    told_at: Option<Timestamp>,
}

impl Delivery {
    /// Sends what is new, at most one page.
    pub(super) async fn step(
        &mut self,
        orchestrator: &Orchestrator,
        sink: &Sink,
        header: &SyslogHeader,
        own: ChainId,
        state: SinkState,
    ) {
        match self.try_step(orchestrator, sink, header, own, state).await {
            // Another server forwards it now.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => {
                let (name, error): (_, &dyn std::error::Error) = (&sink.options().name, &error);
                tracing::warn!(error, "the audit was not forwarded to {name}");
            }
        }
    }

    async fn try_step(
        &mut self,
        orchestrator: &Orchestrator,
        sink: &Sink,
        header: &SyslogHeader,
        own: ChainId,
        state: SinkState,
    ) -> Result<(), StoreError> {
        let now = orchestrator.now();
        let renew = state.holder != own || state.renewed_at.plus(RENEW) <= now;
        if self.again_at.is_some_and(|again| again > now) {
            return if renew {
                orchestrator.put_forwarded(&state.renewed(own, now)).await
            } else {
                Ok(())
            };
        }
        // Before anything is sent, it is clear who sends.
        let state = if state.holder == own {
            state
        } else {
            let taken = state.renewed(own, now);
            orchestrator.put_forwarded(&taken).await?;
            taken
        };
        if state.leaving.is_some_and(|last| last <= state.position.sequence) {
            return orchestrator.remove_forwarded(&state).await;
        }
        let lines = orchestrator.forward_audit(state.position).next().await?.unwrap_or_default();
        let Some(end) = lines.iter().rev().find_map(end) else {
            return if renew {
                orchestrator.put_forwarded(&state.renewed(own, now)).await
            } else {
                Ok(())
            };
        };
        let messages: Vec<_> = lines.iter().map(|line| header.message(line, now)).collect();
        let sent = sink.send(&messages).await;
        let next = state.renewed(own, orchestrator.now());
        let next = match sent {
            Ok(()) => self.sent(next, end),
            Err(error) => self.failed(next, sink, &with_causes(&error)),
        };
        orchestrator.put_forwarded(&next).await
    }

    fn sent(&mut self, state: SinkState, end: ChainHead) -> SinkState {
        if self.told_at.is_some() {
            tracing::info!("{} takes the audit again", state.name);
        }
        *self = Self::default();
        let sent_at = Some(state.renewed_at);
        SinkState { position: end, sent_at, failing_since: None, error: None, ..state }
    }

    fn failed(&mut self, state: SinkState, sink: &Sink, error: &str) -> SinkState {
        let now = state.renewed_at;
        self.wait = (self.wait * 2).clamp(FIRST_WAIT, LONGEST_WAIT);
        self.again_at = Some(now.plus(self.wait));
        let since = state.failing_since.unwrap_or(now);
        // One that is to be turned off must not be silent about it.
        let late = since.plus(ALARM) <= now || state.leaving.is_some();
        if late && self.told_at.is_none_or(|told| told.plus(ALARM) <= now) {
            self.told_at = Some(now);
            let name = &sink.options().name;
            let leaving = if state.leaving.is_some() { ", which is to be removed," } else { "" };
            tracing::error!(
                alert = true,
                "the sink {name}{leaving} does not take the audit: {error}"
            );
        }
        SinkState { failing_since: Some(since), error: Some(error.to_owned()), ..state }
    }
}

fn end(line: &AuditLine) -> Option<ChainHead> {
    match line {
        AuditLine::Entry { entry, .. } => Some(ChainHead::after(entry)),
        AuditLine::Checkpoint(_) => None,
    }
}
