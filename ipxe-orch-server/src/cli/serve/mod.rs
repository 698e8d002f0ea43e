//! `serve`

mod listen;
mod manager;

use super::{
    context::Session,
    error::{CliError, CliResult, failed, with_causes},
    output::note,
    user,
};
use crate::{
    config::{Config, Layer, Listen, option_help},
    events::EventQueue,
    forward::Forwarder,
    heads::HeadWriter,
    metrics::Metrics,
    prune::Pruner,
    runtime::{AtHand, Runtime, at_hand},
    serve::{Limits, raise_open_files},
    service::profiles::Applied,
    sweep::Sweeper,
};
use clap::Args;
use ipxe_orch_core::{access_control::AccessControl, auth::Origin, orchestrator::Caller};
use listen::{Bound, Served};
use manager::{Watchdog, notify};
use sd_notify::NotifyState;
use std::{sync::Arc, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

const EXAMPLES: &str = "\
Examples:
  ipxe-orch serve --listen 10.0.0.1:8080 --listen https://10.0.0.1:8443
  # On all addresses of this machine, for machines alone
  ipxe-orch serve --listen '[::]:8080'

Without --listen only this machine reaches the server: scripts and answer files go out \
unencrypted, so that the network they are meant for is yours to choose.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ServeArgs {
    #[arg(long, value_name = "ADDRESS:PORT", help = option_help("listen"))]
    listen: Vec<Listen>,
}

impl ServeArgs {
    pub(super) fn set(&self, flags: &mut Layer) {
        flags.listen = Some(self.listen.clone()).filter(|listen| !listen.is_empty());
    }
}

pub(super) async fn run(session: Session) -> CliResult {
    let Session { config, out, authorizer } = session;
    let files = raise_open_files();
    // First of all: a port in use leaves everything as it is.
    let bound = Bound::new(&config).await?;
    let (mut events, metrics) = (None, Arc::new(Metrics::default()));
    let runtime = Runtime::open_or_create(config, authorizer, |store| {
        let (queue, task) = EventQueue::start(store);
        events = Some((queue.clone(), task));
        metrics.counting(queue)
    })
    .await?;
    let Some((events, writer)) = events else { return failed("events have no place to go") };
    runtime.notices().iter().for_each(note);
    let mut caller = user::caller();
    caller.origin = Origin("serve".to_owned());
    apply_profiles(&runtime, &caller).await?;
    let shutdown = stop_signal()?;
    let limits = limits(runtime.config());
    let Limits { connections, per_address, .. } = limits;
    tracing::info!(connections, per_address, files, "the largest numbers of connections and files");
    let heads = HeadWriter::start(runtime.orchestrator().clone(), runtime.folder());
    let sweeper = Sweeper::start(runtime.orchestrator().clone());
    let pruner = runtime.config().audit_keep_days.value.get().map(|days| {
        let keep = Duration::from_hours(u64::from(days).saturating_mul(24));
        Pruner::start(runtime.orchestrator().clone(), caller.actor().clone(), keep)
    });
    let forwarder = forward(&runtime)?;
    let access = if bound.has_people() {
        Some(people(&runtime, &caller.origin, &metrics).await?)
    } else {
        None
    };
    let stop = CancellationToken::new();
    tokio::spawn({
        let stop = stop.clone();
        async move {
            shutdown.await;
            notify(&[NotifyState::Stopping]);
            stop.cancel();
        }
    });
    let forgetting = access.clone().map(Forgetting::start);
    let watchdog = Watchdog::start();
    let (runtime, access) = (&runtime, access.as_ref());
    bound.serve(Served { runtime, access, metrics, events, limits, out, stop }).await?;
    drop((forgetting, forwarder, pruner));
    drop(sweeper);
    writer.stop().await;
    heads.stop().await;
    drop(watchdog);
    Ok(())
}

/// Forwards the audit, as the settings say. A server without sinks looks, too: there may have been
/// some before.
fn forward(runtime: &Runtime) -> CliResult<Forwarder> {
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy().into_owned();
    let sinks = &runtime.config().audit_forward;
    let started = Forwarder::start(runtime.orchestrator().clone(), sinks, &host);
    started.map_err(|error| CliError::Failed(error.to_string()))
}

/// Stores the profiles at hand. One that cannot be read or is faulty leaves its stored version as
/// it is: machines are answered all the same.
async fn apply_profiles(runtime: &Runtime, caller: &Caller) -> CliResult {
    let AtHand { versions, problems } = at_hand(runtime.config());
    for problem in &problems {
        let why = with_causes(problem);
        tracing::error!(alert = true, "a profile is left out, its stored version stays: {why}");
    }
    for Applied { name, stored, version } in
        runtime.profile_service().apply(caller, versions).await?
    {
        match stored {
            Ok(true) => {
                let digest = version.digest();
                note(format_args!("stored profile {name}, version {}", digest.short()));
            }
            Ok(false) => {}
            Err(error) => {
                let why = with_causes(&error);
                tracing::error!(alert = true, "profile {name} keeps its stored version: {why}");
            }
        }
    }
    Ok(())
}

fn limits(config: &Config) -> Limits {
    let (most, per_address) = (config.connections_most.value, config.connections_per_address.value);
    let mut limits = Limits::new(most, per_address);
    limits.proxies.clone_from(&config.trusted_proxies.value);
    limits
}

/// Lets people sign in. At the first start nobody could: one administrator is made.
async fn people(
    runtime: &Runtime,
    origin: &Origin,
    metrics: &Arc<Metrics>,
) -> CliResult<Arc<AccessControl>> {
    let access = runtime.access_control_with(|service| metrics.counting_logins(service)).await?;
    if let Some(first) = access.first_administrator(origin).await? {
        note(format_args!(
            "made the account {} with the one-time password {}: it must be changed at the first \
             login, and is not shown again",
            first.name, *first.password
        ));
    }
    Ok(access)
}

/// Removes sessions and tokens that have ended, each hour.
struct Forgetting(JoinHandle<()>);

impl Forgetting {
    fn start(access: Arc<AccessControl>) -> Self {
        Self(tokio::spawn(async move {
            loop {
                if let Err(error) = access.forget_ended().await {
                    let why = with_causes(&error);
                    tracing::warn!("sessions that have ended are not removed: {why}");
                }
                tokio::time::sleep(Duration::from_hours(1)).await;
            }
        }))
    }
}

impl Drop for Forgetting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Ready once the program is told to stop: by Ctrl-C, or by a service manager.
fn stop_signal() -> CliResult<impl Future<Output = ()> + Send + 'static> {
    let wrong = |error| CliError::Failed(format!("signals cannot be handled: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(wrong)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(wrong)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
    })
}
