//! A machine boots: identify, decide, render, apply, respond.

use super::{
    OpenBoot, Orchestrator, OrchestratorError, Writing,
    engine::{Decided, Loaded, Transition},
    suspend::is_instead,
    variables::Secrets,
};
use crate::{
    auth::{Granted, Origin, SeeHosts},
    boot::{
        BootRequest, LOCAL_SCRIPT, Proof, Refusal, Ticket, Tickets, contradiction, is_script,
        same_uuid,
    },
    host::SameUuid,
    ids::{AttemptId, HostId},
    keys::Purpose,
    lease::{Attempt, Event, Mark, Pin, Reply, with_place},
    names::HostName,
    profile::{Firmware, ProfileVersion, Recipient, RenderError, Texts},
    stores::{BootEvent, BootEventKind, HostRecord, StoreError},
};
use async_trait::async_trait;
use std::sync::Arc;

const NO_SCRIPT: &str = "it must begin with a line `#!ipxe`";
const CONTROL: &str = "it has the control character U+0001";

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
            at: self.parts.clock.now(),
            host: Some(decided.host.id),
            host_name: Some(decided.host.spec.name.clone()),
            attempt: offer.map(|attempt| attempt.id),
            origin,
            kind,
            alert: decided.row.alert,
            outdated_image,
            swapped_uuid: same_uuid(request, &decided.host) == Some(SameUuid::Swapped),
            claimed_from: None,
            count: 1,
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
        self.event(BootEvent {
            at: self.parts.clock.now(),
            host: Some(host.id),
            host_name: Some(host.spec.name.clone()),
            attempt: None,
            origin,
            kind: BootEventKind::Unsupported { firmware },
            alert: true,
            outdated_image,
            swapped_uuid: false,
            claimed_from: None,
            count: 1,
        });
        BootAnswer::local()
    }

    /// `host`: whom the secret proves, with its name where it is registered.
    fn refused(
        &self,
        (host, host_name): (HostId, Option<HostName>),
        origin: Origin,
        kind: BootEventKind,
    ) -> BootAnswer {
        let (at, host) = (self.parts.clock.now(), Some(host));
        self.event(BootEvent {
            at,
            host,
            host_name,
            attempt: None,
            origin,
            kind,
            alert: true,
            outdated_image: false,
            swapped_uuid: false,
            claimed_from: None,
            count: 1,
        });
        BootAnswer::local()
    }

    /// The attempt to offer for `mark`, rendered.
    async fn prepare(
        &self,
        see: &Granted<SeeHosts>,
        host: &HostRecord,
        mark: &Mark,
        firmware: Option<Firmware>,
    ) -> Result<Attempt, OrchestratorError> {
        let version = self.pinned(see, &mark.pin).await?;
        let profile = version.profile();
        if let Some(firmware) = firmware.filter(|_| !profile.terms.boots_on(firmware)) {
            return Err(OrchestratorError::Unsupported(firmware));
        }
        self.check_media(&version).await?;
        let now = self.parts.clock.now();
        let id = AttemptId::generate(now, self.parts.random.as_ref());
        let key = self.parts.keys.active(Purpose::Ticket).await?;
        let ticket = Ticket::marker(&key, id).to_string();
        let recipient = Recipient {
            spec: mark.pin.spec.clone(),
            host: host.id,
            attempt: id,
            ticket: ticket.clone(),
            base: "http://server.invalid/".to_owned(),
        };
        // A template that fails must not spend a mark: all are tried before the offer.
        let all = |texts: &Texts<'_>| {
            let script = texts.script()?;
            texts.answers().try_for_each(|(.., text)| text.map(drop))?;
            Ok(script)
        };
        let script = self.render(&version, recipient, Secrets::Open, all).await?;
        let wrong = |why: &str| {
            let (template, why) = (profile.script.to_string(), why.to_owned());
            OrchestratorError::from(RenderError::Template { template, why })
        };
        // It was proved when the host was marked: only the attempt and its ticket are new.
        if !is_script(&script) {
            return Err(wrong(NO_SCRIPT));
        }
        let script = with_place(&script, &ticket, key.id).ok_or_else(|| wrong(CONTROL))?;
        Ok(Attempt {
            id,
            mark: mark.id,
            pin: mark.pin.clone(),
            terms: profile.terms.clone(),
            script,
            offered_at: now,
            offers: 1,
            counted_at: now,
            claim: None,
            answered_at: None,
            progress: None,
            deadline: None,
            closed: None,
        })
    }

    /// A server that lacks a file does not offer: the image asks the next one.
    async fn check_media(&self, version: &ProfileVersion) -> Result<(), OrchestratorError> {
        for media in version.all_media() {
            if !self.parts.media.contains(&media).await? {
                let (profile, path) =
                    (version.profile().name.to_string(), media.source.to_string());
                return Err(OrchestratorError::MissingMedia { profile, path });
            }
        }
        Ok(())
    }

    pub(super) async fn pinned(
        &self,
        see: &Granted<SeeHosts>,
        pin: &Pin,
    ) -> Result<Arc<ProfileVersion>, OrchestratorError> {
        let version = self.parts.store.lookup_profile(see, &pin.profile, &pin.version).await?;
        let missing = || format!("profile {} has no version {}", pin.profile, pin.version);
        Ok(Arc::new(version.ok_or_else(|| StoreError::Corrupt(missing()))?))
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

    async fn host(&self) -> Result<Option<HostRecord>, StoreError> {
        self.orchestrator.parts.store.lookup_boot(&self.proof.grant, self.request.host).await
    }

    fn contradiction(&self, host: &HostRecord) -> Option<Refusal> {
        contradiction(self.request, host, self.proof.imported)
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
