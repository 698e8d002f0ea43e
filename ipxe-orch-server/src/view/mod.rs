//! The types of everything that is shown as JSON, for example by `--json`.
//!
//! A view never contains a secret. Its fields are an interface: they keep their names and their
//! meaning. A time is RFC 3339 in UTC with milliseconds.

mod access;
mod audit;
#[cfg(feature = "sqlite")]
mod config;
#[cfg(feature = "sqlite")]
mod database;
mod event;
#[cfg(feature = "services")]
mod firmware;
mod host;
mod host_image;
#[cfg(feature = "services")]
mod image;
#[cfg(feature = "services")]
mod import;
mod key;
mod lease;
mod media;
mod nic;
mod operation;
mod policy;
mod profile;
#[cfg(feature = "services")]
mod services;
#[cfg(feature = "services")]
mod sync;
mod warning;

pub use access::{
    AccountView, BindingView, ExplainedView, NewTokenView, OneTimeView, PersonView, RealmView,
    SessionView, SignedInView, TokenView,
};
pub use audit::{
    AcceptedView, AuditEntryView, ChainedEntryView, KeptHeadsView, PrunedView, SinkView,
    VerifiedView, VoidedView, WouldAcceptView,
};
#[cfg(feature = "sqlite")]
pub use config::ConfigView;
#[cfg(feature = "sqlite")]
pub use database::{CopiedView, DatabaseStatusView, DatabaseView, MigratedView, SchemaState};
pub use event::{EventKindView, EventView};
#[cfg(feature = "services")]
pub use firmware::{FirmwareFileView, FirmwareView};
pub use host::{DiscoveredView, HostDetailView, HostView, InheritedView, overdue, status};
pub use host_image::{HostImageView, ImageBuildView, ImageGenerationView};
#[cfg(feature = "services")]
pub use image::{ImageFilesView, ImageRunView};
#[cfg(feature = "services")]
pub use import::{HostChangesView, ImportView, ProblemView};
pub use key::{ImportedKeysView, KeyView, NewKeyView, ResealedView, RetiredKeyView};
pub use lease::{
    ApprovalView, AttemptView, ClosedView, HoldView, LastMarkView, MarkView, ProgressView,
    ProtectionView,
};
pub use media::{
    MediaImportView, MediaRemovalView, MediaSetView, MediaSummaryView, MediaVerificationView,
};
pub use nic::NicView;
pub use operation::{
    ApprovedView, ChangedHostView, EachView, LearntView, MarkedView, OperatedView, RefusedView,
    RegisteredView, RelearntView, RemovedView, RenamedView,
};
pub use policy::PolicyView;
pub use profile::{
    AppliedView, DefaultsView, DiffGroupView, DiffView, ExportedProfileView, LintView,
    PreviewFileView, PreviewView, ProfileView,
};
#[cfg(feature = "services")]
pub use sync::{FetchedView, MediaSyncView};
pub use warning::WarningView;

use ipxe_orch_core::time::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt;

/// A moment; RFC 3339 in UTC, with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0.as_millis()) {
            Ok(moment) => write!(f, "{moment:.3}"),
            // Out of the years that can be written.
            Err(_) => write!(f, "{}", self.0),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_rfc_3339_with_milliseconds() {
        // `date -u -d 2026-01-31T14:05:09.5Z +%s`
        let time = Time(Timestamp::from_millis(1_769_868_309_500));
        assert_eq!(serde_json::to_value(time).unwrap(), "2026-01-31T14:05:09.500Z");
    }
}
