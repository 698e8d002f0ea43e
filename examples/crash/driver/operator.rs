//! Orders and cancellations, in all the ways in which operators give them.

use super::{Result, Run, counts::add, fail, plan::By};
use ipxe_orch_core::{ids::MarkId, orchestrator::Operation, stores::HostKey};
use tokio::time::sleep;

/// Orders an install; when it returns, the order is acknowledged.
pub(crate) async fn order(run: &Run, host: &str, key: &HostKey, id: MarkId, by: By) -> Result<()> {
    let database = &run.database;
    let text = id.to_string();
    let arguments = ["hosts", "mark", host, "--id", &text];
    match by {
        By::CommandLine => return command(run, &arguments).await,
        By::LibraryTwice => {
            let (one, other) = tokio::try_join!(database.mark(key, id), database.mark(key, id))?;
            if one.created && other.created {
                return fail(format!("order {id} was made twice"));
            }
        }
        By::KilledCommandLine(after) => {
            let mut process = run.site.command(0).args(arguments).spawn()?;
            sleep(after).await;
            process.kill().await?;
            database.mark(key, id).await?;
        }
        By::Library => drop(database.mark(key, id).await?),
    }
    Ok(())
}

/// Cancels; whether it was possible is what the database says afterwards.
pub(crate) async fn cancel(run: &Run, host: &str, key: &HostKey, by: By) -> Result<()> {
    match by {
        By::CommandLine => command(run, &["hosts", "cancel", host]).await,
        _ => run.database.operate(key, Operation::Cancel).await.map(drop),
    }
}

async fn command(run: &Run, arguments: &[&str]) -> Result<()> {
    add(&run.counts.commands);
    run.site.cli(arguments).await.map(drop)
}
