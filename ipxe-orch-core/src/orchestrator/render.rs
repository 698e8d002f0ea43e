//! Rendering, on other threads than those that answer machines, and within a time limit.

use super::{Orchestrator, OrchestratorError, variables::Secrets};
use crate::{
    names::ProfileName,
    profile::{LintProblem, ProfileVersion, Recipient, RenderError, Texts, lint_until},
    work::{GivenUp, WorkError},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The time limit for all texts of one host.
const TEXTS: Duration = Duration::from_secs(3);
/// The time limit for the linter, which renders the texts for hosts of all kinds.
const LINT: Duration = Duration::from_mins(1);

impl Orchestrator {
    /// Makes texts of a version for `recipient`, with secrets told like this in answer files.
    pub(super) async fn render<T: Send + 'static>(
        &self,
        version: &Arc<ProfileVersion>,
        recipient: Recipient,
        secrets: Secrets,
        make: impl FnOnce(&Texts<'_>) -> Result<T, RenderError> + Send + 'static,
    ) -> Result<T, OrchestratorError> {
        let vars = self.vars(version, &recipient.spec, recipient.host, secrets).await?;
        let (renderer, name) = (Arc::clone(&self.parts.renderer), &version.profile().name);
        let version = Arc::clone(version);
        let job = move |given_up: &GivenUp| {
            make(&Texts::new(&version, renderer.as_ref(), &recipient, vars, given_up))
        };
        Ok(self.work(name, TEXTS, job).await??)
    }

    /// Lints a version. The result is not complete if it was given up, but then nobody gets it.
    pub(super) async fn linted(
        &self,
        version: &ProfileVersion,
    ) -> Result<Vec<LintProblem>, OrchestratorError> {
        let (renderer, name) = (Arc::clone(&self.parts.renderer), &version.profile().name);
        let version = version.clone();
        let job = move |given_up: &GivenUp| lint_until(&version, renderer.as_ref(), given_up);
        Ok(self.work(name, LINT, job).await?)
    }

    async fn work<T: Send + 'static>(
        &self,
        profile: &ProfileName,
        limit: Duration,
        job: impl FnOnce(&GivenUp) -> T + Send + 'static,
    ) -> Result<T, RenderError> {
        let done = Arc::new(Mutex::new(None));
        let result = Arc::clone(&done);
        let job = move |given_up: &GivenUp| {
            let made = job(given_up);
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
        };
        let ended = self.parts.workers.run(limit, Box::new(job)).await;
        let made = done.lock().unwrap_or_else(PoisonError::into_inner).take();
        let profile = profile.to_string();
        match (made, ended) {
            (Some(made), Ok(())) => Ok(made),
            (_, Err(WorkError::Late)) => Err(RenderError::TooSlow { profile, limit }),
            (_, Err(WorkError::Failed) | Ok(())) => {
                Err(RenderError::Template { template: profile, why: "rendering it failed".into() })
            }
        }
    }
}
