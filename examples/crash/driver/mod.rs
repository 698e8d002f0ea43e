//! The driver: set-up, machines, the one who kills, the one who watches, the last check.

mod ask;
mod check;
mod counts;
mod database;
mod engine;
mod galera;
mod http;
mod journal;
mod killer;
mod machine;
mod mssql;
mod operator;
mod options;
mod plan;
mod site;
mod watch;

pub(crate) use database::Database;
pub(crate) use http::{Client, Reply};
pub(crate) use options::Options;
pub(crate) use site::{Process, Site};

use counts::Counts;
use journal::Journal;
use machine::Machine;
use std::{error::Error, sync::Arc, time::Duration};
use tokio::{
    sync::watch::{Receiver, channel},
    task::JoinSet,
    time::{Instant, interval},
};

pub(crate) type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// A broken promise, or what kept the driver from its work.
pub(crate) fn fail<T>(what: impl Into<String>) -> Result<T> {
    Err(what.into().into())
}

/// What all machines share.
pub(crate) struct Run {
    pub(crate) options: Options,
    pub(crate) site: Site,
    pub(crate) database: Database,
    pub(crate) counts: Counts,
    pub(crate) journal: Journal,
}

/// Runs until the last boot, checks, and prints figures.
///
/// # Errors
/// The first broken promise, with what is needed to look into it.
pub(crate) async fn run(options: Options) -> Result<()> {
    let start = Instant::now();
    let seed = options.seed;
    let site = Site::new(&options)?;
    eprintln!("crash: seed {seed}, {} boots, in {}", options.boots, site.folder().display());
    let done = async {
        site.set_up().await?;
        let database = Database::open(&site).await?;
        let (counts, journal) = (Counts::default(), Journal::create(site.folder())?);
        let run = Arc::new(Run { options, site: site.clone(), database, counts, journal });
        drive(&run).await?;
        check::check(&run, start.elapsed()).await
    };
    match done.await {
        Ok(()) => {
            if let Some(mssql) = site.mssql() {
                mssql.remove().await?;
            }
            site.remove()
        }
        Err(error) => {
            let (folder, database) = (site.folder().display(), site.database_url(0));
            fail(format!("{error}\n  seed {seed}; all stays in {folder} and in {database}"))
        }
    }
}

/// Machines boot; the first that fails ends it.
async fn drive(run: &Arc<Run>) -> Result<()> {
    let (stop, stopped) = channel(false);
    let mut others = JoinSet::new();
    others.spawn(killer::run(run.clone(), stopped.clone()));
    others.spawn(watch::run(run.clone(), stopped.clone()));
    others.spawn(progress(run.clone(), stopped));
    let mut machines = JoinSet::new();
    for number in 0..run.options.hosts {
        machines.spawn(Machine::new(run, number).await?.run());
    }
    loop {
        tokio::select! {
            ended = machines.join_next() => match ended {
                Some(ended) => ended??,
                None => break,
            },
            // The others end before they are told to only if something is wrong.
            Some(ended) = others.join_next() => ended??,
        }
    }
    stop.send(true)?;
    while let Some(ended) = others.join_next().await {
        ended??;
    }
    Ok(())
}

/// A line now and then.
async fn progress(run: Arc<Run>, mut stopped: Receiver<bool>) -> Result<()> {
    let mut tick = interval(Duration::from_secs(10));
    tick.tick().await;
    loop {
        tokio::select! {
            _ = tick.tick() => eprintln!("crash: {}", run.counts.progress()),
            _ = stopped.changed() => return Ok(()),
        }
    }
}
