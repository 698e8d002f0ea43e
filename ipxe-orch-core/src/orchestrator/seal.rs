//! Sealing and opening secrets: those of hosts, and those that hosts share.

use super::{Caller, HostInput, Orchestrator, OrchestratorError, defaults::invalid};
use crate::{
    auth::{ChangeHosts, Granted, ManageKeys},
    host::HostValue,
    ids::KeyId,
    keys::{Purpose, Sealed, SealedFor, SealedPlace},
    names::VariableName,
    profile::{Variable, password_hash},
    stores::{HostFilter, HostRecord, StoreError},
};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// How many things have secrets that were sealed again or erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resealed {
    /// The number of hosts.
    pub hosts: usize,
    /// The number of places with defaults: profiles, and profiles at a site.
    pub defaults: usize,
    /// The number of marks that stand and of attempts that are open.
    pub pins: usize,
    /// The number of marks and attempts that have ended: their secrets were erased.
    pub erased: usize,
}

impl Orchestrator {
    /// Seals a secret for a variable of a host. The result belongs into the host's specification. A
    /// password becomes its hash before; everything else is sealed as it is.
    ///
    /// # Errors
    /// [`OrchestratorError::Invalid`] if the host's profile has no such variable, or if the
    /// variable is not secret; [`OrchestratorError::Sealed`] if the value cannot be sealed.
    pub async fn seal_value(
        &self,
        caller: &Caller,
        host: &HostRecord,
        name: &VariableName,
        secret: &str,
    ) -> Result<HostValue, OrchestratorError> {
        let grant = self.authorize::<ChangeHosts>(caller, "host.seal").await?;
        grant.check(host)?;
        let variables = match &host.spec.profile {
            Some(profile) => self.parts.store.current_profile(&grant.see(), profile).await?,
            None => None,
        };
        let variable = variables.as_ref().and_then(|version| version.profile().variables.get(name));
        let Some(variable) = variable else {
            return Err(match &host.spec.profile {
                None => invalid(name, "the host has no profile that could have it"),
                Some(profile) => {
                    let (profile, name) = (profile.clone(), name.clone());
                    OrchestratorError::NoSuchVariable { profile, name }
                }
            });
        };
        self.seal_for(variable, SealedFor::Host(host.id), name, secret).await
    }

    /// Seals all secrets again that were sealed with an earlier master key: those of hosts, of
    /// defaults, of marks that stand and of attempts that are open. Those of marks and attempts
    /// that have ended are erased. After it, nothing in the store needs an earlier master key.
    ///
    /// # Errors
    /// [`OrchestratorError::Sealed`] for a secret that does not open. What was before it is done
    /// then.
    pub async fn reseal(&self, caller: &Caller) -> Result<Resealed, OrchestratorError> {
        let keys = self.authorize_for_all::<ManageKeys>(caller, "keys.reseal", None).await?;
        let change = self.authorize::<ChangeHosts>(caller, "keys.reseal").await?;
        let active = self.parts.keys.active(Purpose::Master).await?.id;
        let defaults = self.reseal_defaults(caller, &change, active).await?;
        let (mut filter, mut hosts) = (HostFilter::default(), 0_usize);
        loop {
            let page = self.parts.store.list_hosts(&change.see(), &filter).await?;
            for host in &page.hosts {
                let mut spec = host.spec.clone();
                let owner = SealedFor::Host(host.id);
                if !self.seal_anew(&mut spec.values, owner, active).await?.is_empty() {
                    let import = self.plan_import(caller, &[HostInput::edit(host, spec)]).await?;
                    self.import(caller, &import.because("reseal")).await?;
                    hosts = hosts.saturating_add(1);
                }
            }
            match page.next {
                None => break,
                next => filter.after = next,
            }
        }
        // Last: a mark that is set meanwhile pins what the host has now.
        let (pins, erased) = self.reseal_pins(caller, &keys, active).await?;
        Ok(Resealed { hosts, defaults, pins, erased })
    }

