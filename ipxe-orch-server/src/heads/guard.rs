//! Checks that the database still contains what this server has seen in it.

use ipxe_orch_backends::local::{HighWaterMark, KeptHead};
use ipxe_orch_core::{audit::ChainHead, orchestrator::Orchestrator, stores::StoreError};

/// The remedy, which is part of every reason to suspend installs.
const REMEDY: &str = "installs are suspended: restore the right database, or accept this one with \
    `ipxe-orch database accept-restore`";

/// The remedy if the file cannot be read.
const READABLE: &str = "installs are suspended until this file can be read: nobody knows before \
    whether the database was set back";

/// Looks in the database for the head that is stored in `mark`, or else for `seen`. If the database
/// does not contain it, installs are suspended; otherwise they are resumed. Returns the head that
/// it looked for; none if an operator has accepted the database since.
///
/// A file that cannot be read now says nothing about the database: then `seen` counts.
///
/// # Errors
/// [`StoreError`] if the database cannot be asked. In that case nothing changes.
pub(crate) async fn compare(
    orchestrator: &Orchestrator,
    mark: &HighWaterMark,
    seen: Option<KeptHead>,
) -> Result<Option<KeptHead>, StoreError> {
    let known = match mark.read() {
        Ok(kept) => kept.or(seen),
        Err(error) if error.is_unreadable() => {
            let cause = std::error::Error::source(&error);
            let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
            tracing::debug!("{error}{cause}; the head in memory is used");
            if seen.is_none() {
                let why = format!("{error}{cause}; {READABLE}");
                orchestrator.suspend_installs(&why);
                return Ok(None);
            }
            seen
        }
        Err(error) => {
            orchestrator.suspend_installs(&format!("{error}; {REMEDY}"));
            return Ok(seen);
        }
    };
    let Some(KeptHead { head, epoch }) = known else {
        orchestrator.resume_installs();
        return Ok(None);
    };
    let now = orchestrator.database_epoch().await?;
    let other = epoch.filter(|epoch| *epoch != now);
    if let Some(epoch) = other
        && orchestrator.has_accepted(epoch).await?
    {
        orchestrator.resume_installs();
        return Ok(None);
    }
    if other.is_none() && orchestrator.has_audit_head(&head).await? {
        orchestrator.resume_installs();
        return Ok(known);
    }
    let ChainHead { chain, sequence, .. } = head;
    orchestrator.suspend_installs(&format!(
        "the database does not contain entry {sequence} of audit chain {chain}, which this \
         server has seen in it: it was restored from a backup, or is another database; {REMEDY}"
    ));
    Ok(known)
}
