//! A server with a certificate of its own.

use axum::{Router, routing::get};
use ipxe_orch_core::time::Timestamp;
use ipxe_orch_server::serve::{Certificates, Listener, Watch, bind, self_signed, serve};
use reqwest::{Certificate, Client};
use std::{fs, path::PathBuf, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// 2026-01-01T00:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

pub(crate) struct Site {
    pub(crate) url: String,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) folder: TempDir,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    _watch: Watch,
}

pub(crate) fn names() -> Vec<String> {
    vec!["localhost".to_owned(), "127.0.0.1".to_owned()]
}

impl Site {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificates = Arc::new(self_signed(folder.path(), names(), NOW).unwrap());
        let tcp = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = format!("https://{}", tcp.local_addr().unwrap());
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "slow"
        };
        let router = Router::new().route("/", get(|| async { "hello" })).route("/slow", get(slow));
        let listener = Listener::https(tcp, certificates.clone());
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, router, stop.clone().cancelled_owned()));
        let watch = certificates.watch();
        Self { url, certificates, folder, stop, serving, _watch: watch }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A client that trusts the certificate that is in the folder now, and keeps no connections.
    pub(crate) fn client(&self) -> Client {
        let pem = fs::read(self.path("self-signed.crt")).unwrap();
        client(&pem).build().unwrap()
    }

    /// Stops the server, which lets running requests end.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.serving.await.unwrap();
    }
}

pub(crate) fn client(pem: &[u8]) -> reqwest::ClientBuilder {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let root = Certificate::from_pem(pem).unwrap();
    Client::builder().tls_certs_only([root]).pool_max_idle_per_host(0)
}
