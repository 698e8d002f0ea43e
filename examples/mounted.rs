//! The machines' router inside an axum application of your own, under `/provision`.
//!
//! ```sh
//! cargo run --example mounted
//! ```
//! It serves a page of its own and the machines, boots a host over HTTP up to its claim, prints the
//! answers, and ends. It needs neither clap nor SQLite:
//!
//! ```toml
//! ipxe-orch-core = "0.1"
//! ipxe-orch-backends = { version = "0.1", default-features = false, features = ["local"] }
//! ipxe-orch-server = { version = "0.1", default-features = false }
//! ```

use axum::{Router, routing::get};
use ipxe_orch_backends::local::{SystemClock, SystemRandom, Threads};
use ipxe_orch_core::{
    auth::{Actor, OperatorAuthorizer, Origin},
    boot::ImageIdentity,
    fleet,
    ids::{ChainId, Epoch},
    keys::{KeyProvider as _, KeyRing, Purpose},
    lease::Limits,
    memory::{AllMedia, EventLog, MemoryStore, PlainRenderer},
    orchestrator::{Caller, HostInput, Orchestrator, Parts},
    profile::ProfileVersion,
    stores::HostKey,
    time::Clock as _,
};
use ipxe_orch_server::{http::Server, serve};
use std::{collections::BTreeMap, error::Error, future::pending, net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const MAC: &str = "52:54:00:10:00:01";

const PROFILE: &str = "name = 'ours'\ntitle = 'Ours'\nscript = 'boot.ipxe'\n\
    [[media]]\nname = 'kernel'\npath = 'ours/kernel'\n";

/// It loads everything, claims the install, and starts it. Each step that fails ends the script,
/// and the image starts the local disk.
const SCRIPT: &str = "#!ipxe
set orch-answer install
kernel --timeout 10000 t/{{ticket}}/media/kernel host={{host.name}} || exit 1
imgfetch --name claim --timeout 3000 t/{{ticket}}/claim || exit 1
imgfree claim ||
boot || exit 1
";

async fn get_text(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    println!("{answer}\n");
    Ok(answer)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let epoch = Epoch::generate(random.as_ref());
    let chain = ChainId::generate(clock.now(), random.as_ref());
    let keys = Arc::new(KeyRing::generate(clock.now(), random.as_ref()));
    let parts = Parts {
        store: Arc::new(MemoryStore::new(epoch, chain)),
        keys: keys.clone(),
        renderer: Arc::new(PlainRenderer),
        media: Arc::new(AllMedia),
        authorizer: Arc::new(OperatorAuthorizer),
        events: Arc::new(EventLog::default()),
        clock,
        random,
        workers: Arc::new(Threads::default()),
    };
    let orchestrator = Arc::new(Orchestrator::new(parts, Limits::default()));

    // A profile, and a host whose first boot installs it.
    let actor = Actor::Local { user: "ann".to_owned() };
    let caller = Caller::new(actor, Origin("our portal".to_owned()));
    let files = BTreeMap::from([("boot.ipxe".parse()?, SCRIPT.to_owned())]);
    orchestrator.put_profile(&caller, &ProfileVersion::new(PROFILE, files)?).await?;
    let csv = format!("name,mac,address,profile\nweb1,{MAC},10.0.2.15/24,ours\n");
    let hosts = fleet::read(csv.as_bytes()).hosts;
    let hosts: Vec<_> = hosts.into_iter().map(|row| HostInput::new(row.spec, true)).collect();
    let plan = orchestrator.plan_import(&caller, &hosts).await?;
    orchestrator.import(&caller, &plan).await?;

    // `base_path`, not `Router::nest`: answer files name the URL.
    let machines = Server::builder(orchestrator.clone()).base_path("/provision".parse()?).build();
    let app = Router::new().route("/", get(|| async { "our portal" })).merge(machines);
    let listener = serve::bind("127.0.0.1:0".parse()?).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve::serve(listener, app, pending()));
    get_text(address, "/").await?;

    // The host boots, as the script of its image does.
    let host = orchestrator.host(&caller, &HostKey::Name("web1".parse()?)).await?;
    let key = keys.active(Purpose::Image).await?;
    let image = ImageIdentity::derive(&key, host.id, host.image_generation);
    let (id, generation, secret) = (image.host, image.generation, image.secret.reveal());
    let query = format!("h={id}&g={generation}&k={}&t={}&m={MAC}", image.key, *secret);
    let script = get_text(address, &format!("/provision/boot/v1/script?{query}")).await?;
    let claim = script.split_whitespace().find(|word| word.ends_with("/claim"));
    let claim = claim.ok_or("the host is offered no install")?;
    let claimed = get_text(address, &format!("/provision/boot/v1/{claim}")).await?;
    server.abort();
    if claimed.starts_with("HTTP/1.1 200") { Ok(()) } else { Err("it was not claimed".into()) }
}
