//! `serve`

use super::{
    context::Session,
    error::{CliError, CliResult, with_causes},
    output::note,
    user,
};
use crate::{
    config::{Config, Layer, option_help},
    events::EventQueue,
    heads::HeadWriter,
    http::Server,
    runtime::{AtHand, Runtime, at_hand},
    serve::{Limits, bind, raise_open_files, serve_with},
    service::profiles::Applied,
    sweep::Sweeper,
};
use clap::Args;
use ipxe_orch_core::{auth::Origin, orchestrator::Caller};
use std::net::SocketAddr;
use tokio::signal::unix::{SignalKind, signal};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch serve --listen 10.0.0.1:8080
  # On all addresses of this machine
  ipxe-orch serve --listen '[::]:8080'

Without --listen only this machine reaches the server: scripts and answer files go out \
unencrypted, so that the network they are meant for is yours to choose.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ServeArgs {
    #[arg(long, value_name = "ADDRESS:PORT", help = option_help("listen"))]
    listen: Option<SocketAddr>,
}

impl ServeArgs {
    pub(super) fn set(&self, flags: &mut Layer) {
        flags.listen = self.listen;
    }
}

pub(super) async fn run(session: Session) -> CliResult {
    let Session { config, out, authorizer } = session;
    let files = raise_open_files();
    // First of all: a port in use leaves everything as it is.
    let listener = bind(config.listen.value).await?;
    let address = listener.local_addr();
    let address =
        address.map_err(|error| CliError::Failed(format!("no address to listen on: {error}")))?;
    let mut writer = None;
    let runtime = Runtime::open_or_create(config, authorizer, |store| {
        let (queue, task) = EventQueue::start(store);
        writer = Some(task);
        queue
    })
    .await?;
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
    out.line(format_args!("listening on http://{address}{}/", base(runtime.config())))?;
    serve_with(listener, router(&runtime), limits, shutdown).await;
    drop(sweeper);
    if let Some(writer) = writer {
        writer.stop().await;
    }
    heads.stop().await;
    Ok(())
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

fn base(config: &Config) -> &str {
    config.base_path.value.as_str()
}

fn limits(config: &Config) -> Limits {
    let (most, per_address) = (config.connections_most.value, config.connections_per_address.value);
    let mut limits = Limits::new(most, per_address);
    limits.proxies.clone_from(&config.trusted_proxies.value);
    limits
}

fn router(runtime: &Runtime) -> axum::Router {
    let config = runtime.config();
    Server::builder(runtime.orchestrator().clone())
        .base_path(config.base_path.value.clone())
        .server_urls(config.server_urls.value.clone())
        .trusted_proxies(config.trusted_proxies.value.clone())
        .build()
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
