//! Many hosts are registered and edited at once, from a fleet file.

mod conflicts;

use super::ServiceError;
use conflicts::{Registered, Taken};
use ipxe_orch_core::{
    auth::ChangeHosts,
    fleet::{FirstBoot, Fleet, FleetHost, RowProblem, Unsaid},
    host::HostSpec,
    ids::KeyId,
    keys::Purpose,
    names::{HostName, ProfileName},
    orchestrator::{Caller, HostInput, Import, Orchestrator, OrchestratorError},
    stores::{HostFilter, StoreError},
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

const ACTION: &str = "hosts.import";

/// Plans imports of hosts, and does them.
#[derive(Clone)]
pub struct ImportService {
    orchestrator: Arc<Orchestrator>,
}

/// Hosts to be imported.
#[derive(Clone, Debug)]
pub struct ImportHosts {
    /// What was read of a file.
    pub fleet: Fleet,
    /// What the first boot of a new host does if its row does not say it.
    pub first_boot: FirstBoot,
    /// What becomes of values of known hosts about which the file says nothing.
    pub unsaid: Unsaid,
}

/// A planned import. Look at it, then import it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlannedImport {
    /// What it does. Hosts with a problem are left out.
    pub import: Import,
    /// The problems, sorted by line.
    pub problems: Vec<RowProblem>,
    /// The number of problems that are not listed.
    pub more_problems: usize,
    /// The profiles that new hosts install at their first boot.
    pub installs: BTreeSet<ProfileName>,
    /// The profiles of the file that are not stored.
    pub unknown_profiles: BTreeSet<ProfileName>,
    /// The image keys of the file that are not known.
    pub unknown_keys: BTreeSet<KeyId>,
}

impl ImportService {
    /// For the hosts of `orchestrator`.
    pub const fn new(orchestrator: Arc<Orchestrator>) -> Self {
        Self { orchestrator }
    }

    /// Finds out what an import would do, and which problems the file has. Changes nothing.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or the store cannot be read. A problem of a host is no error.
    pub async fn plan(
        &self,
        caller: &Caller,
        request: ImportHosts,
    ) -> Result<PlannedImport, ServiceError> {
        self.orchestrator.authorize::<ChangeHosts>(caller, ACTION).await?;
        let ImportHosts { fleet, first_boot, unsaid } = request;
        let Fleet { hosts, mut problems, more_problems, columns } = fleet;
        let names: HashSet<HostName> = hosts.iter().map(|host| host.spec.name.clone()).collect();
        let all = self.orchestrator.all_hosts(caller, HostFilter::default()).await?;
        let registered = Registered::new(all, &names);
        let mut planning = Planning::new(&self.orchestrator, caller);
        let (mut inputs, mut imports, mut taken) = (Vec::new(), Vec::new(), Taken::default());
        for host in &hosts {
            let spec = match registered.known(&host.spec.name) {
                Some(known) => columns.complete(&host.spec, &known.spec, unsaid),
                None => host.spec.clone(),
            };
            let mut clashes = registered.problems(host, &spec);
            clashes.extend(taken.problems(host.line, &spec));
            let is_free = clashes.is_empty();
            problems.extend(clashes);
            let input = input(host, spec, first_boot);
            match planning.plan(host, &input).await? {
                Ok(import) if is_free => {
                    inputs.push(input);
                    imports.push(import);
                }
                Ok(_) => {}
                Err(problem) => problems.push(problem),
            }
        }
        problems.sort_by_key(|problem| problem.line);
        let import: Import = imports.into_iter().collect();
        let installs = installed(&import, &inputs);
        let Planning { unknown_profiles, unknown_keys, .. } = planning;
        Ok(PlannedImport {
            import,
            problems,
            more_problems,
            installs,
            unknown_profiles,
            unknown_keys,
        })
    }

    /// Does what was planned: all of it or nothing.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or the hosts are no longer as they were when it was planned.
    pub async fn import(
        &self,
        caller: &Caller,
        planned: &PlannedImport,
    ) -> Result<(), ServiceError> {
        Ok(self.orchestrator.import(caller, &planned.import).await?)
    }
}

/// The profiles of the hosts that an import installs.
fn installed(import: &Import, inputs: &[HostInput]) -> BTreeSet<ProfileName> {
    let names: HashSet<_> = import.installs().collect();
    let hosts = inputs.iter().filter(|input| names.contains(&input.spec.name));
    hosts.filter_map(|input| input.spec.profile.clone()).collect()
}

fn input(host: &FleetHost, spec: HostSpec, default: FirstBoot) -> HostInput {
    let installs = host.first_boot.unwrap_or(default) == FirstBoot::Install;
    let mut input = HostInput::new(spec, installs);
    input.id = host.id;
    input.image_generation = host.generation.unwrap_or_default();
    input.image_key = host.key_id;
    input
}

/// Plans hosts one by one, and remembers which profiles and keys there are.
struct Planning<'a> {
    orchestrator: &'a Orchestrator,
    caller: &'a Caller,
    profiles: HashMap<ProfileName, bool>,
    keys: HashMap<KeyId, bool>,
    unknown_profiles: BTreeSet<ProfileName>,
    unknown_keys: BTreeSet<KeyId>,
}

impl<'a> Planning<'a> {
    fn new(orchestrator: &'a Orchestrator, caller: &'a Caller) -> Self {
        Self {
            orchestrator,
            caller,
            profiles: HashMap::new(),
            keys: HashMap::new(),
            unknown_profiles: BTreeSet::new(),
            unknown_keys: BTreeSet::new(),
        }
    }

    /// What it does to register the host, or why it cannot be registered.
    async fn plan(
        &mut self,
        host: &FleetHost,
        input: &HostInput,
    ) -> Result<Result<Import, RowProblem>, OrchestratorError> {
        let row = |column, message| Err(RowProblem { line: host.line, column, message });
        if let Some(profile) = &input.spec.profile
            && !self.has_profile(profile).await?
        {
            let message = format!("there is no profile {profile}");
            self.unknown_profiles.insert(profile.clone());
            return Ok(row(Some("profile"), message));
        }
        if let Some(key) = input.image_key
            && !self.has_key(key).await?
        {
            let message = format!(
                "its image was made with key {key}, which is not known here: import that key"
            );
            self.unknown_keys.insert(key);
            return Ok(row(Some("key_id"), message));
        }
        let inputs = std::slice::from_ref(input);
        match self.orchestrator.plan_import(self.caller, inputs).await {
            Ok(import) => Ok(Ok(import)),
            Err(OrchestratorError::Invalid(message)) => Ok(row(None, message)),
            Err(other) => Err(other),
        }
    }

    async fn has_profile(&mut self, name: &ProfileName) -> Result<bool, OrchestratorError> {
        if let Some(known) = self.profiles.get(name) {
            return Ok(*known);
        }
        let there = self.orchestrator.profile(self.caller, name).await?.is_some();
        self.profiles.insert(name.clone(), there);
        Ok(there)
    }

    async fn has_key(&mut self, key: KeyId) -> Result<bool, StoreError> {
        if let Some(known) = self.keys.get(&key) {
            return Ok(*known);
        }
        let there = self.orchestrator.keys().lookup(Purpose::Image, key).await?.is_some();
        self.keys.insert(key, there);
        Ok(there)
    }
}
