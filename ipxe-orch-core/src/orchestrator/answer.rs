//! Requests with a ticket: claim, answer files, media, reports.

use super::{
    OpenTicket, Orchestrator, OrchestratorError, Writing,
    engine::{Decided, Loaded, Transition},
    variables::Secrets,
};
use crate::{
    auth::Origin,
    host::LoaderPath,
    ids::AttemptId,
    lease::{Attempt, Event, FinalReport, Outcome, Reply},
    profile::{PinnedMedia, Recipient, Texts},
    stores::{BootEvent, BootEventKind, HostRecord, NamedLoader, StoreError},
};
use async_trait::async_trait;

/// The answer to a request with a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketAnswer<T> {
    /// The request is allowed, and this is its result.
    Found(T),
    /// There is no such thing, or not for this ticket, or not now. The machine cannot tell which.
    NotFound,
}

/// What an installer reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The installer runs, and says how far it is.
    Started(String),
    /// The install is done or has failed.
    Finished {
        /// What is kept of it.
        report: FinalReport,
        /// What it named as its loader is none, and is ignored.
        ignored_loader: bool,
    },
}

/// The status of a report is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`status` must be started, progress, done or failed")]
pub struct ReportError;

impl Report {
    /// Reads `status` and `message`. Control characters are removed from a message, and it is cut
    /// to 500 characters.
    ///
    /// # Errors
    /// [`ReportError`] for an unknown status.
    pub fn new(status: &str, message: &str) -> Result<Self, ReportError> {
        let message: String = message.chars().filter(|c| !c.is_control()).take(500).collect();
        let said = (!message.is_empty()).then(|| message.clone());
        match status {
            "started" | "progress" => Ok(Self::Started(message)),
            "done" => Ok(Self::finished(Outcome::Done, said)),
            "failed" => Ok(Self::finished(Outcome::Failed, said)),
            _ => Err(ReportError),
        }
    }

    const fn finished(outcome: Outcome, message: Option<String>) -> Self {
        let report = FinalReport { outcome, message, loader: None };
        Self::Finished { report, ignored_loader: false }
    }

    /// With the loader that the installer says it wrote, in the forms of
    /// [`LoaderPath::reported`]. What is not such a path is ignored, because no report is refused
    /// for it. Only a report of success has a loader.
    #[must_use]
    pub fn with_loader(mut self, said: &str) -> Self {
        if let Self::Finished { report, ignored_loader } = &mut self
            && report.outcome == Outcome::Done
        {
            report.loader = LoaderPath::reported(said);
            *ignored_loader = report.loader.is_none() && !said.trim().is_empty();
        }
        self
    }

    /// What it says, without this ticket: reports are stored and shown.
    fn without(&self, ticket: &str) -> Self {
        let hidden = |text: &String| text.replace(ticket, "TICKET");
        match self {
            Self::Started(message) => Self::Started(hidden(message)),
            Self::Finished { report, ignored_loader } => {
                let shows = |loader: &LoaderPath| loader.as_str().contains(ticket);
                let ignored = report.loader.as_ref().is_some_and(shows);
                let report = FinalReport {
                    outcome: report.outcome,
                    message: report.message.as_ref().map(hidden),
                    loader: report.loader.clone().filter(|_| !ignored),
                };
                Self::Finished { report, ignored_loader: *ignored_loader || ignored }
            }
        }
    }

    /// The event of a report that is taken.
    fn happened(&self) -> BootEventKind {
        let (message, loader) = match self {
            Self::Started(message) => (message.clone(), None),
            Self::Finished { report, ignored_loader } => {
                let ignored = ignored_loader.then_some(NamedLoader::Ignored);
                let named = report.loader.clone().map(NamedLoader::Path);
                (report.message.clone().unwrap_or_default(), named.or(ignored))
            }
        };
        BootEventKind::Reported { status: self.status(), message, loader }
    }

    fn status(&self) -> String {
        match self {
            Self::Started(_) => "started".to_owned(),
            Self::Finished { report, .. } => report.outcome.to_string(),
        }
    }
}

