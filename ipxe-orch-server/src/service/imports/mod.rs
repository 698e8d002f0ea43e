//! Many hosts are registered and edited, from a fleet file.
//!
//! The file is looked at twice, in groups of hosts: once to find out what importing it would do, and
//! once to do it. In between there are a few bytes for each host, which the second look compares:
//! what was confirmed is done, and nothing else. So the memory does not grow with what a plan has.
//!
//! Each group is written in one transaction with its audit entries, and machines that boot are
//! answered between two groups. If an import ends before its end, it says how many hosts it has
//! imported. The same import, repeated, continues: hosts that are as wanted are left alone, and a
//! known host is never marked by an import.

mod conflicts;
mod plan;
mod planned;

pub use planned::PlannedImport;

use super::ServiceError;
use ipxe_orch_core::{
    auth::ChangeHosts,
    fleet::{FirstBoot, FleetFile, FleetHost, Unsaid},
    host::{FieldChange, HostSpec},
    names::HostName,
    orchestrator::{Caller, HostChange, Import, Orchestrator, OrchestratorError},
};
use plan::input;
use planned::{Place, Planned};
use std::{collections::HashMap, sync::Arc};

const ACTION: &str = "hosts.import";

/// The number of hosts that are looked at or written together.
const GROUP: usize = 1000;

/// Plans imports of hosts, and does them.
#[derive(Clone)]
pub struct ImportService {
    orchestrator: Arc<Orchestrator>,
}

/// Hosts to be imported.
#[derive(Debug)]
pub struct ImportHosts {
    /// The file.
    pub file: FleetFile<'static>,
    /// What the first boot of a new host does if its row does not say it.
    pub first_boot: FirstBoot,
    /// What becomes of values of known hosts about which the file says nothing.
    pub unsaid: Unsaid,
}

/// An import that ended before its end.
#[derive(Debug, thiserror::Error)]
#[error("{imported} of {all} hosts were imported, and then it ended")]
pub struct StoppedImport {
    /// The number of hosts that were written.
    pub imported: usize,
    /// The number of hosts that were to be written.
    pub all: usize,
    /// The reason.
    pub source: OrchestratorError,
}

impl ImportService {
    /// For the hosts of `orchestrator`.
    pub const fn new(orchestrator: Arc<Orchestrator>) -> Self {
        Self { orchestrator }
    }

    /// The changes of known hosts, in the order of the file: of at most `most` hosts, after the
    /// first `skip` ones.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or the hosts are no longer as they were when it was planned.
    pub async fn changes(
        &self,
        caller: &Caller,
        planned: &PlannedImport,
        skip: usize,
        most: usize,
    ) -> Result<Vec<(HostName, Vec<FieldChange>)>, ServiceError> {
        self.orchestrator.authorize::<ChangeHosts>(caller, ACTION).await?;
        let edited = |place: &Place| matches!(planned.hosts.get(*place), Some(Planned::Edited(_)));
        let places = (0..planned.hosts.len()).filter(edited).skip(skip).take(most.min(GROUP));
        let import = self.again(caller, planned, &places.collect::<Vec<_>>()).await?;
        let changes = import.changes().iter().filter_map(|(name, change)| match change {
            HostChange::Edited(fields) => Some((name.clone(), fields.clone())),
            _ => None,
        });
        Ok(changes.collect())
    }

    /// Does what was planned, in groups of [1,000](self) hosts: each group wholly or not at all.
    /// `told` is called after each of them with the number of hosts that are written.
    ///
    /// # Errors
    /// [`ServiceError::Work`] if it ended after some hosts were written: an import of the same file
    /// continues. Any other [`ServiceError`] if nothing was written: denied, or the hosts are no
    /// longer as they were when it was planned.
    pub async fn import(
        &self,
        caller: &Caller,
        planned: &PlannedImport,
        mut told: impl FnMut(usize),
    ) -> Result<(), ServiceError<StoppedImport>> {
        self.orchestrator.authorize::<ChangeHosts>(caller, ACTION).await?;
        let all = planned.created().saturating_add(planned.edited());
        let mut imported = 0_usize;
        self.refuse_suspended(caller, planned).await?;
        for group in planned.groups() {
            if let Err(source) = self.write(caller, planned, &group).await {
                if imported == 0 {
                    return Err(source.into());
                }
                return Err(ServiceError::Work(StoppedImport { imported, all, source }));
            }
            imported = imported.saturating_add(group.len());
            told(imported);
        }
        Ok(())
    }

