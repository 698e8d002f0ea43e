//! A planned import, in few bytes for each host: the file itself has the rest.

use super::ImportHosts;
use ipxe_orch_core::{
    fleet::{FleetHost, RowProblem},
    ids::{Generation, KeyId},
    names::{HostName, ProfileName},
    orchestrator::HostWarning,
};
use std::collections::BTreeSet;

/// The place of a host among those of the file.
pub(super) type Place = usize;

/// What an import does to one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planned {
    /// It has a problem.
    LeftOut,
    /// The host is registered. If its first boot installs, it is marked as well.
    Created { installs: bool },
    /// The host is changed, if it still has this generation.
    Edited(Generation),
    /// The host is already as wanted.
    Unchanged,
}

impl Planned {
    pub(super) const fn is_written(self) -> bool {
        matches!(self, Self::Created { .. } | Self::Edited(_))
    }
}

/// A planned import. Look at it, then import it.
#[derive(Debug)]
#[non_exhaustive]
pub struct PlannedImport {
    /// The problems, sorted by line. Hosts with a problem are left out.
    pub problems: Vec<RowProblem>,
    /// The number of problems that are not listed.
    pub more_problems: usize,
    /// The profiles that new hosts install at their first boot.
    pub installs: BTreeSet<ProfileName>,
    /// The profiles of the file that are not stored.
    pub unknown_profiles: BTreeSet<ProfileName>,
    /// The image keys of the file that are not known.
    pub unknown_keys: BTreeSet<KeyId>,
    pub(super) request: ImportHosts,
    /// In the order of the file.
    pub(super) hosts: Vec<Planned>,
    /// The hosts that exchange what only one of them can have. They are written together.
    pub(super) together: BTreeSet<Place>,
    /// The kinds of warnings, and the hosts that they are about.
    pub(super) warnings: (Vec<HostWarning>, Vec<(Place, usize)>),
    pub(super) reason: Option<String>,
    pub(super) change_ref: Option<String>,
}

impl PlannedImport {
    /// The same, with the reason and the change of another system. Policies may want them of first
    /// boots that install.
    #[must_use]
    pub fn because(self, reason: Option<String>, change_ref: Option<String>) -> Self {
        Self { reason, change_ref, ..self }
    }

    /// The number of hosts that it creates.
    pub fn created(&self) -> usize {
        self.count(|host| matches!(host, Planned::Created { .. }))
    }

    /// The number of hosts that it changes.
    pub fn edited(&self) -> usize {
        self.count(|host| matches!(host, Planned::Edited(_)))
    }

    /// The number of hosts that are already as wanted.
    pub fn unchanged(&self) -> usize {
        self.count(|host| host == Planned::Unchanged)
    }

    /// The number of hosts that are installed at their next boot.
    pub fn install_count(&self) -> usize {
        self.count(|host| host == Planned::Created { installs: true })
    }

    /// The hosts that are installed at their next boot, in the order of the file.
    pub fn installed(&self) -> impl Iterator<Item = HostName> {
        let installs =
            |place: &Place| self.hosts.get(*place) == Some(&Planned::Created { installs: true });
        (0..self.hosts.len()).filter(installs).filter_map(|place| self.name(place))
    }

    /// What is probably wrong with the hosts that it changes, and with the first installs of new
    /// ones.
    pub fn warnings(&self) -> impl Iterator<Item = (HostName, &HostWarning)> {
        let (kinds, hosts) = &self.warnings;
        let written = |place: Place| self.hosts.get(place).is_some_and(|host| host.is_written());
        let hosts = hosts.iter().filter(move |(place, _)| written(*place));
        hosts.filter_map(|(place, kind)| Some((self.name(*place)?, kinds.get(*kind)?)))
    }

    fn count(&self, is: impl Fn(Planned) -> bool) -> usize {
        self.hosts.iter().filter(|host| is(**host)).count()
    }

    pub(super) fn host(&self, place: Place) -> Option<FleetHost> {
        self.request.file.host(place)
    }

    fn name(&self, place: Place) -> Option<HostName> {
        Some(self.host(place)?.spec.name)
    }

    /// The hosts that it writes, in the groups in which they are written. A group is written wholly
    /// or not at all.
    pub(super) fn groups(&self) -> impl Iterator<Item = Vec<Place>> {
        let together: Vec<Place> = self.together.iter().copied().collect();
        let mut places = (0..self.hosts.len()).filter(|place| {
            let written = self.hosts.get(*place).is_some_and(|host| host.is_written());
            written && !self.together.contains(place)
        });
        let others = std::iter::from_fn(move || {
            let group: Vec<Place> = places.by_ref().take(super::GROUP).collect();
            (!group.is_empty()).then_some(group)
        });
        (!together.is_empty()).then_some(together).into_iter().chain(others)
    }
}
