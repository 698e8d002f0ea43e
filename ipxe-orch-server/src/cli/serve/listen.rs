//! The addresses on which the server listens.

use super::{
    super::{
        error::{CliResult, failed},
        output::{Output, note},
    },
    manager::notify,
};
use crate::{
    api::Api,
    config::{Config, Faces, Listen, TlsFiles},
    events::EventQueue,
    http::Server,
    metrics::{Metrics, Monitor, page},
    runtime::Runtime,
    serve::{Certificates, Limits, Listener, bind, self_signed, serve_with},
};
use axum::Router;
use ipxe_orch_core::access_control::AccessControl;
use sd_notify::NotifyState;
use std::{net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// The addresses, which nobody else can take any more.
pub(super) struct Bound(Vec<(Listen, TcpListener)>);

/// An address, with its certificate.
struct Opened {
    listen: Listen,
    tcp: TcpListener,
    address: SocketAddr,
    certificates: Option<Arc<Certificates>>,
}

/// What is served there.
pub(super) struct Served<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) access: Option<&'a Arc<AccessControl>>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) events: Arc<EventQueue>,
    pub(super) limits: Limits,
    pub(super) out: Output,
    pub(super) stop: CancellationToken,
}

impl Bound {
    /// Takes the addresses of the settings, all or none.
    pub(super) async fn new(config: &Config) -> CliResult<Self> {
        let mut all = Vec::new();
        for listen in &config.listen.value {
            check(listen, config)?;
            all.push((listen.clone(), bind(listen.address).await?));
        }
        if all.is_empty() {
            return failed("there is no address to listen on: set `listen`");
        }
        Ok(Self(all))
    }

    /// Whether people are answered at one of them.
    pub(super) fn has_people(&self) -> bool {
        self.0.iter().any(|(listen, _)| listen.faces.people)
    }

    /// Serves until `stop` is cancelled. Says first where.
    pub(super) async fn serve(self, parts: Served<'_>) -> CliResult {
        let mut monitor = parts.runtime.monitor(parts.metrics.clone());
        let events = parts.events.clone();
        monitor = monitor.events(move || events.figures());
        let mut all = Vec::new();
        for (listen, tcp) in self.0 {
            let opened = open(parts.runtime, listen, tcp, parts.out)?;
            if let Some(certificates) = opened.certificates.clone() {
                let address = opened.address.to_string();
                monitor = monitor.certificate(address, move || certificates.not_after());
            }
            all.push(opened);
        }
        let monitor = Arc::new(monitor);
        let mut serving = JoinSet::new();
        for Opened { listen, tcp, certificates, .. } in all {
            let router = parts.router(listen.faces, &monitor);
            let watch = certificates.as_ref().map(Certificates::watch);
            let listener = match certificates {
                Some(certificates) => Listener::https(tcp, certificates),
                None => Listener::from(tcp),
            };
            let (limits, stop) = (parts.limits.clone(), parts.stop.clone());
            serving.spawn(async move {
                serve_with(listener, router, limits, stop.cancelled_owned()).await;
                drop(watch);
            });
        }
        notify(&[NotifyState::Ready]);
        while serving.join_next().await.is_some() {}
        Ok(())
    }
}

/// People's passwords do not go over a network unencrypted.
fn check(listen: &Listen, config: &Config) -> CliResult {
    let Listen { address, faces, tls, .. } = listen;
    let behind_proxy = !config.trusted_proxies.value.is_empty();
    if faces.people && tls.is_none() && !address.ip().is_loopback() && !behind_proxy {
        return failed(format!(
            "people would send passwords unencrypted to {address}: write https://{address}, or name \
             the proxy that encrypts in `trusted_proxies`"
        ));
    }
    Ok(())
}

fn open(runtime: &Runtime, listen: Listen, tcp: TcpListener, out: Output) -> CliResult<Opened> {
    let Ok(address) = tcp.local_addr() else { return failed("an address cannot be told") };
    let certificates = match &listen.tls {
        Some(files) => Some(Arc::new(certificates(runtime, files)?)),
        None => None,
    };
    tell(runtime.config(), listen.faces, address, certificates.as_deref(), out)?;
    Ok(Opened { listen, tcp, address, certificates })
}

fn certificates(runtime: &Runtime, files: &TlsFiles) -> CliResult<Certificates> {
    match files {
        TlsFiles::Files { certificate, key } => {
            Ok(Certificates::read(certificate.clone(), key.clone())?)
        }
        TlsFiles::SelfSigned => {
            let folder = runtime.folder().path().join("tls");
            let names = own_names(runtime.config());
            Ok(self_signed(&folder, names, runtime.orchestrator().now())?)
        }
    }
}

/// Under which this machine may be called.
fn own_names(config: &Config) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(std::fs::read_to_string("/etc/hostname").ok().map(|name| name.trim().to_owned()));
    let addresses = config.listen.value.iter().map(|listen| listen.address.ip());
    names.extend(addresses.filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_string()));
    names.retain(|name| !name.is_empty());
    names.sort();
    names.dedup();
    names
}

fn tell(
    config: &Config,
    faces: Faces,
    address: SocketAddr,
    certificates: Option<&Certificates>,
    out: Output,
) -> CliResult {
    let base = config.base_path.value.as_str();
    let scheme = if certificates.is_some() { "https" } else { "http" };
    if faces.machines {
        out.line(format_args!("listening on {scheme}://{address}{base}/"))?;
    }
    if faces.people {
        out.line(format_args!("people: {scheme}://{address}{base}/api/v1/"))?;
    }
    if faces.metrics {
        out.line(format_args!("metrics: {scheme}://{address}{base}/metrics"))?;
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "whoever reaches this address may read the metrics");
        }
    }
    if let Some(certificates) = certificates {
        note(format_args!("the SHA-256 of its certificate is {}", certificates.fingerprint()));
    }
    Ok(())
}

impl Served<'_> {
    /// What answers at an address.
    fn router(&self, faces: Faces, monitor: &Arc<Monitor>) -> Router {
        let (config, orchestrator) = (self.runtime.config(), self.runtime.orchestrator());
        let mut router = Router::new();
        if faces.machines {
            let server = Server::builder(orchestrator.clone())
                .base_path(config.base_path.value.clone())
                .server_urls(config.server_urls.value.clone())
                .trusted_proxies(config.trusted_proxies.value.clone())
                .metrics(self.metrics.clone());
            router = router.merge(server.build());
        }
        if let Some(access) = self.access.filter(|_| faces.people) {
            let api = Api::builder(orchestrator.clone(), access.clone())
                .base_path(config.base_path.value.clone())
                .trusted_proxies(config.trusted_proxies.value.clone())
                .metrics(self.metrics.clone())
                .monitor(monitor.clone());
            router = router.merge(api.build());
        }
        if faces.metrics {
            router = router.merge(page(&config.base_path.value, monitor.clone()));
        }
        router
    }
}