impl Orchestrator {
    /// Claims the mark of the ticket. This is the last step before anything can touch a disk. For
    /// each mark the answer is [`TicketAnswer::Found`] at most once.
    ///
    /// # Errors
    /// [`OrchestratorError::Store`]: it is not known whether the claim was stored, or it was not.
    /// The machine then boots its local disk.
    pub async fn claim(
        &self,
        ticket: &OpenTicket,
        origin: Origin,
    ) -> Result<TicketAnswer<()>, OrchestratorError> {
        let Some(decided) = self.with_ticket(ticket, &origin, Event::Claim).await? else {
            return Ok(TicketAnswer::NotFound);
        };
        let granted = decided.row.reply == Reply::Ok;
        let kind = if granted { BootEventKind::Claimed } else { BootEventKind::ClaimRefused };
        self.happened(&decided, ticket.attempt, origin, kind);
        Ok(if granted { TicketAnswer::Found(()) } else { TicketAnswer::NotFound })
    }

    /// An answer file. `base` is the URL of the request, up to the ticket and the `/` after it.
    ///
    /// # Errors
    /// [`OrchestratorError`]: the server cannot decide or render.
    pub async fn answer_file(
        &self,
        ticket: &OpenTicket,
        name: &str,
        base: &str,
        origin: Origin,
    ) -> Result<TicketAnswer<String>, OrchestratorError> {
        let found = self.parts.store.lookup_attempt(&ticket.grant, ticket.attempt).await?;
        let Some((host, attempt)) = found else { return Ok(TicketAnswer::NotFound) };
        let answer = self.answer_of(ticket, (&host, &attempt), name, base, origin.clone()).await;
        answer.inspect_err(|error| self.unanswered(&host, Some(attempt.id), error, origin))
    }

