//! What would fail at a boot fails when the host is marked.

use super::{Orchestrator, OrchestratorError, variables::Secrets};
use crate::{
    ids::HostId,
    lease::Pin,
    profile::{Firmware as Supported, ProfileVersion},
    script::{Firmware, Role, Script, prove},
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
        let files = self.texts(&version, &pin.spec, host, secrets).await?;
        let script = files.first().map_or("", |file| &file.text);
        let wrong = |why: String| {
            let (host, profile) = (&pin.spec.name, &pin.profile);
            OrchestratorError::Invalid(format!("host {host}, profile {profile}: its script: {why}"))
        };
        let script = Script::parse(script).map_err(|error| wrong(error.to_string()))?;
        for firmware in firmwares(&version) {
            prove(&script, firmware, Role::Server).map_err(|found| {
                let found: Vec<_> = found.iter().map(ToString::to_string).collect();
                wrong(found.join("; "))
            })?;
        }
        Ok(())
    }
}

/// As iPXE tells them apart: UEFI is UEFI, whatever the processor.
fn firmwares(version: &ProfileVersion) -> impl Iterator<Item = Firmware> {
    let supported = &version.profile().terms.firmware;
    let bios = supported.contains(&Supported::Bios).then_some(Firmware::Bios);
    let uefi = supported.iter().any(|one| *one != Supported::Bios).then_some(Firmware::Uefi);
    bios.into_iter().chain(uefi)
}
