//! Warnings about installs that are ordered all the same.

use ipxe_orch_core::{names::HostName, orchestrator::InstallWarning};
use serde::Serialize;

/// Something that is probably wrong with an install.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WarningView {
    /// The host that is to be installed.
    pub host: HostName,
    /// What it is: `kind`, and the fields of that kind.
    #[serde(flatten)]
    pub warning: InstallWarning,
    /// The warning for people, with the remedy.
    pub message: String,
}

impl WarningView {
    /// The warning about the install of `host`.
    pub fn new(host: &HostName, warning: &InstallWarning) -> Self {
        Self { host: host.clone(), warning: warning.clone(), message: warning.to_string() }
    }

    /// The warnings of a plan.
    pub fn all(warnings: &[(HostName, InstallWarning)]) -> Vec<Self> {
        warnings.iter().map(|(host, warning)| Self::new(host, warning)).collect()
    }
}
