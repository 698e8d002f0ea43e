//! ipxe-orch inside a program of your own, with parts that last: a SQLite database, keys in a file,
//! Handlebars templates, and the built-in profiles.
//!
//! ```sh
//! cargo run --example embed
//! ```
//! It registers a host whose first boot installs, serves machines beside a page of its own, asks
//! as the host's image would, prints the answer, and ends.

use async_trait::async_trait;
use axum::{Router, routing::get};
use ipxe_orch_backends::{
    handlebars::HandlebarsRenderer,
    local::{DataDir, FileKeys, SystemClock, SystemRandom, Threads},
    sql::{SqliteOptions, SqliteStore},
};
use ipxe_orch_core::{
    auth::{AccessRequest, Action, Actor, Authorizer, Decision, Origin, Scope, Subject},
    boot::ImageIdentity,
    fleet,
    ids::Epoch,
    keys::Purpose,
    lease::Limits,
    memory::{AllMedia, EventLog},
    names::SiteName,
    orchestrator::{Caller, HostInput, Orchestrator, Parts},
    stores::{HostKey, StoreError},
    time::Clock as _,
};
use ipxe_orch_server::{http::Server, profiles::built_in, serve};
use std::{error::Error, future::pending, sync::Arc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const FLEET: &[u8] = b"name,mac,address,profile,site\nweb1,52:54:00:10:00:01,10.0.2.15/24,tiny,lab";

/// The work of the program itself.
const PROFILES: &str = "profiles";

/// The organisation's own groups decide: who is in `lab` works on the hosts of that site.
struct OurRoles {
    lab: SiteName,
}

#[async_trait]
impl Authorizer for OurRoles {
    async fn decide(&self, request: &AccessRequest<'_>) -> Result<Decision, StoreError> {
        let of_lab = request.subject.groups.iter().any(|group| group.key() == "lab");
        Ok(match (&request.subject.actor, request.action) {
            (Actor::User { .. }, Action::SeeHosts | Action::ChangeHosts | Action::MarkHosts)
                if of_lab =>
            {
                Decision::Allow(Scope::Site(self.lab.clone()))
            }
            // Any host may have a profile: the program brings them, not somebody of one site.
            (Actor::Background { task }, Action::ChangeHosts) if task == PROFILES => {
                Decision::Allow(Scope::All)
            }
            _ => Decision::Deny,
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The parts, each of which could be another.
    let folder = tempfile::tempdir()?;
    let data = DataDir::open(folder.path())?;
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let epoch = Epoch::generate(random.as_ref());
    let chain = data.chain_id(clock.as_ref(), random.as_ref())?;
    let options = SqliteOptions::new(data.database(), chain, epoch, clock.now());
    let keys = FileKeys::open_or_create(&data.keys(), clock.clone(), random.as_ref())?;
    let orchestrator = Arc::new(Orchestrator::new(
        Parts {
            store: Arc::new(SqliteStore::open(options).await?),
            keys: Arc::new(keys),
            renderer: Arc::new(HandlebarsRenderer::new()),
            media: Arc::new(AllMedia),
            authorizer: Arc::new(OurRoles { lab: "lab".parse()? }),
            events: Arc::new(EventLog::default()),
            clock,
            random,
            workers: Arc::new(Threads::default()),
        },
        Limits::default(),
    ));

    // The program brings the profiles.
    let actor = Actor::Background { task: PROFILES.to_owned() };
    let program = Caller::new(actor, Origin("start".to_owned()));
    for profile in built_in() {
        orchestrator.put_profile(&program, &profile).await?;
    }

    // A person of theirs registers a host.
    let actor = Actor::User { id: "portal/ann".parse()?, name: "ann".to_owned() };
    let subject = Subject::new(actor, vec!["portal/lab".parse()?]);
    let ann = Caller::new(subject, Origin("our portal".to_owned()));
    let hosts: Vec<_> =
        fleet::read(FLEET).hosts.into_iter().map(|row| HostInput::new(row.spec, true)).collect();
    let plan = orchestrator.plan_import(&ann, &hosts).await?;
    orchestrator.import(&ann, &plan).await?;

    // Machines are answered beside their own routes.
    let app: Router = Router::new()
        .route("/", get(|| async { "our portal\n" }))
        .merge(Server::builder(orchestrator.clone()).build());
    let listener = serve::bind("127.0.0.1:0".parse()?).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve::serve(listener, app, pending()));

    // The host boots.
    let host = orchestrator.host(&ann, &HostKey::Name("web1".parse()?)).await?;
    let key = orchestrator.keys().active(Purpose::Image).await?;
    let identity = ImageIdentity::derive(&key, host.id, host.image_generation);
    let request = format!(
        "GET /boot/v1/script?h={}&g={}&k={}&t={}&m=52:54:00:10:00:01 HTTP/1.1\r\nHost: {address}\r\n\
         Connection: close\r\n\r\n",
        host.id,
        identity.generation,
        identity.key,
        *identity.secret.reveal(),
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    println!("{answer}");
    server.abort();
    if answer.contains("web1 installs tiny") { Ok(()) } else { Err("no install".into()) }
}
