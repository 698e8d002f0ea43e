//! Hosts, and machines that wait to become hosts.

use super::{
    HostImageView, Time,
    lease::{AttemptView, HoldView, LastMarkView, MarkView, ProtectionView},
};
use ipxe_orch_core::{
    boot::Shown,
    host::{HostSpec, HostValue, LoaderPath},
    ids::{Generation, HostId, ImageGeneration, KeyId},
    lease::{Limits, Overdue, Phase},
    names::{HostName, VariableName},
    orchestrator::ImageState,
    profile::DefaultsKey,
    stores::{Discovered, EarlierImage, HostRecord},
    time::Timestamp,
};
use serde::Serialize;

/// A host with its lease.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct HostView {
    /// Its id, for ever the same.
    pub id: HostId,
    /// Its name.
    pub name: HostName,
    /// Where it stands, for people; see [`status`].
    pub status: String,
    /// Where it stands, for programs.
    pub phase: Phase,
    /// What is late.
    pub overdue: Vec<Overdue>,
    /// Counts the writes.
    pub generation: Generation,
    /// Of the image that a build makes now.
    pub image_generation: ImageGeneration,
    /// Images of earlier generations are refused.
    pub min_image_generation: ImageGeneration,
    /// The key of its newest image; none for images of release 0.1 that were made here.
    pub image_key: Option<KeyId>,
    /// Earlier images that still count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier_images: Vec<EarlierImage>,
    /// Its last image.
    pub image: HostImageView,
    /// Whether installs are held.
    pub held: Option<HoldView>,
    /// Whether its marks wait for a second person.
    pub protected: Option<ProtectionView>,
    /// The order to install it.
    pub mark: Option<MarkView>,
    /// How the last mark ended that was never claimed.
    pub last_mark: Option<LastMarkView>,
    /// The UEFI loader that the last install which is done has named.
    pub loader: Option<LoaderPath>,
    /// The last install, or the one under way.
    pub attempt: Option<AttemptView>,
    /// What it is; secrets are masked.
    pub spec: HostSpec,
}

impl HostView {
    /// The host as it stands at `now`.
    pub fn new(host: &HostRecord, image: &ImageState, now: Timestamp) -> Self {
        let lease = &host.lease;
        Self {
            id: host.id,
            name: host.spec.name.clone(),
            status: status(host, now),
            phase: lease.phase(),
            overdue: overdue(host, now).into_iter().map(|(_, what)| what).collect(),
            generation: lease.generation,
            image_generation: host.image_generation,
            min_image_generation: lease.min_image_generation,
            image_key: host.image_key,
            earlier_images: host.earlier_images.clone(),
            image: image.into(),
            held: lease.held.as_ref().map(HoldView::from),
            protected: lease.protected.as_deref().map(ProtectionView::from),
            mark: lease.mark.as_ref().map(MarkView::from),
            last_mark: lease.last_mark.as_ref().map(LastMarkView::from),
            loader: lease.loader.clone(),
            attempt: lease.attempt.as_ref().map(AttemptView::from),
            spec: host.spec.masked(),
        }
    }
}

/// A host with what it gets of its profile and site.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct HostDetailView {
    /// The host.
    #[serde(flatten)]
    pub host: HostView,
    /// Values that it shares with others.
    pub inherited: Vec<InheritedView>,
}

impl HostDetailView {
    /// The host as it stands at `now`, with what it inherits.
    pub fn new(
        host: &HostRecord,
        image: &ImageState,
        inherited: Vec<InheritedView>,
        now: Timestamp,
    ) -> Self {
        Self { host: HostView::new(host, image, now), inherited }
    }
}

/// A value that a host shares with others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InheritedView {
    /// The variable.
    pub variable: VariableName,
    /// The value; a secret is masked.
    pub value: HostValue,
    /// The hosts that are affected.
    #[serde(flatten)]
    pub of: DefaultsKey,
}

impl InheritedView {
    /// The value of `variable` that all hosts of `of` have.
    pub fn new(variable: &VariableName, value: &HostValue, of: &DefaultsKey) -> Self {
        Self { variable: variable.clone(), value: value.masked(), of: of.clone() }
    }
}

/// A machine that boots from an image of ours, but is not registered.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DiscoveredView {
    /// The host that its image was made for.
    pub id: HostId,
    /// What it last showed.
    pub shown: Shown,
    /// From where it last asked.
    pub from: String,
    /// When it was first seen.
    pub first_seen: Time,
    /// When it was last seen.
    pub last_seen: Time,
    /// How often it was seen.
    pub count: u32,
}

impl From<&Discovered> for DiscoveredView {
    fn from(machine: &Discovered) -> Self {
        Self {
            id: machine.host,
            shown: machine.shown.clone(),
            from: machine.origin.0.clone(),
            first_seen: Time(machine.first_seen),
            last_seen: Time(machine.last_seen),
            count: machine.count,
        }
    }
}

/// Where the host stands. Deadlines that have passed are stored when the machine or a person next
/// asks; until then they are said here.
pub fn status(host: &HostRecord, now: Timestamp) -> String {
    let lease = &host.lease;
    let passed = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    let expired = passed(lease.mark.as_ref().and_then(|mark| mark.expires_at));
    let overdue = passed(lease.attempt.as_ref().and_then(|attempt| attempt.deadline));
    match lease.phase() {
        Phase::Marked | Phase::Offered if expired => "expired".to_owned(),
        Phase::Installing if overdue => "installing (overdue)".to_owned(),
        _ => lease.status(),
    }
}

/// What the host is late with, each since when.
pub fn overdue(host: &HostRecord, now: Timestamp) -> Vec<(Timestamp, Overdue)> {
    let due = host.lease.due(Limits::default().claim_wait);
    due.filter(|(since, _)| *since <= now).collect()
}
