//! The values of a host's variables, secrets sealed and opened.

use super::{Caller, HostInput, Orchestrator, OrchestratorError};
use crate::{
    auth::{ChangeHosts, ManageKeys},
    host::{HostSpec, HostValue, SECRET},
    ids::{HostId, KeyId},
    keys::{Purpose, Sealed, SealedPlace},
    names::VariableName,
    profile::{ProfileVersion, Resolved, lacking, password_hash, plain_secret, resolve},
    stores::{HostFilter, HostRecord},
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
                    let place = SealedPlace { host, variable: &name };
                    let opened = sealed.open(place, self.parts.keys.as_ref()).await;
                    let wrong = |error| OrchestratorError::Sealed { name: name.clone(), error };
                    opened.map_err(wrong)?.as_str().into()
                }
            };
            vars.insert(name.to_string(), value);
        }
        Ok(vars)
    }

    /// Seals a secret for a variable of a host, to be put into its specification: passwords as
    /// their hash, everything else as it is.
    ///
    /// # Errors
    /// [`OrchestratorError::Invalid`] if the host's profile knows no such variable, or one that is
    /// not secret; [`OrchestratorError::Sealed`] if it cannot be sealed.
    pub async fn seal_value(
        &self,
        caller: &Caller,
        host: &HostRecord,
        name: &VariableName,
        secret: &str,
    ) -> Result<HostValue, OrchestratorError> {
        self.authorize::<ChangeHosts>(caller, "host.seal").await?.check(host)?;
        let variables = match &host.spec.profile {
            Some(profile) => self.parts.store.current_profile(profile).await?,
            None => None,
        };
        let variable = variables.as_ref().and_then(|version| version.profile().variables.get(name));
        let invalid = |why: String| OrchestratorError::Invalid(format!("variable `{name}`: {why}"));
        let hashed = match variable {
            None => {
                let why =
                    "the profile of the host has no such variable: see `ipxe-orch profiles show`";
                return Err(invalid(why.to_owned()));
            }
            Some(variable) if !variable.is_secret() => {
                return Err(invalid(format!("it is no secret: give it with --var {name}=VALUE")));
            }
            Some(variable) if variable.is_password() => {
                let hash = password_hash(secret, self.parts.random.as_ref());
                hash.map_err(|error| invalid(error.to_string()))?
            }
            Some(variable) => {
                let parsed = variable.parse(secret).map_err(invalid)?;
                parsed.as_str().map_or_else(|| secret.to_owned(), str::to_owned)
            }
        };
        let place = SealedPlace { host: host.id, variable: name };
        let (keys, random) = (self.parts.keys.as_ref(), self.parts.random.as_ref());
        let sealed = Sealed::seal(&hashed, place, keys, random).await;
        let wrong = |error| OrchestratorError::Sealed { name: name.clone(), error };
        sealed.map(HostValue::from).map_err(wrong)
    }

    /// Seals every secret of every host anew that an earlier master key sealed; gives the number
    /// of hosts. Marks and attempts keep what they pinned, for which the earlier key still counts.
    ///
    /// # Errors
    /// [`OrchestratorError::Sealed`] for a secret that does not open; hosts before it are done.
    pub async fn reseal(&self, caller: &Caller) -> Result<usize, OrchestratorError> {
        self.authorize::<ManageKeys>(caller, "keys.reseal").await?;
        let change = self.authorize::<ChangeHosts>(caller, "keys.reseal").await?;
        let active = self.parts.keys.active(Purpose::Master).await?.id;
        let (mut filter, mut done) = (HostFilter::default(), 0_usize);
        loop {
            let page = self.parts.store.list_hosts(&change.see(), &filter).await?;
            for host in &page.hosts {
                let spec = self.resealed(host, active).await?;
                if spec != host.spec {
                    let import = self.plan_import(caller, &[HostInput::edit(host, spec)]).await?;
                    self.import(caller, &import.because("reseal")).await?;
                    done = done.saturating_add(1);
                }
            }
            match page.next {
                None => return Ok(done),
                next => filter.after = next,
            }
        }
    }

    async fn resealed(
        &self,
        host: &HostRecord,
        active: KeyId,
    ) -> Result<HostSpec, OrchestratorError> {
        let (keys, random) = (self.parts.keys.as_ref(), self.parts.random.as_ref());
        let mut spec = host.spec.clone();
        for (name, value) in &mut spec.values {
            let Some(sealed) = value.sealed().filter(|sealed| sealed.key() != active) else {
                continue;
            };
            let wrong = |error| OrchestratorError::Sealed { name: name.clone(), error };
            let place = SealedPlace { host: host.id, variable: name };
            let secret = sealed.open(place, keys).await.map_err(wrong)?;
            let again = Sealed::seal(&secret, place, keys, random).await;
            *value = HostValue::from(again.map_err(wrong)?);
        }
        Ok(spec)
    }

    /// Refuses a specification that keeps a secret of its profile in plain text.
    pub(super) async fn refuse_plain_secrets(
        &self,
        spec: &HostSpec,
    ) -> Result<(), OrchestratorError> {
        let host = &spec.name;
        if let Some((name, _)) = spec.values.iter().find(|(_, value)| value.as_str() == SECRET) {
            let text = format!(
                "host {host}: the variable `{name}` cannot be `{SECRET}`, which stands for a secret: set it with `ipxe-orch hosts set {host} --secret {name}=@FILE`"
            );
            return Err(OrchestratorError::Invalid(text));
        }
        let Some(profile) = spec.profile.as_ref().filter(|_| !spec.values.is_empty()) else {
            return Ok(());
        };
        let version = self.parts.store.current_profile(profile).await?;
        let none = BTreeMap::new();
        let variables = version.as_ref().map_or(&none, |version| &version.profile().variables);
        let Some(name) = plain_secret(variables, &spec.values) else { return Ok(()) };
        let text = format!(
            "host {host}: the variable `{name}` is secret: set it with `ipxe-orch hosts set {host} --secret {name}=@FILE`"
        );
        Err(OrchestratorError::Invalid(text))
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
    match resolve(&profile.variables, &spec.values) {
        Ok(resolved) if problems.is_empty() => return Ok(resolved),
        Ok(_) => {}
        Err(wrong) => problems.extend(wrong.iter().map(ToString::to_string)),
    }
    let (host, profile) = (&spec.name, &profile.name);
    let text = format!("host {host}, profile {profile}: {}", problems.join("; "));
    Err(OrchestratorError::Invalid(text.replace(" HOST ", &format!(" {host} "))))
}
