//! A server whose requests are counted.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use ipxe_orch_backends::local::{Passwords, SystemRandom};
use ipxe_orch_core::{
    access_control::{AccessControl, AccessLimits, AccessParts, RoleAuthorizer},
    auth::{Authenticator, Password, Person, PersonId, SignInError},
    conformance::Bench,
    ids::{ChainId, Epoch},
    lease::Limits,
    memory::MemoryStore,
    names::RealmName,
    orchestrator::Orchestrator,
};
use ipxe_orch_server::{
    api::Api,
    http::{BasePath, Server},
    metrics::{DatabaseFigures, EventFigures, Metrics, Monitor, page},
};
use std::sync::Arc;
use tower::ServiceExt as _;

/// A directory that does not answer.
struct Down(RealmName);

impl Down {
    fn unavailable<T>(&self) -> Result<T, SignInError> {
        let (realm, text) = (self.0.clone(), "no answer".to_owned());
        Err(SignInError::Unavailable { realm, text, source: None })
    }
}

#[async_trait::async_trait]
impl Authenticator for Down {
    fn realm(&self) -> &RealmName {
        &self.0
    }

    async fn sign_in(&self, _: &str, _: &Password) -> Result<Person, SignInError> {
        self.unavailable()
    }

    async fn find(&self, _: &str) -> Result<PersonId, SignInError> {
        self.unavailable()
    }

    async fn refresh(&self, _: &PersonId) -> Result<Person, SignInError> {
        self.unavailable()
    }
}

/// People sign in at a directory that is down.
async fn access(bench: &Bench, store: Arc<MemoryStore>, metrics: &Arc<Metrics>) -> AccessControl {
    let directory = metrics.counting_logins(Arc::new(Down("corp".parse().unwrap())));
    let parts = AccessParts {
        store: store.clone(),
        audit: store.clone(),
        directories: vec![directory],
        authorizer: Arc::new(RoleAuthorizer::new(store, bench.clock.clone())),
        hasher: Arc::new(Passwords::with(Arc::new(SystemRandom), 64, 1)),
        keys: bench.keys.clone(),
        clock: bench.clock.clone(),
        random: Arc::new(SystemRandom),
    };
    AccessControl::new(parts, AccessLimits::default()).await.unwrap()
}

/// A server with one marked host: for machines and people, and for metrics.
pub(crate) async fn server() -> (Bench, Router, Router) {
    let store = MemoryStore::new(Epoch::from_bytes([0; 16]), ChainId::from_bytes([1; 16]));
    let store = Arc::new(store);
    let bench = Bench::new(store.clone());
    bench.profile("boot").await;
    bench.register(1, true).await;
    let metrics = Arc::new(Metrics::default());
    let mut parts = bench.parts.clone();
    parts.events = metrics.counting(parts.events);
    let orchestrator = Arc::new(Orchestrator::new(parts, Limits::default()));
    let access = Arc::new(access(&bench, store, &metrics).await);
    let people = Api::builder(orchestrator.clone(), access).metrics(metrics.clone()).build();
    let both = Server::builder(orchestrator.clone()).metrics(metrics.clone()).build().merge(people);
    let expires = bench.orchestrator.now();
    let monitor = Monitor::new(metrics, orchestrator)
        .database(|| DatabaseFigures { commits: 7, failed_reads: 2, ..DatabaseFigures::default() })
        .events(|| EventFigures { waiting: 3, lost: 1 })
        .certificate("192.0.2.1:443".to_owned(), move || Some(expires));
    (bench, both, page(&BasePath::default(), Arc::new(monitor)))
}

/// Somebody tries to sign in.
pub(crate) async fn sign_in(router: &Router) -> StatusCode {
    let body = r#"{"realm":"corp","name":"ann","password":"x"}"#;
    let request = Request::post("/api/v1/session").header(header::CONTENT_TYPE, "application/json");
    let response = router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    response.status()
}

/// Status, kind and text of an answer.
pub(crate) async fn get(router: &Router, path: &str) -> (StatusCode, String, String) {
    let request = Request::get(path).header(header::HOST, "boot.test");
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let kind = parts.headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap());
    let kind = kind.unwrap_or_default().to_owned();
    (parts.status, kind, String::from_utf8(body.to_vec()).unwrap())
}
