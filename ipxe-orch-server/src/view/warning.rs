//! Warnings about what is done all the same.

use ipxe_orch_core::{names::HostName, orchestrator::HostWarning};
use serde::Serialize;

/// Something that is probably wrong with a host or its install.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WarningView {
    /// The host.
    pub host: HostName,
    /// What it is: `kind`, and the fields of that kind.
    #[serde(flatten)]
    pub warning: HostWarning,
    /// The warning for people, with the remedy.
    pub message: String,
}

impl WarningView {
    /// The warning about `host`.
    pub fn new(host: &HostName, warning: &HostWarning) -> Self {
        Self { host: host.clone(), warning: warning.clone(), message: warning.to_string() }
    }

    /// The warnings of a plan.
    pub fn all(warnings: &[(HostName, HostWarning)]) -> Vec<Self> {
        warnings.iter().map(|(host, warning)| Self::new(host, warning)).collect()
    }
}
