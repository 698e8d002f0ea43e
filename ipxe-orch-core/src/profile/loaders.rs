//! The loaders of the installed systems, which an image looks for.

use super::ProfileVersion;
use crate::{host::LoaderPath, names::ProfileName};

/// The loaders of `profiles` in their order, that of the host's `own` profile first. An image that
/// is made with a database and one that is made without are the same only for the same order.
pub fn loaders(profiles: &[ProfileVersion], own: Option<&ProfileName>) -> Vec<LoaderPath> {
    let profiles = profiles.iter().map(ProfileVersion::profile);
    let (mut first, rest): (Vec<_>, Vec<_>) =
        profiles.partition(|profile| own == Some(&profile.name));
    first.extend(rest);
    first.into_iter().filter_map(|profile| profile.loader.clone()).collect()
}
