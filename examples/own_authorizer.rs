//! Roles of your own: an [`Authorizer`] that reads roles and bindings from a TOML file.
//!
//! ```sh
//! cargo run --example own_authorizer
//! ```
//! Ann's group edits the hosts of two sites, so her scope is [`Scope::AnyOf`] these sites. Eve sees
//! the hosts of one site; when she tries to install one, she is denied, and the audit says so.

use async_trait::async_trait;
use ipxe_orch_backends::local::{SystemClock, SystemRandom, Threads};
use ipxe_orch_core::{
    auth::{
        AccessRequest, Action, Actor, Authorizer, Decision, GroupId, InvalidPrincipal, Origin,
        PersonId, Scope, SeeHosts, Subject,
    },
    fleet,
    ids::{ChainId, Epoch},
    keys::KeyRing,
    lease::Limits,
    memory::{AllMedia, EventLog, MemoryStore, PlainRenderer},
    names::SiteName,
    orchestrator::{Caller, HostInput, MarkOrder, Orchestrator, OrchestratorError, Parts},
    stores::{HostFilter, HostKey, StoreError},
    time::Clock as _,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs,
    sync::Arc,
};

const ROLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/roles.toml");

const FLEET: &[u8] = b"name,mac,address,site\n\
    web1,52:54:00:10:00:01,10.0.2.15/24,north\n\
    web2,52:54:00:10:00:02,10.0.3.15/24,south\n";

/// The file.
#[derive(Deserialize)]
struct Roles {
    roles: BTreeMap<String, BTreeSet<Action>>,
    bindings: Vec<Binding>,
}

/// Gives a role to people and groups.
#[derive(Deserialize)]
struct Binding {
    role: String,
    #[serde(default)]
    people: BTreeSet<PersonId>,
    #[serde(default)]
    groups: BTreeSet<GroupId>,
    sites: Option<Vec<SiteName>>,
}

impl Roles {
    /// A binding to a role that does not exist would silently allow nothing: it is an error.
    fn read(text: &str) -> Result<Self, Box<dyn Error>> {
        let roles: Self = toml::from_str(text)?;
        let known = |binding: &&Binding| roles.roles.contains_key(&binding.role);
        match roles.bindings.iter().find(|binding| !known(binding)) {
            Some(Binding { role, .. }) => Err(format!("there is no role {role}").into()),
            None => Ok(roles),
        }
    }

    fn allows(&self, binding: &Binding, action: Action) -> bool {
        self.roles.get(&binding.role).is_some_and(|role| role.contains(&action))
    }
}

impl Binding {
    fn is_for(&self, Subject { actor, groups, .. }: &Subject) -> bool {
        let person = matches!(actor, Actor::User { id, .. } if self.people.contains(id));
        person || groups.iter().any(|group| self.groups.contains(group))
    }

    fn scopes(&self) -> Vec<Scope> {
        match &self.sites {
            Some(sites) => sites.iter().cloned().map(Scope::Site).collect(),
            None => vec![Scope::All],
        }
    }
}

#[async_trait]
impl Authorizer for Roles {
    async fn decide(&self, request: &AccessRequest<'_>) -> Result<Decision, StoreError> {
        let granting = self.bindings.iter().filter(|binding| {
            binding.is_for(request.subject) && self.allows(binding, request.action)
        });
        let scopes: Vec<Scope> = granting.flat_map(Binding::scopes).collect();
        Ok(if scopes.is_empty() { Decision::Deny } else { Decision::Allow(Scope::AnyOf(scopes)) })
    }
}

/// A caller, as our portal knows it.
fn person(name: &str, groups: &[&str]) -> Result<Caller, InvalidPrincipal> {
    let groups = groups.iter().map(|group| format!("portal/{group}").parse());
    let actor = Actor::User { id: format!("portal/{name}").parse()?, name: name.to_owned() };
    let subject = Subject::new(actor, groups.collect::<Result<_, _>>()?);
    Ok(Caller::new(subject, Origin("our portal".to_owned())))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let roles = Roles::read(&fs::read_to_string(ROLES)?)?;
    let (epoch, chain) = (Epoch::from_bytes([1; 16]), ChainId::from_bytes([1; 16]));
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let parts = Parts {
        store: Arc::new(MemoryStore::new(epoch, chain)),
        keys: Arc::new(KeyRing::generate(clock.now(), random.as_ref())),
        renderer: Arc::new(PlainRenderer),
        media: Arc::new(AllMedia),
        authorizer: Arc::new(roles),
        events: Arc::new(EventLog::default()),
        clock,
        random,
        workers: Arc::new(Threads::default()),
    };
    let orchestrator = Orchestrator::new(parts, Limits::default());
    let (ann, eve, olga) =
        (person("ann", &["datacentre"])?, person("eve", &[])?, person("olga", &[])?);

    // Ann registers hosts of both sites and sees both; Eve sees those of one.
    let hosts = fleet::read(FLEET).hosts;
    let hosts: Vec<_> = hosts.into_iter().map(|row| HostInput::new(row.spec, false)).collect();
    let plan = orchestrator.plan_import(&ann, &hosts).await?;
    orchestrator.import(&ann, &plan).await?;
    for caller in [&ann, &eve] {
        let seen = orchestrator.all_hosts(caller, HostFilter::default()).await?;
        let names: Vec<_> = seen.iter().map(|host| host.spec.name.as_str()).collect();
        let grant = orchestrator.authorize::<SeeHosts>(caller, "host.list").await?;
        println!("{} sees {}, within {:?}", caller.actor(), names.join(", "), grant.scope());
    }

    // Nobody gave Eve the right to install.
    let web1 = HostKey::Name("web1".parse()?);
    let denied = orchestrator.mark(&eve, &web1, MarkOrder::default()).await;
    let Err(OrchestratorError::Denied(why)) = denied else { return Err("eve may install".into()) };
    println!("denied: {why}");

    let audit = orchestrator.audit(&olga, None, 100).await?;
    let denied = audit.iter().find(|entry| entry.text.contains(r#""outcome":"denied""#));
    println!("the audit keeps {}", denied.ok_or("no entry")?.text);
    Ok(())
}
