//! The first look at a file: what importing it would do.

use super::{
    ACTION, GROUP, ImportHosts, ImportService, PlannedImport, ServiceError,
    conflicts::{Exchange, Registered, Taken},
    planned::{Place, Planned},
};
use ipxe_orch_core::{
    auth::ChangeHosts,
    fleet::{FirstBoot, FleetHost, RowProblem},
    host::HostSpec,
    ids::KeyId,
    keys::Purpose,
    names::ProfileName,
    orchestrator::{
        Caller, HostChange, HostInput, HostWarning, Import, Orchestrator, OrchestratorError,
    },
    stores::{PutHost, StoreError},
};
use std::collections::{BTreeSet, HashMap};

impl ImportService {
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
        let mut look = Look::new(&self.orchestrator, caller, &request);
        let places: Vec<Place> = (0..request.file.len()).collect();
        for group in places.chunks(GROUP) {
            look.look_at(group).await?;
        }
        look.keep_givers_apart();
        let Look { mut problems, hosts, exchanges, installs, warnings, profiles, keys, .. } = look;
        let together = exchanges.iter().flat_map(|it| [it.taker, it.giver]);
        let written = |place: &Place| hosts.get(*place).is_some_and(|host| host.is_written());
        let together = together.filter(written).collect();
        problems.sort_by_key(|problem| problem.line);
        let more_problems = request.file.more_problems();
        let (unknown_profiles, unknown_keys) = (unknown(profiles), unknown(keys));
        Ok(PlannedImport {
            problems,
            more_problems,
            installs,
            unknown_profiles,
            unknown_keys,
            request,
            hosts,
            together,
            warnings,
            reason: None,
            change_ref: None,
        })
    }
}

fn unknown<K: Ord>(all: HashMap<K, bool>) -> BTreeSet<K> {
    all.into_iter().filter(|(_, known)| !known).map(|(key, _)| key).collect()
}

pub(super) fn input(host: &FleetHost, spec: HostSpec, default: FirstBoot) -> HostInput {
    let installs = host.first_boot.unwrap_or(default) == FirstBoot::Install;
    let mut input = HostInput::new(spec, installs);
    input.id = host.id;
    input.image_generation = host.generation.unwrap_or_default();
    input.image_key = host.key_id;
    input
}

/// What was found out so far.
struct Look<'a> {
    orchestrator: &'a Orchestrator,
    caller: &'a Caller,
    request: &'a ImportHosts,
    problems: Vec<RowProblem>,
    hosts: Vec<Planned>,
    exchanges: Vec<Exchange>,
    taken: Taken,
    installs: BTreeSet<ProfileName>,
    warnings: (Vec<HostWarning>, Vec<(Place, usize)>),
    /// Whether there is such a profile, or such a key.
    profiles: HashMap<ProfileName, bool>,
    keys: HashMap<KeyId, bool>,
}

impl<'a> Look<'a> {
    fn new(orchestrator: &'a Orchestrator, caller: &'a Caller, request: &'a ImportHosts) -> Self {
        Self {
            orchestrator,
            caller,
            request,
            problems: request.file.problems().to_vec(),
            hosts: vec![Planned::LeftOut; request.file.len()],
            exchanges: Vec::new(),
            taken: Taken::default(),
            installs: BTreeSet::new(),
            warnings: (Vec::new(), Vec::new()),
            profiles: HashMap::new(),
            keys: HashMap::new(),
        }
    }

