//! What a host would get: its script and answer files, without an attempt.

use super::{
    Caller, HostWarning, Orchestrator, OrchestratorError, variables::Secrets, warning::warnings,
};
use crate::{
    auth::{BuildImages, Granted, SeeHosts},
    digest::Digest,
    host::HostSpec,
    ids::{AttemptId, HostId},
    lease::Pin,
    profile::{ProfileVersion, Recipient, RenderError, Texts, prove_script},
    stores::{HostKey, HostRecord},
};
use std::sync::Arc;

const ACTION: &str = "profile.preview";

/// Stands for the ticket, because there is no attempt.
const TICKET: &str = "TICKET";

/// A rendered text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewFile {
    /// `script`, or the name of an answer file. The abort answer has ` (abort)` after the name.
    pub name: String,
    /// The text.
    pub text: String,
}

/// What a host would get now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preview {
    /// The version of the profile that was rendered.
    pub version: ProfileVersion,
    /// Whether a mark has pinned it. Otherwise it is what a mark would pin now.
    pub pinned: bool,
    /// The texts.
    pub files: Vec<PreviewFile>,
}

impl Orchestrator {
    /// What the host would get now: what its mark has pinned, else what a mark would pin. `secrets`
    /// asks for secrets in plain text. That needs the permission to build images, and leaves an
    /// audit entry. Otherwise each secret is shown as `SECRET`.
    ///
    /// # Errors
    /// [`OrchestratorError::Invalid`] if a mark would be refused, [`OrchestratorError::Render`]
    /// if the boot would fail.
    pub async fn preview(
        &self,
        caller: &Caller,
        host: &HostKey,
        secrets: bool,
    ) -> Result<Preview, OrchestratorError> {
        let resource = Some(host.resource());
        let see = if secrets {
            self.authorize_for::<BuildImages>(caller, ACTION, resource).await?.see()
        } else {
            self.authorize_for::<SeeHosts>(caller, ACTION, resource).await?
        };
        let host = self.known(&see, host).await?;
        let pinned = host.lease.mark.as_ref().map(|mark| mark.pin.clone());
        let marked = pinned.is_some();
        let pin = match pinned {
            Some(pin) => pin,
            None => self.pin(&see, host.id, &host.spec).await?,
        };
        let version = self.pinned(&see, &pin).await?;
        let told = if secrets { Secrets::Open } else { Secrets::Masked };
        let files = self.files(&version, &pin.spec, host.id, told).await?;
        if secrets {
            let mut entry = self.entry(caller, ACTION);
            entry.host = Some(host.id);
            entry.host_name = Some(host.spec.name.clone());
            entry.digest = Some(Digest::of_parts(files.iter().map(|file| file.text.as_bytes())));
            entry.detail = Some("with secrets".to_owned());
            self.append(&[entry]).await?;
        }
        Ok(Preview { version: Arc::unwrap_or_clone(version), pinned: marked, files })
    }

    /// What the host would get with this version of its profile. Secrets are masked.
    ///
    /// # Errors
    /// Those of [`Self::preview`].
    pub async fn preview_with(
        &self,
        caller: &Caller,
        host: &HostRecord,
        version: &ProfileVersion,
    ) -> Result<Vec<PreviewFile>, OrchestratorError> {
        let see = self.authorize::<SeeHosts>(caller, ACTION).await?;
        see.check(host)?;
        let profile = Some(&version.profile().name);
        let defaults = self.parts.store.list_defaults(&see, profile).await?;
        let spec = self.completed(version, &defaults, &host.spec, host.id).await?;
        self.files(&Arc::new(version.clone()), &spec, host.id, Secrets::Masked).await
    }

    /// Renders what the machine would get, and proves its script. So the person who marks the host
    /// sees what is wrong, also a secret that does not open, and not the machine when it boots.
    /// Returns the warnings.
    pub(super) async fn try_out(
        &self,
        see: &Granted<SeeHosts>,
        pin: &Pin,
        host: HostId,
        secrets: Secrets,
    ) -> Result<Vec<HostWarning>, OrchestratorError> {
        let version = self.pinned(see, pin).await?;
        self.try_out_with(&version, pin, host, secrets).await
    }

    /// The same with the version that is pinned.
    pub(super) async fn try_out_with(
        &self,
        version: &Arc<ProfileVersion>,
        pin: &Pin,
        host: HostId,
        secrets: Secrets,
    ) -> Result<Vec<HostWarning>, OrchestratorError> {
        self.files(version, &pin.spec, host, secrets).await?;
        warnings(version, &pin.spec)
    }

    async fn files(
        &self,
        version: &Arc<ProfileVersion>,
        spec: &HostSpec,
        host: HostId,
        secrets: Secrets,
    ) -> Result<Vec<PreviewFile>, OrchestratorError> {
        let attempt = AttemptId::from_bytes([0; 16]);
        let base = format!("http://server.invalid/boot/v1/t/{TICKET}/");
        let (spec, ticket) = (spec.clone(), TICKET.to_owned());
        let recipient = Recipient { spec, host, attempt, ticket, base };
        let made = Arc::clone(version);
        let all = move |texts: &Texts<'_>| files(texts, &made);
        self.render(version, recipient, secrets, all).await
    }
}

fn files(texts: &Texts<'_>, version: &ProfileVersion) -> Result<Vec<PreviewFile>, RenderError> {
    let mut files = vec![PreviewFile { name: "script".to_owned(), text: script(texts, version)? }];
    for (file, is_abort, text) in texts.answers() {
        let name = if is_abort { format!("{} (abort)", file.name) } else { file.name.to_string() };
        files.push(PreviewFile { name, text: text? });
    }
    Ok(files)
}

/// The script, after a proof. The linter saw sample hosts, and the script of this host may differ
/// from theirs.
fn script(texts: &Texts<'_>, version: &ProfileVersion) -> Result<String, RenderError> {
    let (script, profile) = (texts.script()?, version.profile());
    prove_script(&script, &profile.terms).map_err(|fault| {
        let (template, why) = (profile.script.to_string(), fault.to_string());
        RenderError::Template { template, why }
    })?;
    Ok(script)
}
