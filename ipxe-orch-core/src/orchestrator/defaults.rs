//! Defaults: setting them, and giving them to a host when it is marked.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    auth::{ChangeHosts, Granted, Resource, SeeHosts},
    host::{HostSpec, HostValue, SECRET},
    ids::{HostId, KeyId},
    keys::SealedFor,
    names::VariableName,
    profile::{Defaults, DefaultsKey, ProfileVersion, Variable, inherited},
    stores::StoreError,
};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

const ACTION: &str = "profile.set";

/// How often it looks again where somebody else edits the same values.
const TRIES: u32 = 3;

/// A change of the defaults of a place. Variables that it does not name keep their values.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DefaultsEdit {
    /// Values to set.
    pub set: BTreeMap<VariableName, HostValue>,
    /// Secrets to seal and set. Passwords are hashed before.
    pub secrets: BTreeMap<VariableName, Zeroizing<String>>,
    /// Variables whose values are removed.
    pub unset: Vec<VariableName>,
    /// The reason, for the audit.
    pub reason: Option<String>,
}

impl DefaultsEdit {
    /// For the audit: the names, and why.
    fn told(&self) -> (Vec<String>, Option<String>) {
        let set = self.set.keys().chain(self.secrets.keys()).map(|name| format!("+{name}"));
        let unset = self.unset.iter().map(|name| format!("-{name}"));
        (set.chain(unset).collect(), self.reason.clone())
    }
}

impl Orchestrator {
    /// Sets values for all hosts of a place, and returns the new defaults. Marks and installs keep
    /// what they have pinned.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] for a caller who may change only some of these hosts.
    /// [`OrchestratorError::Invalid`] if there is no such profile or variable, or if the variable
    /// does not take the value. [`OrchestratorError::Changed`] if others change the same defaults
    /// all the time.
    pub async fn set_defaults(
        &self,
        caller: &Caller,
        place: &DefaultsKey,
        edit: &DefaultsEdit,
    ) -> Result<Defaults, OrchestratorError> {
        let resource = Resource::Defaults(&place.profile, place.site.as_ref());
        let grant = self.authorize_for::<ChangeHosts>(caller, ACTION, Some(resource)).await?;
        let see = grant.see();
        self.refuse_beyond(&grant, caller, place).await?;
        let profile = &place.profile;
        let Some(version) = self.parts.store.current_profile(&see, profile).await? else {
            return Err(OrchestratorError::NoSuchProfile(profile.clone()));
        };
        let new = self.checked(&version, place, edit).await?;
        for _ in 0..TRIES {
            let before = self.defaults_of(&see, place).await?;
            let mut values = before.values.clone();
            values.retain(|name, _| !edit.unset.contains(name));
            values.extend(new.clone());
            if values == before.values {
                return Ok(before);
            }
            let edited = Defaults { values, ..before };
            match self.put_defaults(&grant, caller, &edited, edit.told()).await {
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => {
                    let generation = edited.generation.saturating_add(1);
                    return Ok(Defaults { generation, ..edited });
                }
            }
        }
        Err(OrchestratorError::Changed(format!("the values of {place}")))
    }

    async fn refuse_beyond(
        &self,
        grant: &Granted<ChangeHosts>,
        caller: &Caller,
        place: &DefaultsKey,
    ) -> Result<(), OrchestratorError> {
        if grant.check_site(place.site.as_ref(), "it").is_ok() {
            return Ok(());
        }
        let mut entry = self.entry(caller, ACTION);
        entry.detail = Some(place.to_string());
        let who = caller.actor();
        let text = format!("{who} may not change all hosts for which the values of {place} hold");
        self.deny(entry, text).await
    }

