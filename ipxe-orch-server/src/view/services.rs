//! Views of the results of services.

use super::{AppliedView, ImportedKeysView, KeptHeadsView, MediaVerificationView};
use crate::service::{
    audit::KeptHeads, keys::ImportedKeys, media::VerifiedSet, profiles::Applied, with_causes,
};

impl From<&Applied> for AppliedView {
    fn from(Applied { name, stored, version }: &Applied) -> Self {
        Self {
            profile: name.clone(),
            version: version.digest(),
            stored: stored.as_ref().is_ok_and(|stored| *stored),
            error: stored.as_ref().err().map(|error| with_causes(error)),
        }
    }
}

impl From<KeptHeads> for KeptHeadsView {
    fn from(KeptHeads { count, sealed }: KeptHeads) -> Self {
        Self { count, sealed }
    }
}

impl From<ImportedKeys> for ImportedKeysView {
    fn from(ImportedKeys { new, given }: ImportedKeys) -> Self {
        Self { new, keys: given }
    }
}

impl From<&VerifiedSet> for MediaVerificationView {
    fn from(VerifiedSet { set, damage, .. }: &VerifiedSet) -> Self {
        Self { name: set.name.clone(), files: set.files.len(), damaged: damage.len() }
    }
}
