//! The driver: the server under test, its machines, its attackers, what came of it.

mod attack;
mod boot;
mod client;
mod flood;
mod hold;
mod install;
mod options;
mod process;
mod report;
mod site;

pub(crate) use options::Options;

use attack::ATTACKS;
use process::Server;
use report::Row;
use site::Site;
use std::{error::Error, time::Duration};
use tokio::time::{Instant, sleep_until};

pub(crate) type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// Runs all attacks, and prints what came of each.
///
/// # Errors
/// What was broken, or what kept the driver from its work.
pub(crate) async fn run(options: Options) -> Result<()> {
    ipxe_orch_server::serve::raise_open_files();
    let attacks: Vec<_> = ATTACKS
        .iter()
        .filter(|attack| options.only.as_ref().is_none_or(|only| attack.name.contains(only)))
        .collect();
    let rounds = u32::try_from(attacks.len() * options.files.len())?.max(1);
    let time = (Duration::from_secs(options.seconds) / rounds).max(Duration::from_secs(2));
    report::print_heading();
    let mut broken = Vec::new();
    for files in &options.files {
        let site = Site::new(&options).await?;
        let mut server = Server::start(&site, *files).await?;
        for attack in &attacks {
            let row = besiege(&site, &server, attack, *files, time).await?;
            row.print();
            broken.extend(row.broken());
            server.check()?;
        }
        server.kill().await?;
        if broken.is_empty() {
            site.remove()?;
        } else {
            eprintln!("siege: the log and the data stay in {}", site.folder().display());
        }
    }
    if broken.is_empty() {
        println!("every promise was kept");
        return Ok(());
    }
    Err(format!("{} promises were broken:\n  {}", broken.len(), broken.join("\n  ")).into())
}

/// One attack, with a machine that boots and one that installs.
async fn besiege(
    site: &Site,
    server: &Server,
    attack: &attack::Attack,
    files: u64,
    time: Duration,
) -> Result<Row> {
    let installing = site.begin_install(server.address).await?;
    let ticket = site.attackers_ticket(server.address).await?;
    let before = server.measure().await?;
    let until = Instant::now() + time;
    let counts = attack::Counts::default();
    let attackers = attack.start(server.address, files, &ticket, &counts);
    let (boots, installed) = tokio::join!(
        boot::run(server, &site.boot_request, until),
        install::run(server, installing, until),
    );
    sleep_until(until).await;
    drop(attackers);
    let after = server.measure().await?;
    Ok(Row { attack: attack.name, files, time, counts, boots, installed, before, after })
}
