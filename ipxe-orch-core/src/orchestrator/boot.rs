//! A machine boots: identify, decide, render, apply, respond.

use super::{
    OpenBoot, Orchestrator, OrchestratorError, Writing,
    engine::{Decided, Loaded, Transition},
    suspend::is_instead,
};
use crate::{
    auth::Origin,
    boot::{BootRequest, LOCAL_SCRIPT, Proof, Refusal, Tickets, contradiction, same_uuid},
    host::SameUuid,
    ids::HostId,
    lease::{Attempt, Event, Reply},
    names::HostName,
    profile::Firmware,
    stores::{BootEvent, BootEventKind, BootRecord, HostKey, HostRecord, StoreError},
};
use async_trait::async_trait;

/// The answer to a booting machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootAnswer {
    /// An iPXE script: an install, or [`LOCAL_SCRIPT`].
    pub script: String,
}

impl BootAnswer {
    fn local() -> Self {
        Self { script: LOCAL_SCRIPT.to_owned() }
    }
}

impl Orchestrator {
    /// Answers `GET {base}/boot/v1/script?query`.
    ///
    /// A machine that is not known or not believed gets the same answer as a machine with nothing
    /// to install.
    ///
    /// # Errors
    /// [`OrchestratorError::BadRequest`] if the query is not a boot request. Every other error
    /// means that this server cannot decide, and the machine must ask the next one.
    pub async fn boot(&self, query: &str, origin: Origin) -> Result<BootAnswer, OrchestratorError> {
        self.answer_boot(&self.open_boot(query, &origin).await?, origin).await
    }

    /// Answers a boot request that was opened before.
    ///
    /// # Errors
    /// Those of [`Self::boot`], but never [`OrchestratorError::BadRequest`].
    pub async fn answer_boot(
        &self,
        opened: &OpenBoot,
        origin: Origin,
    ) -> Result<BootAnswer, OrchestratorError> {
        let OpenBoot { request, proof, writing } = opened;
        let proof = match proof {
            Ok(proof) => proof.clone(),
            Err(why) => {
                self.record_unproved(&origin, BootEventKind::Refused { why: *why, shown: None });
                return Ok(BootAnswer::local());
            }
        };
        let firmware = Firmware::of(&request.platform, &request.arch);
        let transition = BootTransition { orchestrator: self, request, proof, firmware, writing };
        let host = match transition.look().await {
            Err(error) => return Err(transition.unanswered(error.into(), origin).await),
            Ok(host) => host,
        };
        // All others are read wholly.
        if let Some(host) = host.filter(|host| host.is_idle && transition.believes(host)) {
            return Ok(self.rests(host, request, origin));
        }
        let decided = match self.carry_out(&transition, &Event::Boot, &origin).await {
            Err(OrchestratorError::Unsupported(firmware)) => {
                return transition.unsupported(firmware, origin).await;
            }
            Err(error) => return Err(transition.unanswered(error, origin).await),
            Ok(decided) => decided,
        };
        let Some(decided) = decided else { return transition.refuse(origin).await };
        let answer = self.answer(&decided, request, origin.clone()).await;
        answer.inspect_err(|error| self.unanswered(&decided.host, None, error, origin))
    }

    /// There is nothing to install: whatever else there is of the host, it boots its own disk (the
    /// rows of [`TABLE`](crate::lease::TABLE) for an idle and a held host).
    fn rests(&self, host: BootRecord, request: &BootRequest, origin: Origin) -> BootAnswer {
        let event = BootEvent::new(self.parts.clock.now(), origin, BootEventKind::Local);
        self.event(BootEvent {
            host: Some(host.id),
            outdated_image: host.outdates(request.tag),
            swapped_uuid: same_uuid(request, host.uuid) == Some(SameUuid::Swapped),
            host_name: Some(host.name),
            ..event
        });
        BootAnswer::local()
    }

    async fn answer(
        &self,
        decided: &Decided,
        request: &BootRequest,
        origin: Origin,
    ) -> Result<BootAnswer, OrchestratorError> {
        let firmware = Firmware::of(&request.platform, &request.arch);
        let outdated_image = decided.host.outdates(request.tag);
        let attempt = decided.lease.attempt.as_ref();
        let offer = attempt.filter(|_| decided.row.reply == Reply::Script);
        // The machine may boot otherwise than when its script was rendered.
        if let (Some(attempt), Some(firmware)) = (offer, firmware)
            && !attempt.terms.boots_on(Some(firmware))
        {
            return Ok(self.not_on(firmware, &decided.host, outdated_image, origin));
        }
        let answer = match offer {
            Some(attempt) => {
                let script = Tickets::new(self.parts.keys.as_ref()).script(attempt).await?;
                BootAnswer { script }
            }
            None => BootAnswer::local(),
        };
        let kind = match offer {
            Some(attempt) => BootEventKind::Offered { offer: attempt.offers },
            None if is_instead(decided.row) => BootEventKind::Suspended,
            None if attempt.is_some_and(Attempt::is_running) => BootEventKind::DuringInstall,
            None => BootEventKind::Local,
        };
        self.event(BootEvent {
            attempt: offer.map(|attempt| attempt.id),
            alert: decided.row.alert,
            outdated_image,
            swapped_uuid: same_uuid(request, decided.host.spec.uuid) == Some(SameUuid::Swapped),
            ..BootEvent::new(self.parts.clock.now(), origin, kind).of(&decided.host)
        });
        Ok(answer)
    }