    async fn look_at(&mut self, places: &[Place]) -> Result<(), OrchestratorError> {
        let request = self.request;
        let known = request.with_known(self.orchestrator, self.caller, places).await?;
        let ids: Vec<_> = known.iter().filter_map(|(_, host, _)| host.id).collect();
        let specs: Vec<_> = known.iter().map(|(.., spec)| spec.clone()).collect();
        let registered = self.orchestrator.clashing_hosts(self.caller, &ids, &specs).await?;
        let registered = Registered::new(&request.file, registered);
        let (mut inputs, mut rows) = (Vec::new(), Vec::new());
        for (place, host, spec) in known {
            let (file, line) = (&request.file, host.line);
            let mut found = registered.problems(place, &host, &spec, &mut self.exchanges);
            found.extend(self.taken.problems(file, place, line, &spec));
            let is_free = found.is_empty();
            self.problems.extend(found);
            let generation = registered.known(&spec.name).map(|known| known.lease.generation);
            let input = input(&host, spec, request.first_boot);
            if let Some(problem) = self.unknown(&host, &input).await? {
                self.problems.push(problem);
            } else {
                rows.push((place, line, is_free, generation));
                inputs.push(input);
            }
        }
        let plans = self.orchestrator.plan_each(self.caller, &inputs).await?;
        for ((place, line, is_free, generation), plan) in rows.into_iter().zip(plans) {
            match plan {
                Ok(import) if is_free => self.note(place, &import, generation),
                Ok(_) => {}
                Err(error) => {
                    let message = error.to_string();
                    self.problems.push(RowProblem { line, column: None, message });
                }
            }
        }
        Ok(())
    }

    /// The profile or the key that the host needs and that is not there.
    async fn unknown(
        &mut self,
        host: &FleetHost,
        input: &HostInput,
    ) -> Result<Option<RowProblem>, OrchestratorError> {
        let row = |column, message| Some(RowProblem { line: host.line, column, message });
        if let Some(profile) = &input.spec.profile
            && !self.has_profile(profile).await?
        {
            return Ok(row(Some("profile"), format!("there is no profile {profile}")));
        }
        if let Some(key) = input.image_key
            && !self.has_key(key).await?
        {
            let message = format!(
                "its image was made with key {key}, which is not known here: import that key"
            );
            return Ok(row(Some("key_id"), message));
        }
        Ok(None)
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

    /// Notes the plan of one host. `generation` is what a known host has.
    fn note(
        &mut self,
        place: Place,
        import: &Import,
        generation: Option<ipxe_orch_core::ids::Generation>,
    ) {
        let installs = import.installs().next().is_some();
        let planned = match import.changes() {
            [(_, HostChange::Edited(_))] => generation.map(Planned::Edited),
            [(_, HostChange::Unchanged)] => Some(Planned::Unchanged),
            [(_, HostChange::Created)] => Some(Planned::Created { installs }),
            _ => None,
        };
        if let (Some(host), Some(planned)) = (self.hosts.get_mut(place), planned) {
            *host = planned;
        }
        let profiles = import.puts().filter_map(|put| match put {
            PutHost::Create { spec, mark: Some(_), .. } => spec.profile.clone(),
            _ => None,
        });
        self.installs.extend(profiles);
        for (_, warning) in import.warnings() {
            let kinds = &mut self.warnings.0;
            let kind = kinds.iter().position(|kind| kind == warning).unwrap_or_else(|| {
                kinds.push(warning.clone());
                kinds.len().saturating_sub(1)
            });
            self.warnings.1.push((place, kind));
        }
    }

    /// A host that is left out keeps what it has: nobody else gets it.
    fn keep_givers_apart(&mut self) {
        let is_left_out = |hosts: &[Planned], place: Place| {
            hosts.get(place).is_none_or(|host| *host == Planned::LeftOut)
        };
        loop {
            let before = self.problems.len();
            for exchange in &self.exchanges {
                let Exchange { taker, giver, otherwise } = exchange;
                if is_left_out(&self.hosts, *giver) && !is_left_out(&self.hosts, *taker) {
                    self.problems.push(otherwise.clone());
                    if let Some(host) = self.hosts.get_mut(*taker) {
                        *host = Planned::LeftOut;
                    }
                }
            }
            if self.problems.len() == before {
                return;
            }
        }
    }
}