    /// The pins of marks and attempts, page by page until none is left.
    async fn reseal_pins(
        &self,
        caller: &Caller,
        grant: &Granted<ManageKeys>,
        active: KeyId,
    ) -> Result<(usize, usize), OrchestratorError> {
        let (mut sealed, mut erased) = (0_usize, 0_usize);
        let mut before = Vec::new();
        loop {
            let mut pins = self.parts.store.list_sealed_pins(grant, active).await?;
            if pins.is_empty() {
                return Ok((sealed, erased));
            }
            if pins == before {
                let text = "secrets of marks or attempts stay sealed with an earlier key";
                return Err(StoreError::Corrupt(text.to_owned()).into());
            }
            before.clone_from(&pins);
            for pin in &mut pins {
                if pin.ended {
                    pin.values.values_mut().for_each(|value| *value = Sealed::erased().into());
                } else {
                    self.seal_anew(&mut pin.values, SealedFor::Host(pin.host), active).await?;
                }
            }
            let ended = pins.iter().filter(|pin| pin.ended).count();
            let open = pins.len().saturating_sub(ended);
            let mut entry = self.entry(caller, "keys.reseal");
            entry.detail = Some(format!("marks and attempts: {open} sealed, {ended} erased"));
            let epoch = self.epoch().await?;
            match self.parts.store.put_sealed_pins(grant, epoch, &pins, &entry).await {
                Err(StoreError::Conflict) => {
                    self.forget_epoch();
                    before.clear();
                    continue;
                }
                done => done?,
            }
            sealed = sealed.saturating_add(open);
            erased = erased.saturating_add(ended);
        }
    }

    /// Seals what another key than the active one sealed; gives the names.
    pub(super) async fn seal_anew(
        &self,
        values: &mut BTreeMap<VariableName, HostValue>,
        owner: SealedFor<'_>,
        active: KeyId,
    ) -> Result<Vec<VariableName>, OrchestratorError> {
        let mut done = Vec::new();
        for (name, value) in values {
            let Some(sealed) = value.sealed().filter(|sealed| sealed.key() != active) else {
                continue;
            };
            let secret = self.opened(&sealed, owner, name).await?;
            *value = self.sealed(&secret, owner, name).await?;
            done.push(name.clone());
        }
        Ok(done)
    }

    /// Seals what a person gave for a variable: a password as its hash.
    pub(super) async fn seal_for(
        &self,
        variable: &Variable,
        owner: SealedFor<'_>,
        name: &VariableName,
        secret: &str,
    ) -> Result<HostValue, OrchestratorError> {
        if !variable.is_secret() {
            return Err(invalid(name, "it is not secret: set it as a plain value"));
        }
        if variable.is_password() {
            let hash = password_hash(secret, self.parts.random.as_ref());
            let hash = hash.map_err(|error| invalid(name, &error.to_string()))?;
            return self.sealed(&hash, owner, name).await;
        }
        let parsed = variable.parse(secret).map_err(|why| invalid(name, &why))?;
        self.sealed(parsed.as_str().unwrap_or(secret), owner, name).await
    }

    pub(super) async fn opened(
        &self,
        sealed: &Sealed,
        owner: SealedFor<'_>,
        name: &VariableName,
    ) -> Result<Zeroizing<String>, OrchestratorError> {
        let place = SealedPlace { owner, variable: name };
        let opened = sealed.open(place, self.parts.keys.as_ref()).await;
        opened.map_err(|error| OrchestratorError::Sealed { name: name.clone(), error })
    }

    pub(super) async fn sealed(
        &self,
        secret: &str,
        owner: SealedFor<'_>,
        name: &VariableName,
    ) -> Result<HostValue, OrchestratorError> {
        let place = SealedPlace { owner, variable: name };
        let (keys, random) = (self.parts.keys.as_ref(), self.parts.random.as_ref());
        let sealed = Sealed::seal(secret, place, keys, random).await;
        let wrong = |error| OrchestratorError::Sealed { name: name.clone(), error };
        sealed.map(HostValue::from).map_err(wrong)
    }
}