    /// If installs are suspended, an import that marks hosts writes nothing, whatever the first
    /// group has.
    async fn refuse_suspended(
        &self,
        caller: &Caller,
        planned: &PlannedImport,
    ) -> Result<(), OrchestratorError> {
        if self.orchestrator.suspended().is_none() {
            return Ok(());
        }
        let installs = Some(&Planned::Created { installs: true });
        let first = (0..planned.hosts.len()).find(|place| planned.hosts.get(*place) == installs);
        match first {
            Some(first) => self.write(caller, planned, &[first]).await,
            None => Ok(()),
        }
    }

    async fn write(
        &self,
        caller: &Caller,
        planned: &PlannedImport,
        group: &[Place],
    ) -> Result<(), OrchestratorError> {
        let mut import = self.again(caller, planned, group).await?;
        if let Some(reason) = &planned.reason {
            import = import.because(reason);
        }
        if let Some(change_ref) = &planned.change_ref {
            import = import.for_change(change_ref);
        }
        self.orchestrator.import(caller, &import).await
    }

    /// The plan of some hosts once more. It is an error if it is another one now.
    async fn again(
        &self,
        caller: &Caller,
        planned: &PlannedImport,
        group: &[Place],
    ) -> Result<Import, OrchestratorError> {
        let request = &planned.request;
        let known = request.with_known(&self.orchestrator, caller, group).await?;
        let input = |(place, host, spec): (Place, FleetHost, HostSpec)| {
            let mut input = input(&host, spec, request.first_boot);
            if let Some(Planned::Edited(generation)) = planned.hosts.get(place) {
                input.seen = Some(*generation);
            }
            input
        };
        let inputs: Vec<_> = known.into_iter().map(input).collect();
        let import = self.orchestrator.plan_import(caller, &inputs).await?;
        for ((name, change), place) in import.changes().iter().zip(group) {
            let same = match planned.hosts.get(*place) {
                Some(Planned::Created { .. }) => *change == HostChange::Created,
                Some(Planned::Edited(_)) => matches!(change, HostChange::Edited(_)),
                _ => false,
            };
            if !same {
                return Err(OrchestratorError::Changed(format!("host {name}")));
            }
        }
        Ok(import)
    }
}

impl ImportHosts {
    /// Hosts of the file, each with the specification that it is to have: completed with what is
    /// registered.
    async fn with_known(
        &self,
        orchestrator: &Orchestrator,
        caller: &Caller,
        places: &[Place],
    ) -> Result<Vec<(Place, FleetHost, HostSpec)>, OrchestratorError> {
        let hosts = places.iter().filter_map(|place| Some((*place, self.file.host(*place)?)));
        let hosts: Vec<_> = hosts.collect();
        let name = |(_, host): &(Place, FleetHost)| HostSpec::new(host.spec.name.clone(), vec![]);
        let names: Vec<_> = hosts.iter().map(name).collect();
        let known = orchestrator.clashing_hosts(caller, &[], &names).await?;
        let known: HashMap<_, _> =
            known.into_iter().map(|known| (known.spec.name.clone(), known.spec)).collect();
        let columns = self.file.columns();
        let complete = |(place, host): (Place, FleetHost)| {
            let spec = match known.get(&host.spec.name) {
                Some(known) => columns.complete(&host.spec, known, self.unsaid),
                None => host.spec.clone(),
            };
            (place, host, spec)
        };
        Ok(hosts.into_iter().map(complete).collect())
    }
}
