//! A server over a store in memory, and a client that shows what it gets.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode},
};
use ipxe_orch_core::{
    boot::Ticket,
    conformance::Bench,
    ids::{AttemptId, ChainId, Epoch, Generation},
    keys::{KeyProvider, KeyRing, Purpose},
    lease::Limits,
    memory::{CountingRandom, MemoryStore},
    orchestrator::{MarkOrder, OpenTicket, Orchestrator, Parts, Report, TicketAnswer},
    stores::{HostKey, HostRecord},
    time::{Clock, Random, Timestamp},
};
use ipxe_orch_server::{
    http::{Server, ServerBuilder},
    media::MediaDir,
};
use std::{
    fmt, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use tower::ServiceExt;

/// The file `kernel` of the profile.
pub(crate) const KERNEL: &str = "0123456789abcdef";

/// Host 1 with the profile `plain`, whose first boot installs.
pub(crate) struct Site {
    pub(crate) bench: Bench,
    pub(crate) router: Router,
    pub(crate) host: HostRecord,
    folder: TempDir,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A server of the bench's store with the media in `root`, and some part exchanged.
fn builder(bench: &Bench, root: &Path, change: impl FnOnce(&mut Parts)) -> ServerBuilder {
    let mut parts = bench.parts.clone();
    parts.media = Arc::new(MediaDir::new(root));
    change(&mut parts);
    Server::builder(Arc::new(Orchestrator::new(parts, Limits::default())))
}

impl Site {
    /// The host is marked.
    pub(crate) async fn marked() -> Self {
        Self::marked_with(async |bench: &Bench, _: &Path| {
            bench.profile("boot").await;
        })
        .await
    }

    /// The host is marked with what `profile` stores, which is told where the media are.
    pub(crate) async fn marked_with(profile: impl AsyncFnOnce(&Bench, &Path)) -> Self {
        let epoch = Epoch::from_bytes([0; 16]);
        let store = MemoryStore::new(epoch, ChainId::from_bytes([1; 16]));
        let bench = Bench::new(Arc::new(store));
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("plain")).unwrap();
        fs::write(folder.path().join("plain/kernel"), KERNEL).unwrap();
        profile(&bench, folder.path()).await;
        let host = bench.register(1, true).await;
        let router = builder(&bench, folder.path(), |_| ()).build();
        Self { bench, router, host, folder }
    }

    /// The host is offered its install; the ticket.
    pub(crate) async fn offered() -> (Self, String) {
        let site = Box::pin(Self::marked()).await;
        site.bench.boot(site.host.id, 1).await;
        let ticket = site.ticket().await;
        (site, ticket)
    }

    /// The host has claimed its install.
    pub(crate) async fn installing() -> (Self, String) {
        let (site, ticket) = Box::pin(Self::offered()).await;
        let (opened, origin) = (site.opened().await, site.bench.operator.origin.clone());
        let claimed = site.bench.orchestrator.claim(&opened, origin).await;
        assert_eq!(claimed.unwrap(), TicketAnswer::Found(()));
        (site, ticket)
    }

    /// The host is installed.
    pub(crate) async fn installed() -> (Self, String) {
        let (site, ticket) = Box::pin(Self::installing()).await;
        let (report, origin) =
            (Report::new("done", "").unwrap(), site.bench.operator.origin.clone());
        let taken = site.bench.orchestrator.report(&site.opened().await, &report, origin).await;
        assert_eq!(taken.unwrap(), TicketAnswer::Found(()));
        (site, ticket)
    }

    /// Where the media are.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Where the kernel is.
    pub(crate) fn kernel(&self) -> PathBuf {
        self.folder.path().join("plain/kernel")
    }

    /// The same site behind a server made otherwise.
    pub(crate) fn with(mut self, change: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        self.router = change(builder(&self.bench, self.folder.path(), |_| ())).build();
        self
    }

    /// The same site, with some part and the server made otherwise; what is stored stays.
    pub(crate) fn with_both(
        mut self,
        parts: impl FnOnce(&mut Parts),
        server: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        self.router = server(builder(&self.bench, self.folder.path(), parts)).build();
        self
    }

    /// The same site, with some part exchanged; what is stored stays.
    pub(crate) fn with_parts(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        self.router = builder(&self.bench, self.folder.path(), change).build();
        self
    }

    /// The boot request of the host's image.
    pub(crate) async fn boot_path(&self) -> String {
        format!("/boot/v1/script?{}", self.bench.query(self.host.id, 1).await)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, headers, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.send(Method::POST, path, &[], body).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let peer: SocketAddr = "192.0.2.7:49152".parse().unwrap();
        let request = Request::builder().method(method).uri(path).extension(ConnectInfo(peer));
        let request =
            headers.iter().fold(request, |request, (name, text)| request.header(*name, *text));
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let body = String::from_utf8(body).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn generation(&self) -> Generation {
        self.bench.host(1).await.lease.generation
    }

    pub(crate) async fn status(&self) -> String {
        self.bench.host(1).await.lease.status()
    }

    /// The ticket of the host's latest attempt.
    pub(crate) async fn ticket(&self) -> String {
        let attempt = self.bench.host(1).await.lease.attempt.unwrap();
        self.bench.ticket_text(attempt.id).await
    }

    /// The same, opened.
    async fn opened(&self) -> OpenTicket {
        self.bench.ticket(self.bench.host(1).await.lease.attempt.unwrap().id).await
    }

    pub(crate) async fn mark_again(&self) {
        let key = HostKey::Id(self.host.id);
        self.bench
            .orchestrator
            .mark(&self.bench.operator, &key, MarkOrder::default())
            .await
            .unwrap();
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl fmt::Display for Answer {
    /// The status, then the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.status, self.body)
    }
}

/// Tickets that are nobody's, each with what it is; `good` is a ticket of this installation.
pub(crate) async fn strange_tickets(site: &Site, good: &str) -> Vec<(&'static str, String)> {
    let now = Timestamp::from_millis(site.bench.clock.now().as_millis());
    let random = CountingRandom::default();
    // Without this, the keys would be the same as those of the site.
    random.fill(&mut [0]);
    let other = KeyRing::generate(now, &random);
    let foreign =
        Ticket::new(&other.active(Purpose::Ticket).await.unwrap(), AttemptId::from_bytes([3; 16]));
    let last = if good.ends_with('A') { 'B' } else { 'A' };
    vec![
        ("unknown", site.bench.ticket_text(AttemptId::from_bytes([9; 16])).await),
        ("foreign", foreign.to_string()),
        ("forged", format!("{}{last}", &good[..47])),
        ("malformed", "x".to_owned()),
        ("too long", "A".repeat(5000)),
        ("padded", format!("{good}%20")),
        ("not UTF-8", "%ff".to_owned()),
        ("a traversal", "..%2f..%2fetc".to_owned()),
        ("a null", "%00".to_owned()),
    ]
}
