//! Kills servers, and starts them again at once.

use super::{
    Process, Result, Run,
    counts::{add, get},
    fail,
    plan::Rng,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::watch::Receiver,
    time::{Instant, sleep},
};

/// Requests of a boot, about: what stands between two kills is counted in them.
const REQUESTS: u64 = 8;

/// A server may end by itself so long after the death of its database: it is started again.
const WITHOUT_DATABASE: Duration = Duration::from_secs(30);

/// Starts the servers, and kills them until it is told to stop: then all at once. Kills the server of
/// the database, too.
pub(crate) async fn run(run: Arc<Run>, stopped: Receiver<bool>) -> Result<()> {
    let mut rng = Rng::new(run.options.seed, u64::MAX, 0);
    let mut running = Vec::new();
    for server in 0..run.site.servers().len() {
        running.push(run.site.start(server).await?);
    }
    let mut next = gap(&run, &mut rng);
    let mut next_database = boots(&run, &mut rng);
    let mut database_died: Option<Instant> = None;
    while !*stopped.borrow() {
        sleep(Duration::from_millis(1)).await;
        for (server, process) in running.iter_mut().enumerate() {
            let Some(status) = process.ended()? else { continue };
            if database_died.is_none_or(|at| at.elapsed() > WITHOUT_DATABASE) {
                return fail(run.site.ended(server, status));
            }
            sleep(Duration::from_millis(100)).await;
            *process = run.site.spawn(server)?;
        }
        if let Some(engine) = run.site.engine()
            && next_database.is_some_and(|next| get(&run.counts.boots) >= next)
        {
            add(&run.counts.database_kills);
            engine.kill(&mut rng).await?;
            database_died = Some(Instant::now());
            next_database = boots(&run, &mut rng);
        }
        if next.is_some_and(|next| get(&run.counts.requests) >= next) {
            running = kill(&run, &mut rng, running).await?;
            next = gap(&run, &mut rng);
        }
    }
    for process in running {
        process.kill().await?;
    }
    Ok(())
}

/// At how many requests the next one is killed.
fn gap(run: &Run, rng: &mut Rng) -> Option<u64> {
    let mean = run.options.kill_every.saturating_mul(REQUESTS);
    let now = get(&run.counts.requests);
    (mean > 0).then(|| now.saturating_add(1).saturating_add(rng.below(mean.saturating_mul(2))))
}

/// After how many boots the server of the database is killed next. Requests do not count here: many
/// are in vain while it is away.
fn boots(run: &Run, rng: &mut Rng) -> Option<u64> {
    let mean = run.options.kill_database_every;
    let now = get(&run.counts.boots);
    (mean > 0).then(|| now.saturating_add(1).saturating_add(rng.below(mean.saturating_mul(2))))
}

/// One server, or all; one time in eight once more while it starts.
async fn kill(run: &Run, rng: &mut Rng, running: Vec<Process>) -> Result<Vec<Process>> {
    let victim = rng.below(u64::try_from(running.len())?);
    let all = rng.percent(15);
    let again = rng.below(8) == 0;
    let mut alive = Vec::new();
    for (server, process) in running.into_iter().enumerate() {
        if !all && u64::try_from(server)? != victim {
            alive.push(process);
            continue;
        }
        process.kill().await?;
        add(&run.counts.kills);
        let mut started = run.site.spawn(server)?;
        if again {
            sleep(rng.millis(40)).await;
            started.kill().await?;
            add(&run.counts.kills);
            started = run.site.spawn(server)?;
        }
        alive.push(started);
    }
    Ok(alive)
}
