//! What would fail at a boot fails when the host is marked.

use super::{Orchestrator, OrchestratorError, variables::Secrets};
use crate::{
    ids::HostId,
    lease::Pin,
    profile::{RenderError, prove_script},
};

impl Orchestrator {
    /// Renders all that the host would get, and proves that its script strands no machine.
    ///
    /// # Errors
    /// [`OrchestratorError`] names the template, the line of the script or the variable.
    pub(super) async fn rehearse(
        &self,
        pin: &Pin,
        host: HostId,
        secrets: Secrets,
    ) -> Result<(), OrchestratorError> {
        let version = self.pinned(pin).await?;
        let profile = version.profile();
        let files = self.texts(&version, &pin.spec, host, secrets).await?;
        let script = files.first().map_or("", |file| &file.text);
        prove_script(script, &profile.terms).map_err(|fault| {
            let (template, why) = (profile.script.to_string(), fault.to_string());
            RenderError::Template { template, why }.into()
        })
    }
}
