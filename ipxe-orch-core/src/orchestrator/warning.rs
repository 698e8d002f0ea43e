//! What people are told of an order that is carried out all the same.

use super::{OrchestratorError, variables::resolved};
use crate::{
    host::{HostSpec, Serial, own_uuid},
    names::VariableName,
    profile::{ProfileVersion, missing_logins},
};
use serde::Serialize;
use std::fmt;
use uuid::Uuid;

/// Something that is probably wrong with a host or its install, and does not prevent what was asked
/// for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum HostWarning {
    /// None of the profile's passwords and SSH keys has a value: nobody can log in to the
    /// installed system.
    NobodyCanLogIn {
        /// The variables of the passwords and keys.
        variables: Vec<VariableName>,
    },
    /// The registered UUID is one that many boards show.
    PlaceholderUuid {
        /// The UUID.
        uuid: Uuid,
    },
    /// The registered serial number is a text that many boards show.
    PlaceholderSerial {
        /// The serial number.
        serial: Serial,
    },
}

/// What is wrong and what helps.
impl fmt::Display for HostWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NobodyCanLogIn { variables } => {
                let names: Vec<_> = variables.iter().map(VariableName::as_str).collect();
                let names = names.join(", ");
                write!(f, "nobody can log in after the install: set one of the variables {names}")
            }
            Self::PlaceholderUuid { uuid } => {
                write!(f, "UUID {uuid} is one that many boards show: it is not checked")
            }
            Self::PlaceholderSerial { serial } => {
                write!(
                    f,
                    "serial number `{serial}` is one that many boards show: it is not checked"
                )
            }
        }
    }
}

/// The warnings for a host that this version is to install. `spec` has the shared values, too.
pub(super) fn warnings(
    version: &ProfileVersion,
    spec: &HostSpec,
) -> Result<Vec<HostWarning>, OrchestratorError> {
    let variables = missing_logins(&version.profile().variables, &resolved(version, spec)?);
    let nobody = (!variables.is_empty()).then_some(HostWarning::NobodyCanLogIn { variables });
    Ok(nobody.into_iter().collect())
}

/// The warnings for a host that is registered or changed.
pub(super) fn spec_warnings(spec: &HostSpec) -> Vec<HostWarning> {
    let uuid = spec.uuid.filter(|uuid| own_uuid(*uuid).is_none());
    let serial = spec.serial.clone().filter(Serial::is_placeholder);
    let uuid = uuid.map(|uuid| HostWarning::PlaceholderUuid { uuid });
    let serial = serial.map(|serial| HostWarning::PlaceholderSerial { serial });
    uuid.into_iter().chain(serial).collect()
}
