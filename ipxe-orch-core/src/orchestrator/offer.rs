//! The attempt that a marked host is offered: rendered before anything is written.

use super::{Orchestrator, OrchestratorError, variables::Secrets};
use crate::{
    auth::{Granted, SeeHosts},
    boot::{Ticket, is_script},
    ids::AttemptId,
    keys::Purpose,
    lease::{Attempt, Mark, Pin, with_place},
    profile::{Firmware, ProfileVersion, Recipient, RenderError, Texts},
    stores::{HostRecord, StoreError},
};
use std::sync::Arc;

const NO_SCRIPT: &str = "it must begin with a line `#!ipxe`";
const CONTROL: &str = "it has the control character U+0001";

impl Orchestrator {
    /// The attempt to offer for `mark`, rendered.
    pub(super) async fn prepare(
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
