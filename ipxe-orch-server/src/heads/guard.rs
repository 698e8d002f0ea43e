//! Whether the database still has what this server saw in it.

use ipxe_orch_backends::local::HighWaterMark;
use ipxe_orch_core::{audit::ChainHead, orchestrator::Orchestrator, stores::StoreError};

/// What to do, for every refusal.
const REMEDY: &str = "installs are suspended: put the right database back, or accept this one with \
    `ipxe-orch audit accept-heads`";

/// Compares the database with the head that was kept in `mark`, else with `seen`: one that lacks it
/// suspends installs, one that has it resumes them. Gives the head that was looked for.
///
/// # Errors
/// [`StoreError`] if the database cannot be asked; then nothing changes.
pub(crate) async fn compare(
    orchestrator: &Orchestrator,
    mark: &HighWaterMark,
    seen: Option<ChainHead>,
) -> Result<Option<ChainHead>, StoreError> {
    let known = match mark.read() {
        Ok(kept) => kept.or(seen),
        Err(error) => {
            let cause = std::error::Error::source(&error);
            let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
            orchestrator.suspend_installs(&format!("{error}{cause}; {REMEDY}"));
            return Ok(seen);
        }
    };
    match known {
        Some(head) if !orchestrator.has_audit_head(&head).await? => {
            let ChainHead { chain, sequence, .. } = head;
            orchestrator.suspend_installs(&format!(
                "the database lacks entry {sequence} of audit chain {chain}, which this server saw \
                 in it: it was set back, or is another one; {REMEDY}"
            ));
        }
        _ => orchestrator.resume_installs(),
    }
    Ok(known)
}
