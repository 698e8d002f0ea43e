//! What systemd is told, if it has started the server (`Type=notify`).

use sd_notify::NotifyState;
use tokio::{task::JoinHandle, time::interval};

/// Tells the service manager, if there is one.
pub(super) fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be told the state of the server");
    }
}

/// Tells it that the server lives, twice in each period of `WatchdogSec=`, as long as tasks get on.
/// A database that does not answer is no reason to start anew.
pub(super) struct Watchdog(Option<JoinHandle<()>>);

impl Watchdog {
    pub(super) fn start() -> Self {
        let Some(period) = sd_notify::watchdog_enabled().filter(|period| !period.is_zero()) else {
            return Self(None);
        };
        Self(Some(tokio::spawn(async move {
            let mut tick = interval(period / 2);
            loop {
                tick.tick().await;
                notify(&[NotifyState::Watchdog]);
            }
        })))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