    /// The values to set, as the profile wants them, and sealed for the place.
    async fn checked(
        &self,
        version: &ProfileVersion,
        place: &DefaultsKey,
        edit: &DefaultsEdit,
    ) -> Result<BTreeMap<VariableName, HostValue>, OrchestratorError> {
        let variables = &version.profile().variables;
        let mut new = BTreeMap::new();
        for (name, value) in &edit.set {
            let variable = wanted(variables, place, name)?;
            if variable.is_secret() {
                return Err(invalid(
                    name,
                    "it is secret: set it as a secret, so that it is sealed",
                ));
            }
            if value.masked().as_str() == SECRET {
                return Err(invalid(name, &format!("it cannot be `{SECRET}`, nor a sealed value")));
            }
            variable.parse(value.as_str()).map_err(|why| invalid(name, &why))?;
            new.insert(name.clone(), value.clone());
        }
        for (name, secret) in &edit.secrets {
            let variable = wanted(variables, place, name)?;
            let value = self.seal_for(variable, place.sealed_for(), name, secret).await?;
            new.insert(name.clone(), value);
        }
        Ok(new)
    }

    async fn defaults_of(
        &self,
        see: &Granted<SeeHosts>,
        place: &DefaultsKey,
    ) -> Result<Defaults, StoreError> {
        let all = self.parts.store.list_defaults(see, Some(&place.profile)).await?;
        let there = all.into_iter().find(|values| values.place == *place);
        Ok(there.unwrap_or_else(|| Defaults::none(place.clone())))
    }

    /// The audit tells what changes, by names, never by values, and why.
    async fn put_defaults(
        &self,
        grant: &Granted<ChangeHosts>,
        caller: &Caller,
        values: &Defaults,
        (changes, reason): (Vec<String>, Option<String>),
    ) -> Result<(), StoreError> {
        let mut entry = self.entry(caller, ACTION);
        entry.reason = reason;
        entry.detail = Some(format!("{}: {}", values.place, changes.join(" ")));
        self.parts.store.put_defaults(grant, values, &entry).await
    }

    /// The specification with what the host shares with others: a mark pins this, so that it
    /// needs nothing else, and nobody's edit alters it.
    pub(super) async fn completed(
        &self,
        version: &ProfileVersion,
        defaults: &[Defaults],
        spec: &HostSpec,
        host: HostId,
    ) -> Result<HostSpec, OrchestratorError> {
        let profile = version.profile();
        let mut completed = spec.clone();
        for (name, (place, value)) in inherited(profile, spec.site.as_ref(), &spec.values, defaults)
        {
            let value = match value.sealed() {
                None => value.clone(),
                Some(sealed) => {
                    let secret = self.opened(&sealed, place.sealed_for(), name).await?;
                    self.sealed(&secret, SealedFor::Host(host), name).await?
                }
            };
            completed.values.insert(name.clone(), value);
        }
        Ok(completed)
    }

    /// Seals what an earlier master key sealed; gives the number of places.
    pub(super) async fn reseal_defaults(
        &self,
        caller: &Caller,
        grant: &Granted<ChangeHosts>,
        active: KeyId,
    ) -> Result<usize, OrchestratorError> {
        let mut done = 0_usize;
        let reason = Some("reseal".to_owned());
        for mut defaults in self.parts.store.list_defaults(&grant.see(), None).await? {
            let owner = defaults.place.sealed_for();
            let anew = self.seal_anew(&mut defaults.values, owner, active).await?;
            if !anew.is_empty() {
                let set = anew.iter().map(|name| format!("+{name}")).collect();
                self.put_defaults(grant, caller, &defaults, (set, reason.clone())).await?;
                done = done.saturating_add(1);
            }
        }
        Ok(done)
    }
}

fn wanted<'a>(
    variables: &'a BTreeMap<VariableName, Variable>,
    place: &DefaultsKey,
    name: &VariableName,
) -> Result<&'a Variable, OrchestratorError> {
    variables.get(name).ok_or_else(|| OrchestratorError::NoSuchVariable {
        profile: place.profile.clone(),
        name: name.clone(),
    })
}

pub(super) fn invalid(name: &VariableName, why: &str) -> OrchestratorError {
    OrchestratorError::Invalid(format!("variable `{name}`: {why}"))
}
