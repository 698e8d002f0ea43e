//! Follows the audit while it is written: an entry, once read, may never change.

use super::{Result, Run, counts::add};
use ipxe_orch_core::audit::{ChainHead, ChainVerifier};
use std::{fs, sync::Arc, time::Duration};
use tokio::{sync::watch::Receiver, time::sleep};

/// The file with the heads of all chains, for `audit verify --heads`.
pub(crate) const HEADS: &str = "heads.json";

/// Verifies what is new each second, and all that is left once it is told to stop.
pub(crate) async fn run(run: Arc<Run>, stopped: Receiver<bool>) -> Result<()> {
    let mut verifier = ChainVerifier::default();
    let mut heads: Vec<_> = run.database.chains().iter().map(|id| ChainHead::empty(*id)).collect();
    loop {
        // Asked first, so that what is written before it is read after.
        let last = *stopped.borrow();
        for head in &mut heads {
            follow(&run, &mut verifier, head).await?;
        }
        if last {
            break;
        }
        sleep(Duration::from_secs(1)).await;
    }
    heads.retain(|head| head.sequence > 0);
    fs::write(run.site.folder().join(HEADS), serde_json::to_vec(&heads)?)?;
    Ok(())
}

async fn follow(run: &Run, verifier: &mut ChainVerifier, head: &mut ChainHead) -> Result<()> {
    loop {
        let page = run.database.audit(*head).await?;
        if page.is_empty() {
            return Ok(());
        }
        for entry in &page {
            verifier.push(entry).map_err(|error| format!("the audit is broken: {error}"))?;
            *head = ChainHead::after(entry);
            add(&run.counts.audited);
        }
    }
}
