//! What a host would get at its install, without a server and without a database.
//!
//! ```sh
//! cargo run --example preview
//! ```
//! It registers one host with the built-in profile `tiny` in a store in memory, and prints the iPXE
//! script and the answer file. `TICKET` stands for the ticket of an attempt. Secrets are masked.

use ipxe_orch_backends::{
    handlebars::HandlebarsRenderer,
    local::{SystemClock, SystemRandom, Threads},
};
use ipxe_orch_core::{
    auth::{Actor, OperatorAuthorizer, Origin},
    fleet,
    ids::{ChainId, Epoch},
    keys::KeyRing,
    lease::Limits,
    memory::{AllMedia, EventLog, MemoryStore},
    orchestrator::{Caller, HostInput, Orchestrator, Parts},
    stores::HostKey,
    text::lines,
    time::Clock as _,
};
use ipxe_orch_server::profiles::built_in;
use std::{error::Error, sync::Arc};

const FLEET: &[u8] = b"name,mac,address,gateway,dns,profile\n\
    web1,52:54:00:10:00:01,10.0.2.15/24,10.0.2.2,10.0.2.3,tiny\n";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let epoch = Epoch::generate(random.as_ref());
    let chain = ChainId::generate(clock.now(), random.as_ref());
    let parts = Parts {
        store: Arc::new(MemoryStore::new(epoch, chain)),
        keys: Arc::new(KeyRing::generate(clock.now(), random.as_ref())),
        renderer: Arc::new(HandlebarsRenderer::new()),
        media: Arc::new(AllMedia),
        authorizer: Arc::new(OperatorAuthorizer),
        events: Arc::new(EventLog::default()),
        clock,
        random,
        workers: Arc::new(Threads::default()),
    };
    let orchestrator = Orchestrator::new(parts, Limits::default());
    let actor = Actor::Local { user: "ann".to_owned() };
    let caller = Caller::new(actor, Origin("terminal".to_owned()));
    for profile in built_in() {
        orchestrator.put_profile(&caller, &profile).await?;
    }

    let hosts = fleet::read(FLEET).hosts;
    let hosts: Vec<_> = hosts.into_iter().map(|row| HostInput::new(row.spec, false)).collect();
    let plan = orchestrator.plan_import(&caller, &hosts).await?;
    orchestrator.import(&caller, &plan).await?;

    let web1 = HostKey::Name("web1".parse()?);
    let preview = orchestrator.preview(&caller, &web1, false).await?;
    for file in &preview.files {
        println!("--- {}\n{}", file.name, lines(&file.text));
    }
    Ok(())
}
