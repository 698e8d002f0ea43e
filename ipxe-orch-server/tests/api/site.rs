//! A server with two hosts, and people who may this or that.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use ipxe_orch_backends::local::{Passwords, SystemCalendar, SystemRandom};
use ipxe_orch_core::{
    access_control::{
        AccessControl, AccessLimits, AccessParts, NewAccount, NewBinding, RoleAuthorizer,
    },
    auth::{Hosts, Origin, Password, Principal, Role},
    conformance::Bench,
    host::{HostSpec, Nic, StaticV4},
    ids::{ChainId, Epoch},
    lease::Limits,
    memory::{ManualClock, MemoryStore},
    orchestrator::{Caller, HostInput, Orchestrator},
};
use ipxe_orch_server::{
    api::Api,
    metrics::{Metrics, Monitor},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tower::ServiceExt as _;

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct Site {
    pub(crate) access: Arc<AccessControl>,
    pub(crate) orchestrator: Arc<Orchestrator>,
    pub(crate) operator: Caller,
    clock: Arc<ManualClock>,
    router: Router,
}

/// What a client shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) cookie: Option<String>,
    pub(crate) token: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The end of the problem's `type`.
    pub(crate) fn problem(&self) -> String {
        let kind = self.json().get("type").unwrap().as_str().unwrap().to_owned();
        kind.strip_prefix("urn:ipxe-orch:problem:").unwrap().to_owned()
    }

    pub(crate) fn cookie(&self) -> String {
        let line = self.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
        line.split(';').next().unwrap().to_owned()
    }
}

fn host(number: u8, name: &str, site: &str) -> HostInput {
    let mut nic = Nic::new(format!("52:54:00:00:00:{number:02x}").parse().unwrap());
    let address = format!("10.0.{number}.15/24").parse().unwrap();
    nic.v4 = Some(StaticV4 { address, gateway: None });
    let mut spec = HostSpec::new(name.parse().unwrap(), vec![nic]);
    spec.profile = Some("plain".parse().unwrap());
    spec.site = Some(site.parse().unwrap());
    HostInput::new(spec, false)
}

impl Site {
    pub(crate) async fn new() -> Self {
        let epoch = Epoch::from_bytes([0; 16]);
        let store = Arc::new(MemoryStore::new(epoch, ChainId::from_bytes([1; 16])));
        let bench = Bench::new(store.clone());
        bench.profile("plain").await;
        let authorizer = Arc::new(RoleAuthorizer::new(store.clone(), bench.clock.clone()));
        let mut parts = bench.parts.clone();
        parts.authorizer = authorizer.clone();
        let access = AccessParts {
            store: store.clone(),
            audit: store,
            directories: Vec::new(),
            authorizer,
            hasher: Arc::new(Passwords::with(Arc::new(SystemRandom), 64, 1)),
            keys: bench.keys.clone(),
            clock: bench.clock.clone(),
            random: Arc::new(SystemRandom),
        };
        let access = AccessControl::new(access, AccessLimits::default()).await.unwrap();
        let access = Arc::new(access);
        let orchestrator = Orchestrator::new(parts, Limits::default());
        let orchestrator = Arc::new(orchestrator.with_calendar(Arc::new(SystemCalendar)));
        let operator = bench.operator.clone();
        let hosts = [host(1, "web1", "north"), host(2, "db1", "south")];
        let plan = orchestrator.plan_import(&operator, &hosts).await.unwrap();
        orchestrator.import(&operator, &plan).await.unwrap();
        let metrics = Arc::new(Metrics::default());
        let monitor = Monitor::new(metrics.clone(), orchestrator.clone());
        let router = Api::builder(orchestrator.clone(), access.clone())
            .base_path("/base".parse().unwrap())
            .metrics(metrics)
            .monitor(Arc::new(monitor))
            .build();
        Self { access, orchestrator, operator, clock: bench.clock, router }
    }

    pub(crate) fn later(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// An account that is ready to sign in, with these roles.
    pub(crate) async fn account(&self, name: &str, roles: &[(Role, Hosts)]) {
        let new = NewAccount { name: name.parse().unwrap(), display_name: None };
        let (account, once) = self.access.create_account(&self.operator, new).await.unwrap();
        let password = |text: &str| Password::new(text.to_owned()).unwrap();
        let (old, new) = (password(&once), password(PASSWORD));
        let home = Origin("192.0.2.1".to_owned());
        self.access.change_password(&account.name, &old, &new, &home).await.unwrap();
        for (role, hosts) in roles.iter().cloned() {
            let who = Principal::Person { id: account.id.clone(), name: name.to_owned() };
            let (expires_at, reason, change_ref) = (None, None, None);
            let new = NewBinding { who, role, hosts, expires_at, reason, change_ref };
            self.access.bind(&self.operator, new).await.unwrap();
        }
    }

    pub(crate) async fn sign_in(&self, name: &str) -> Shown {
        let body = json!({ "name": name, "password": PASSWORD });
        let answer = self.post(&Shown::default(), "/session", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        Shown { cookie: Some(answer.cookie()), token: None }
    }

    /// Somebody with these roles who is signed in.
    pub(crate) async fn person(&self, name: &str, roles: &[(Role, Hosts)]) -> Shown {
        self.account(name, roles).await;
        self.sign_in(name).await
    }

    pub(crate) async fn get(&self, shown: &Shown, path: &str) -> Answer {
        self.send(Method::GET, shown, path, None, &[]).await
    }

    pub(crate) async fn post(&self, shown: &Shown, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, shown, path, Some(body), &[]).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        shown: &Shown,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/base/api/v1{path}"));
        if let Some(cookie) = &shown.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if let Some(token) = &shown.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }
}
