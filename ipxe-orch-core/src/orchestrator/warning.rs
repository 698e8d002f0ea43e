//! What people are told of an order that is carried out all the same.

use super::{OrchestratorError, variables::resolved};
use crate::{
    host::HostSpec,
    names::VariableName,
    profile::{ProfileVersion, missing_logins},
};
use serde::Serialize;
use std::fmt;

/// Something that is probably wrong with an install, and does not prevent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum InstallWarning {
    /// None of the profile's passwords and SSH keys has a value: nobody can log in to the
    /// installed system.
    NobodyCanLogIn {
        /// The variables of the passwords and keys.
        variables: Vec<VariableName>,
    },
}

/// What is wrong and what helps.
impl fmt::Display for InstallWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::NobodyCanLogIn { variables } = self;
        let names: Vec<_> = variables.iter().map(VariableName::as_str).collect();
        write!(
            f,
            "nobody can log in after the install: set one of the variables {}",
            names.join(", ")
        )
    }
}

/// The warnings for a host that this version is to install. `spec` has the shared values, too.
pub(super) fn warnings(
    version: &ProfileVersion,
    spec: &HostSpec,
) -> Result<Vec<InstallWarning>, OrchestratorError> {
    let variables = missing_logins(&version.profile().variables, &resolved(version, spec)?);
    let nobody = (!variables.is_empty()).then_some(InstallWarning::NobodyCanLogIn { variables });
    Ok(nobody.into_iter().collect())
}
