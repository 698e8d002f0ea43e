//! Plans for hosts: a person looks at them before they are carried out.

use super::HostWarning;
use crate::{
    host::{FieldChange, HostSpec},
    ids::{Generation, HostId, ImageGeneration, KeyId},
    names::HostName,
    policy::Need,
    stores::{HostRecord, PutHost},
};

/// A host as somebody wants it to be. A known host is found by its id if that is given, so that it
/// may be renamed. Otherwise it is found by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostInput {
    /// The specification of the host.
    pub spec: HostSpec,
    /// Whether the first boot of a new host installs. For a known host this does nothing.
    pub install_first: bool,
    /// The id of a known host, or of an image made without a database.
    pub id: Option<HostId>,
    /// The generation of that image.
    pub image_generation: ImageGeneration,
    /// The key of that image.
    pub image_key: Option<KeyId>,
    /// The generation that the person has seen. If the host was changed since, the edit is refused.
    pub seen: Option<Generation>,
}

impl HostInput {
    /// A host whose image is not made yet.
    pub fn new(spec: HostSpec, install_first: bool) -> Self {
        let image_generation = ImageGeneration::default();
        Self { spec, install_first, id: None, image_generation, image_key: None, seen: None }
    }

    /// A change of a known host: it becomes `spec`.
    pub fn edit(known: &HostRecord, spec: HostSpec) -> Self {
        Self { id: Some(known.id), seen: Some(known.lease.generation), ..Self::new(spec, false) }
    }
}

/// What an import does to one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostChange {
    /// The host is new.
    Created,
    /// The host is known, and these fields change.
    Edited(Vec<FieldChange>),
    /// The host is known, and is already as wanted.
    Unchanged,
}

/// A planned import. Look at it, then [`Orchestrator::import`](super::Orchestrator::import) it.
#[derive(Clone, Debug)]
pub struct Import {
    pub(super) puts: Vec<PutHost>,
    pub(super) changes: Vec<(HostName, HostChange)>,
    pub(super) warnings: Vec<(HostName, HostWarning)>,
    pub(super) reason: Option<String>,
    pub(super) change_ref: Option<String>,
}

impl Import {
    pub(super) const fn empty() -> Self {
        Self {
            puts: Vec::new(),
            changes: Vec::new(),
            warnings: Vec::new(),
            reason: None,
            change_ref: None,
        }
    }

    /// What it does to each host, in the order of the input.
    pub fn changes(&self) -> &[(HostName, HostChange)] {
        &self.changes
    }

    /// The hosts that would be installed at their next boot.
    pub fn installs(&self) -> impl Iterator<Item = &HostName> {
        self.puts.iter().filter_map(|put| match put {
            PutHost::Create { spec, mark: Some(_), .. } => Some(&spec.name),
            _ => None,
        })
    }

    /// What it asks of the store: nothing for hosts that are as wanted.
    pub fn puts(&self) -> impl Iterator<Item = &PutHost> {
        self.puts.iter()
    }

    /// What is probably wrong with the hosts that it changes, and with the first installs of new ones.
    pub fn warnings(&self) -> &[(HostName, HostWarning)] {
        &self.warnings
    }

    /// The same import, with this reason for the audit.
    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }

    /// The same import, for this ticket or change of another system.
    #[must_use]
    pub fn for_change(self, change_ref: impl Into<String>) -> Self {
        Self { change_ref: Some(change_ref.into()), ..self }
    }

    /// The hosts whose first install waits until a second person approves it, and why.
    pub fn waiting(&self) -> impl Iterator<Item = (&HostName, &[Need])> {
        self.puts.iter().filter_map(|put| match put {
            PutHost::Create { spec, mark: Some(mark), .. } if mark.approval.waits() => {
                Some((&spec.name, mark.approval.needs()))
            }
            _ => None,
        })
    }

    fn count(&self, is: impl Fn(&HostChange) -> bool) -> usize {
        self.changes.iter().filter(|(_, change)| is(change)).count()
    }

    /// The host that it edits, for messages.
    pub(super) fn edited_name(&self) -> String {
        let edited =
            |(_, change): &&(HostName, HostChange)| matches!(change, HostChange::Edited(_));
        let mut names = self.changes.iter().filter(edited).map(|(name, _)| name);
        match (names.next(), names.next()) {
            (Some(name), None) => format!("host {name}"),
            _ => "one of the hosts".to_owned(),
        }
    }

    /// The number of hosts that it creates.
    pub fn created(&self) -> usize {
        self.count(|change| *change == HostChange::Created)
    }

    /// The number of hosts that it changes.
    pub fn edited(&self) -> usize {
        self.count(|change| matches!(change, HostChange::Edited(_)))
    }

    /// The number of hosts that are already as wanted.
    pub fn unchanged(&self) -> usize {
        self.count(|change| *change == HostChange::Unchanged)
    }
}

/// Several imports as one, which is carried out as a whole. Give the reason afterwards.
impl FromIterator<Self> for Import {
    fn from_iter<I: IntoIterator<Item = Self>>(imports: I) -> Self {
        let mut all = Self::empty();
        for import in imports {
            all.puts.extend(import.puts);
            all.changes.extend(import.changes);
            all.warnings.extend(import.warnings);
        }
        all
    }
}
