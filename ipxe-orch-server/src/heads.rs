//! The audit's head leaves the database, so that a cut or a forged chain is noticed.

use ipxe_orch_backends::local::{DataDir, FileError, HeadsFile};
use ipxe_orch_core::{
    audit::{ChainHead, SealedHead},
    keys::Purpose,
    orchestrator::{Orchestrator, Parts},
    stores::StoreError,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::oneshot,
    task::{JoinError, JoinHandle},
    time::{MissedTickBehavior, interval, timeout},
};

/// How often a head that moved is written.
const PERIOD: Duration = Duration::from_mins(1);
/// How long [`HeadWriter::stop`] waits.
const LAST_WRITE: Duration = Duration::from_secs(6);

/// The head of this server's chain, as it is now, sealed with the active `audit_head` key.
///
/// # Errors
/// [`StoreError`] if the audit or the key cannot be read.
pub async fn sealed_head(parts: &Parts) -> Result<SealedHead, StoreError> {
    let key = parts.keys.active(Purpose::AuditHead).await?;
    Ok(SealedHead::new(&key, parts.store.head().await?, parts.clock.now()))
}

/// The task that writes the head to the heads file and the log: at once, then every minute if it
/// moved, and when it is stopped.
#[derive(Debug)]
pub struct HeadWriter {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl HeadWriter {
    /// Starts the task; it writes to `audit-heads.jsonl` in `folder`.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(desk: Arc<Orchestrator>, folder: &DataDir) -> Self {
        let file = HeadsFile::new(folder.audit_heads());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(Keeper { desk, file, written: None }.run(stopped));
        Self { stop, task }
    }

    /// Writes the last head, then ends; gives up after 6 seconds.
    pub async fn stop(mut self) {
        self.stop.send(()).ok();
        if timeout(LAST_WRITE, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("the last audit head was not written: the store does not answer");
        }
    }
}

struct Keeper {
    desk: Arc<Orchestrator>,
    file: HeadsFile,
    written: Option<ChainHead>,
}

/// Why a head was not written.
#[derive(Debug, thiserror::Error)]
enum HeadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Task(#[from] JoinError),
}

impl Keeper {
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut minute = interval(PERIOD);
        minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = minute.tick() => self.write_or_warn().await,
                _ = &mut stopped => break,
            }
        }
        self.write_or_warn().await;
    }

    async fn write_or_warn(&mut self) {
        if let Err(error) = self.write().await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "the audit head was not written; it is tried again");
        }
    }

    async fn write(&mut self) -> Result<(), HeadError> {
        let sealed = sealed_head(self.desk.parts()).await?;
        let head = sealed.head;
        if head.sequence == 0 || self.written == Some(head) {
            return Ok(());
        }
        tracing::info!(target: "audit_head", "audit head {}", sealed.to_line());
        let file = self.file.clone();
        tokio::task::spawn_blocking(move || file.append(&sealed)).await??;
        self.written = Some(head);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