    /// The profile's script would not boot: the machine goes to its own disk, and keeps its mark.
    fn not_on(
        &self,
        firmware: Firmware,
        host: &HostRecord,
        outdated_image: bool,
        origin: Origin,
    ) -> BootAnswer {
        let kind = BootEventKind::Unsupported { firmware };
        let event = BootEvent::new(self.parts.clock.now(), origin, kind).of(host);
        self.event(BootEvent { alert: true, outdated_image, ..event });
        BootAnswer::local()
    }

    /// `host`: whom the secret proves, with its name where it is registered.
    fn refused(
        &self,
        (host, host_name): (HostId, Option<HostName>),
        origin: Origin,
        kind: BootEventKind,
    ) -> BootAnswer {
        let event = BootEvent::new(self.parts.clock.now(), origin, kind);
        self.event(BootEvent { host: Some(host), host_name, alert: true, ..event });
        BootAnswer::local()
    }
}

struct BootTransition<'a> {
    orchestrator: &'a Orchestrator,
    request: &'a BootRequest,
    proof: Proof,
    firmware: Option<Firmware>,
    writing: &'a Writing,
}

impl BootTransition<'_> {
    async fn unsupported(
        &self,
        firmware: Firmware,
        origin: Origin,
    ) -> Result<BootAnswer, OrchestratorError> {
        match self.host().await? {
            Some(host) => {
                let outdated = host.outdates(self.request.tag);
                Ok(self.orchestrator.not_on(firmware, &host, outdated, origin))
            }
            None => self.refuse(origin).await,
        }
    }

    /// The event tells whoever marked the host what stands in the way.
    async fn unanswered(&self, error: OrchestratorError, origin: Origin) -> OrchestratorError {
        if let Ok(Some(host)) = self.host().await
            && self.contradiction(&host).is_none()
        {
            self.orchestrator.unanswered(&host, None, &error, origin);
        }
        error
    }

    async fn look(&self) -> Result<Option<BootRecord>, StoreError> {
        self.orchestrator.parts.store.lookup_boot(&self.proof.grant, self.request.host).await
    }

    fn believes(&self, host: &BootRecord) -> bool {
        contradiction(self.request, host, self.proof.imported).is_none()
    }

    async fn host(&self) -> Result<Option<HostRecord>, StoreError> {
        let key = HostKey::Id(self.request.host);
        self.orchestrator.parts.store.lookup_host(&self.proof.grant.see(), &key).await
    }

    fn contradiction(&self, host: &HostRecord) -> Option<Refusal> {
        contradiction(self.request, &BootRecord::of(host), self.proof.imported)
    }

    /// There is nobody to decide for: the event says why, the machine is not told.
    async fn refuse(&self, origin: Origin) -> Result<BootAnswer, OrchestratorError> {
        let host = self.host().await?;
        let why = host.as_ref().and_then(|host| self.contradiction(host));
        let why = why.unwrap_or(Refusal::UnknownHost);
        let shown = Some(Box::new(self.request.shown()));
        let host = (self.request.host, host.map(|host| host.spec.name));
        let kind = BootEventKind::Refused { why, shown };
        Ok(self.orchestrator.refused(host, origin, kind))
    }
}

#[async_trait]
impl Transition for BootTransition<'_> {
    async fn load(&self) -> Result<Option<Loaded>, StoreError> {
        let host = self.host().await?.filter(|host| self.contradiction(host).is_none());
        Ok(host.map(|host| Loaded { host, earlier: None, grant: self.proof.grant.write() }))
    }

    async fn attempt(&self, host: &HostRecord) -> Result<Attempt, OrchestratorError> {
        let mark = host.lease.mark.as_ref().ok_or(StoreError::Conflict)?;
        self.orchestrator.prepare(&self.proof.grant.see(), host, mark, self.firmware).await
    }

    fn writing(&self) -> Option<&Writing> {
        Some(self.writing)
    }
}