    async fn answer_of(
        &self,
        ticket: &OpenTicket,
        (host, attempt): (&HostRecord, &Attempt),
        name: &str,
        base: &str,
        origin: Origin,
    ) -> Result<TicketAnswer<String>, OrchestratorError> {
        let grant = &ticket.grant;
        let version = self.pinned(&grant.see(), &attempt.pin).await?;
        let file = version.profile().answers.iter().find(|file| file.name.as_str() == name);
        // Asked for under a wrong name, nothing is claimed or started.
        let Some(file) = file else { return Ok(TicketAnswer::NotFound) };
        let recipient = Recipient {
            spec: attempt.pin.spec.clone(),
            host: host.id,
            attempt: attempt.id,
            ticket: ticket.text.to_string(),
            base: base.to_owned(),
        };
        // What has ended may have lost its secrets. It gets the answer that has none, at most.
        let secrets = if attempt.is_open() { Secrets::Open } else { Secrets::Masked };
        // A template that fails must not spend a mark, or start an install: both texts are made
        // before it is decided which of them is answered.
        let (asked, open) = (file.clone(), attempt.is_open());
        let both = move |texts: &Texts<'_>| {
            let text = open.then(|| texts.answer(&asked)).transpose()?;
            Ok((text, texts.abort(&asked)))
        };
        let (text, abort) = self.render(&version, recipient, secrets, both).await?;
        let Some(decided) = self.with_ticket(ticket, &origin, Event::Answer).await? else {
            return Ok(TicketAnswer::NotFound);
        };
        let text = match decided.row.reply {
            Reply::Ok => text,
            Reply::Abort => abort.transpose()?,
            _ => None,
        };
        let name = name.to_owned();
        let kind = match text {
            Some(_) => BootEventKind::Answered { name },
            None => BootEventKind::AnswerRefused { name },
        };
        self.happened(&decided, ticket.attempt, origin, kind);
        Ok(text.map_or(TicketAnswer::NotFound, TicketAnswer::Found))
    }

    /// The media with this name, and their pinned content. A request for a range (not `whole`) is
    /// not recorded as an event, because a SAN boot makes thousands.
    ///
    /// # Errors
    /// [`OrchestratorError`]: the server cannot decide.
    pub async fn media(
        &self,
        ticket: &OpenTicket,
        name: &str,
        whole: bool,
        origin: Origin,
    ) -> Result<TicketAnswer<PinnedMedia>, OrchestratorError> {
        let Some(decided) = self.with_ticket(ticket, &origin, Event::Media).await? else {
            return Ok(TicketAnswer::NotFound);
        };
        let (Reply::Ok, Some(attempt)) = (decided.row.reply, decided.attempt(ticket.attempt))
        else {
            return Ok(TicketAnswer::NotFound);
        };
        let version = self.pinned(&ticket.grant.see(), &attempt.pin).await?;
        let Some(media) = version.media(name) else { return Ok(TicketAnswer::NotFound) };
        if whole {
            let kind = BootEventKind::Media { name: name.to_owned() };
            self.happened(&decided, ticket.attempt, origin, kind);
        }
        Ok(TicketAnswer::Found(media))
    }

    /// Takes a report.
    ///
    /// # Errors
    /// [`OrchestratorError`]: it was not stored; the installer may say it again.
    pub async fn report(
        &self,
        ticket: &OpenTicket,
        report: &Report,
        origin: Origin,
    ) -> Result<TicketAnswer<()>, OrchestratorError> {
        // An installer may say the URL that it could not fetch.
        let report = &report.without(&ticket.text);
        let event = |attempt| match report.clone() {
            Report::Started(message) => Event::Started(attempt, message),
            Report::Finished { report, .. } => Event::Finished(attempt, report),
        };
        let Some(decided) = self.with_ticket(ticket, &origin, event).await? else {
            return Ok(TicketAnswer::NotFound);
        };
        let taken = decided.row.reply == Reply::Ok;
        let kind = if taken {
            report.happened()
        } else {
            BootEventKind::ReportRefused { status: report.status() }
        };
        self.happened(&decided, ticket.attempt, origin, kind);
        Ok(if taken { TicketAnswer::Found(()) } else { TicketAnswer::NotFound })
    }

    async fn with_ticket(
        &self,
        ticket: &OpenTicket,
        origin: &Origin,
        event: impl FnOnce(AttemptId) -> Event,
    ) -> Result<Option<Decided>, OrchestratorError> {
        let transition = TicketTransition { orchestrator: self, ticket };
        self.carry_out(&transition, &event(ticket.attempt), origin).await
    }

    /// Records it. It is an alert if the row that decided says so, or if it is the first of an
    /// address that is not the claim's.
    fn happened(&self, decided: &Decided, attempt: AttemptId, origin: Origin, kind: BootEventKind) {
        let elsewhere = self.elsewhere(decided, attempt, &origin, &kind);
        let alert = decided.row.alert || elsewhere.is_some_and(|(_, told)| told);
        let claimed_from = elsewhere.map(|(claimed, _)| claimed);
        let event = BootEvent::new(self.parts.clock.now(), origin, kind).of(&decided.host);
        self.event(BootEvent { attempt: Some(attempt), alert, claimed_from, ..event });
    }
}

struct TicketTransition<'a> {
    orchestrator: &'a Orchestrator,
    ticket: &'a OpenTicket,
}

#[async_trait]
impl Transition for TicketTransition<'_> {
    async fn load(&self) -> Result<Option<Loaded>, StoreError> {
        let OpenTicket { attempt: id, grant, .. } = self.ticket;
        let store = &self.orchestrator.parts.store;
        let Some((host, attempt)) = store.lookup_attempt(grant, *id).await? else {
            return Ok(None);
        };
        let Some(grant) = grant.of_host(host.id, *id) else { return Ok(None) };
        let latest = host.lease.attempt.as_ref().is_some_and(|latest| latest.id == attempt.id);
        let earlier = (!latest).then_some(attempt);
        Ok(Some(Loaded { host, earlier, grant: grant.write() }))
    }

    fn writing(&self) -> Option<&Writing> {
        Some(&self.ticket.writing)
    }
}
