//! A restored or replaced database is accepted.

use super::{
    Caller, Orchestrator, OrchestratorError,
    engine::{Loaded, Transition},
};
use crate::{
    auth::{Granted, ManageKeys, SeeHosts, WriteGrant},
    ids::{AttemptId, Epoch, HostId, MarkId},
    lease::{Event, Phase, Reply},
    names::HostName,
    stores::{Acceptance, HostFilter, HostKey, HostRecord, StoreError},
};
use async_trait::async_trait;

const ACTION: &str = "database.accept_restore";

/// What the acceptance of a database has done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcceptedDatabase {
    /// Why installs were suspended.
    pub why: String,
    /// The marks that are void now.
    pub voided: Vec<VoidedMark>,
    /// Hosts that are installing in this database. They were not touched.
    pub installing: Vec<HostName>,
    /// The epoch of the database from now on.
    pub epoch: Epoch,
}

/// What the acceptance of a database would do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StandingMarks {
    /// The marks that would be void.
    pub marks: Vec<VoidedMark>,
    /// Hosts that are installing in this database. They would not be touched.
    pub installing: Vec<HostName>,
}

/// A mark that is void.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VoidedMark {
    /// The host.
    pub host: HostName,
    /// The mark.
    pub mark: MarkId,
    /// The attempt that ends with it, if it was offered.
    pub attempt: Option<AttemptId>,
    /// Whether it was only marked, or offered already.
    pub was: Phase,
}

impl Orchestrator {
    /// Accepts the database that the store has now, in the place of the one that was seen before.
    /// First every mark is closed, and every offer with it: it may be claimed or cancelled already
    /// in the database that was there before. Then the database gets a new epoch, so that servers
    /// that have seen `instead_of` work with it. If it is cut off, installs stay suspended, and it
    /// can be called again.
    ///
    /// # Errors
    /// [`OrchestratorError::NothingToDo`] if nothing is wrong with the database. What the store fails with.
    pub async fn accept_database(
        &self,
        caller: &Caller,
        instead_of: Vec<Epoch>,
    ) -> Result<AcceptedDatabase, OrchestratorError> {
        let grant = self.authorize_for_all::<ManageKeys>(caller, ACTION, None).await?;
        let Some(why) = self.doubt() else {
            let text = "the database has all that was seen of it: there is nothing to accept";
            return Err(OrchestratorError::NothingToDo(text.to_owned()));
        };
        self.forget_epoch();
        let expected = self.epoch().await?;
        let (voided, installing) = self.void_marks(caller, &grant).await?;
        let epoch = Epoch::generate(self.parts.random.as_ref());
        let mut entry = self.entry(caller, ACTION);
        entry.detail = Some(format!("{why}; marks that are void: {}", voided.len()));
        let acceptance = Acceptance { expected, next: epoch, instead_of };
        self.parts.store.accept(&grant, &acceptance, &entry).await?;
        self.forget_epoch();
        self.resume_installs();
        Ok(AcceptedDatabase { why: why.to_string(), voided, installing, epoch })
    }

    /// What [`Self::accept_database`] would close now.
    ///
    /// # Errors
    /// Without the permission, and what the store fails with.
    pub async fn standing_marks(
        &self,
        caller: &Caller,
    ) -> Result<StandingMarks, OrchestratorError> {
        let grant = self.authorize_for_all::<ManageKeys>(caller, ACTION, None).await?;
        let (marks, installing) = self.marks(&grant).await?;
        Ok(StandingMarks { marks: marks.into_iter().map(|(_, mark)| mark).collect(), installing })
    }

    /// The standing marks with their hosts, and the hosts that are installing.
    async fn marks(
        &self,
        grant: &Granted<ManageKeys>,
    ) -> Result<(Vec<(HostId, VoidedMark)>, Vec<HostName>), OrchestratorError> {
        let (mut marks, mut installing) = (Vec::new(), Vec::new());
        let mut filter = HostFilter::default();
        loop {
            let page = self.parts.store.list_hosts(&grant.see(), &filter).await?;
            for host in page.hosts {
                match (host.lease.phase(), voided(&host)) {
                    (Phase::Installing, _) => installing.push(host.spec.name),
                    (_, mark) => marks.extend(mark.map(|mark| (host.id, mark))),
                }
            }
            let Some(next) = page.next else { return Ok((marks, installing)) };
            filter.after = Some(next);
        }
    }

    /// Closes all marks; gives them, and the hosts that are installing.
    async fn void_marks(
        &self,
        caller: &Caller,
        grant: &Granted<ManageKeys>,
    ) -> Result<(Vec<VoidedMark>, Vec<HostName>), OrchestratorError> {
        let (marks, installing) = self.marks(grant).await?;
        let mut voided = Vec::new();
        for (host, mark) in marks {
            let transition = VoidTransition {
                orchestrator: self,
                see: grant.see(),
                grant: grant.write(),
                key: HostKey::Id(host),
            };
            let done = self.carry_out(&transition, &Event::Void, &caller.origin).await?;
            if done.is_some_and(|done| done.row.reply == Reply::Ok) {
                voided.push(mark);
            }
        }
        Ok((voided, installing))
    }
}

/// The standing mark of a host, as it would be void.
fn voided(host: &HostRecord) -> Option<VoidedMark> {
    Some(VoidedMark {
        host: host.spec.name.clone(),
        mark: host.lease.mark.as_ref()?.id,
        attempt: host.lease.open_attempt().map(|attempt| attempt.id),
        was: host.lease.phase(),
    })
}

struct VoidTransition<'a> {
    orchestrator: &'a Orchestrator,
    see: Granted<SeeHosts>,
    grant: WriteGrant,
    key: HostKey,
}

#[async_trait]
impl Transition for VoidTransition<'_> {
    async fn load(&self) -> Result<Option<Loaded>, StoreError> {
        let host = self.orchestrator.parts.store.lookup_host(&self.see, &self.key).await?;
        Ok(host.map(|host| Loaded { host, earlier: None, grant: self.grant.clone() }))
    }
}
