//! The values of a host's variables, for templates.

use super::{Orchestrator, OrchestratorError};
use crate::{
    host::HostSpec,
    ids::HostId,
    keys::SealedFor,
    names::VariableName,
    profile::{ProfileVersion, Resolved, lacking, resolve},
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How secrets are told to answer files; scripts and `abort` answers never hear of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrets {
    /// As a word that hides them.
    Masked,
    /// As they are.
    Open,
}

/// What stands for a secret in a preview: one plain word in every syntax.
const MASK: &str = "SECRET";

impl Orchestrator {
    /// The `vars` of the templates.
    pub(super) async fn vars(
        &self,
        version: &ProfileVersion,
        spec: &HostSpec,
        host: HostId,
        secrets: Secrets,
    ) -> Result<Map<String, Value>, OrchestratorError> {
        let mut vars = Map::new();
        for (name, value) in resolved(version, spec)? {
            let value = match (value, secrets) {
                (Resolved::Plain(value), _) => value,
                (Resolved::Sealed(_), Secrets::Masked) => MASK.into(),
                (Resolved::Sealed(sealed), Secrets::Open) => {
                    self.opened(&sealed, SealedFor::Host(host), &name).await?.as_str().into()
                }
            };
            vars.insert(name.to_string(), value);
        }
        Ok(vars)
    }
}

/// What the host has for the profile's variables; all that keeps the profile from installing it
/// otherwise.
pub(super) fn resolved(
    version: &ProfileVersion,
    spec: &HostSpec,
) -> Result<BTreeMap<VariableName, Resolved>, OrchestratorError> {
    let profile = version.profile();
    let lacking = lacking(&profile.lacks, spec);
    let mut problems: Vec<_> = lacking.iter().map(ToString::to_string).collect();
    let resolved = resolve(&profile.variables, &spec.values);
    let none = BTreeMap::new();
    let known = resolved.as_ref().unwrap_or(&none);
    let beyond = profile.limits.problems(spec, &profile.variables, known);
    problems.extend(beyond.iter().map(ToString::to_string));
    match resolved {
        Ok(resolved) if problems.is_empty() => return Ok(resolved),
        Ok(_) => {}
        Err(wrong) => problems.extend(wrong.iter().map(ToString::to_string)),
    }
    Err(OrchestratorError::Unfit {
        host: spec.name.clone(),
        profile: profile.name.clone(),
        problems: problems.join("; "),
    })
}
