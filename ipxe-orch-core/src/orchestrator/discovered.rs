//! Discovered machines become hosts, and a host learns the identity of a replaced mainboard.

use super::{Caller, HostInput, Import, Orchestrator, OrchestratorError};
use crate::{
    auth::ChangeHosts,
    boot::{Refusal, Shown},
    host::{HostSpec, SameUuid},
    ids::HostId,
    stores::{BootEvent, BootEventKind, EventFilter, HostKey, HostRecord},
    time::Timestamp,
};

/// The identity that a machine shows instead of the registered one. Look at it, then
/// [`Orchestrator::import`] it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Relearn {
    /// The time when it showed that.
    pub at: Timestamp,
    /// What differs: the name of the field, the registered value and the shown one. Without a shown
    /// value the field is no longer checked.
    pub changes: Vec<(&'static str, Option<String>, Option<String>)>,
    /// The change of the host.
    pub import: Import,
}

impl Orchestrator {
    /// Plans the registration of a discovered machine, and changes nothing. The host gets the id,
    /// generation and key of the machine's image.
    ///
    /// # Errors
    /// [`OrchestratorError::Refused`] if the machine was not discovered, or is registered
    /// meanwhile; also the errors of [`Orchestrator::plan_import`].
    pub async fn plan_approval(
        &self,
        caller: &Caller,
        id: HostId,
        spec: HostSpec,
        install_first: bool,
    ) -> Result<Import, OrchestratorError> {
        let grant = self.authorize::<ChangeHosts>(caller, "host.approve").await?;
        let machines = self.parts.store.list_discovered(&grant.see()).await?;
        let Some(machine) = machines.into_iter().find(|machine| machine.host == id) else {
            let text = format!("no machine with the host id {id} waits for approval");
            return Err(OrchestratorError::Refused(text));
        };
        let mut input = HostInput::new(spec, install_first);
        input.id = Some(id);
        input.image_generation = machine.shown.generation;
        input.image_key = Some(machine.shown.key);
        Ok(self.plan_import(caller, &[input]).await?.because("approved"))
    }

    /// Finds out the identity of a machine that was refused only for its UUID or serial number,
    /// while its secret and its NIC were right. Changes nothing.
    ///
    /// # Errors
    /// [`OrchestratorError::Refused`] if there is no such machine, or if a machine of the host was
    /// believed since.
    pub async fn plan_relearn(
        &self,
        caller: &Caller,
        host: &HostKey,
    ) -> Result<Relearn, OrchestratorError> {
        let grant = self.authorize::<ChangeHosts>(caller, "host.relearn").await?;
        let host = self.known(&grant.see(), host).await?;
        let filter = EventFilter { host: Some(host.id), ..EventFilter::default() };
        let events = self.parts.store.list_events(&grant.see(), &filter).await?;
        let name = &host.spec.name;
        let nothing = || {
            OrchestratorError::Refused(format!(
                "host {name} was not refused for its UUID or serial number since it was last \
                 believed: boot it from its image, then relearn it"
            ))
        };
        let (at, shown) = contradicting(&events, &host).ok_or_else(nothing)?;
        let (spec, changes) = learnt(&host.spec, shown);
        if changes.is_empty() {
            return Err(nothing());
        }
        let input = HostInput::edit(&host, spec);
        let import = self.plan_import(caller, &[input]).await?.because("relearn");
        Ok(Relearn { at, changes, import })
    }
}

/// What the machine showed when it was last refused, unless one was believed since.
fn contradicting<'a>(events: &'a [BootEvent], host: &HostRecord) -> Option<(Timestamp, &'a Shown)> {
    let registered = |shown: &Shown| host.spec.nics.iter().any(|nic| nic.mac == shown.mac);
    for event in events {
        match &event.kind {
            BootEventKind::Local | BootEventKind::Offered { .. } => return None,
            BootEventKind::Refused {
                why: Refusal::OtherUuid | Refusal::OtherSerial,
                shown: Some(shown),
            } if registered(shown) => return Some((event.at, shown)),
            _ => {}
        }
    }
    None
}

type Changes = Vec<(&'static str, Option<String>, Option<String>)>;

/// The specification with what is registered of UUID and serial number as it was shown.
fn learnt(spec: &HostSpec, shown: &Shown) -> (HostSpec, Changes) {
    let (mut next, mut changes) = (spec.clone(), Vec::new());
    let other = |uuid: uuid::Uuid| match shown.uuid {
        Some(shown) => SameUuid::of(uuid, shown) != SameUuid::Yes,
        None => true,
    };
    if spec.uuid.is_some_and(other) {
        next.uuid = shown.uuid;
        let text = |uuid: Option<uuid::Uuid>| uuid.map(|uuid| uuid.to_string());
        changes.push(("UUID", text(spec.uuid), text(shown.uuid)));
    }
    let old = spec.serial.as_ref().map(ToString::to_string);
    if spec.serial.as_ref().is_some_and(|serial| !serial.is(&shown.serial)) {
        next.serial = shown.serial.to_serial();
        let new = next.serial.as_ref().map(ToString::to_string);
        changes.push(("serial number", old, new));
    }
    (next, changes)
}
