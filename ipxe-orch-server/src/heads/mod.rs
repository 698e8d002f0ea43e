//! The head of the audit chain is copied out of the database. Thereby a shortened or forged chain
//! is noticed, and a database that was restored from a backup installs nothing.

mod guard;

pub(crate) use guard::compare;

use ipxe_orch_backends::local::{DataDir, FileError, HeadsFile, HighWaterMark, KeptHead};
use ipxe_orch_core::{
    audit::{ChainHead, SealedHead},
    keys::Purpose,
    orchestrator::{CheckError, Orchestrator},
    stores::StoreError,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::oneshot,
    task::{JoinError, JoinHandle},
    time::{MissedTickBehavior, interval, timeout},
};

/// How often the head is written if it has changed.
const PERIOD: Duration = Duration::from_mins(1);
/// How often the database is checked for the head that was seen in it.
const LOOK: Duration = Duration::from_secs(5);
/// After this many failed checks the error is logged again, which is every minute.
const ALARM: u32 = 12;
/// How long [`HeadWriter::stop`] waits.
const LAST_WRITE: Duration = Duration::from_secs(6);

/// The current head of this server's chain, sealed with the active `audit_head` key.
///
/// # Errors
/// [`StoreError`] if the audit or the key cannot be read.
pub async fn sealed_head(orchestrator: &Orchestrator) -> Result<SealedHead, StoreError> {
    let key = orchestrator.keys().active(Purpose::AuditHead).await?;
    Ok(SealedHead::new(&key, orchestrator.audit_head().await?, orchestrator.now()))
}

/// The background task that copies and checks the head of the audit chain.
///
/// It writes the head to the heads file and to the log: at once, then every minute if it has
/// changed, and when it is stopped. Every 5 seconds it checks the store and looks in the database
/// for the head that it saw there last. If that is missing, installs are suspended, no head is
/// written, and an error is logged every minute, until the head is back or an operator accepts the
/// database. A clock that is behind is logged every minute as well.
#[derive(Debug)]
pub struct HeadWriter {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl HeadWriter {
    /// Starts the task. It writes to `audit-heads.jsonl` and `audit-head` in `folder`.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(orchestrator: Arc<Orchestrator>, folder: &DataDir) -> Self {
        let file = HeadsFile::new(folder.audit_heads());
        let (stop, stopped) = oneshot::channel();
        let mark = HighWaterMark::new(folder.audit_head());
        let (written, seen, suspended, behind) = (None, None, 0, 0);
        let keeper = Keeper { orchestrator, file, mark, written, seen, suspended, behind };
        let task = tokio::spawn(keeper.run(stopped));
        Self { stop, task }
    }

    /// Writes the last head and ends. Gives up after 6 seconds.
    pub async fn stop(mut self) {
        self.stop.send(()).ok();
        if timeout(LAST_WRITE, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("the last audit head was not written: the store does not answer");
        }
    }
}

struct Keeper {
    orchestrator: Arc<Orchestrator>,
    file: HeadsFile,
    mark: HighWaterMark,
    /// The last head in the heads file.
    written: Option<ChainHead>,
    /// The last head seen in the database, which is also stored as the high-water mark.
    seen: Option<KeptHead>,
    /// The number of checks in a row that did not find the head.
    suspended: u32,
    /// The number of checks in a row that found the clock behind.
    behind: u32,
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
        let (mut look, mut minute) = (interval(LOOK), interval(PERIOD));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // A request to stop comes first, so that the last write below is not delayed.
                biased;
                _ = &mut stopped => break,
                _ = look.tick() => warn(self.look().await),
                _ = minute.tick() => warn(self.write().await),
            }
        }
        warn(self.look().await);
        warn(self.write().await);
    }

    async fn look(&mut self) -> Result<(), HeadError> {
        if self.is_trusted().await? {
            self.seen = compare(&self.orchestrator, &self.mark, self.seen).await?;
        }
        if let Some(why) = self.orchestrator.suspended() {
            if self.suspended.is_multiple_of(ALARM) {
                tracing::error!(alert = true, "{why}");
            }
            self.suspended = self.suspended.wrapping_add(1);
            return Ok(());
        }
        if std::mem::take(&mut self.suspended) > 0 {
            tracing::info!("the database contains the last seen head again: installs are resumed");
        }
        let head = self.orchestrator.audit_head().await?;
        let kept = KeptHead { head, epoch: Some(self.orchestrator.database_epoch().await?) };
        if head.sequence == 0 || self.seen == Some(kept) {
            return Ok(());
        }
        let mark = self.mark.clone();
        tokio::task::spawn_blocking(move || mark.write(&kept)).await??;
        self.seen = Some(kept);
        Ok(())
    }

    /// Whether the store itself finds that it is the one that it was.
    async fn is_trusted(&mut self) -> Result<bool, StoreError> {
        match self.orchestrator.check_store().await {
            Ok(trusted) => {
                self.behind = 0;
                Ok(trusted)
            }
            Err(CheckError::Store(error)) => Err(error),
            Err(error) => {
                if self.behind.is_multiple_of(ALARM) {
                    tracing::error!(alert = true, "{error}");
                }
                self.behind = self.behind.wrapping_add(1);
                Ok(true)
            }
        }
    }

    async fn write(&mut self) -> Result<(), HeadError> {
        if self.orchestrator.suspended().is_some() {
            return Ok(());
        }
        let sealed = sealed_head(&self.orchestrator).await?;
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

fn warn(done: Result<(), HeadError>) {
    if let Err(error) = done {
        let error: &dyn std::error::Error = &error;
        tracing::warn!(error, "the audit head was not written; this is tried again");
    }
}

#[cfg(test)]
mod tests;
