//! The loaders of the installed systems. An image looks for them on the disks of its machine.

use super::ProfileVersion;
use crate::{host::LoaderPath, names::ProfileName};

/// The loaders of `profiles` in their order, but first the one of the host's `own` profile. The
/// order must be the same with and without a database, so that both make the same image.
pub fn loaders(profiles: &[ProfileVersion], own: Option<&ProfileName>) -> Vec<LoaderPath> {
    let profiles = profiles.iter().map(ProfileVersion::profile);
    let (mut first, rest): (Vec<_>, Vec<_>) =
        profiles.partition(|profile| own == Some(&profile.name));
    first.extend(rest);
    first.into_iter().filter_map(|profile| profile.loader.clone()).collect()
}
