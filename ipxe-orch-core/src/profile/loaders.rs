//! The loaders of the installed systems. An image looks for them on the disks of its machine.

use super::ProfileVersion;
use crate::host::{HostSpec, LoaderPath, LocalBoot};

/// The loaders of `profiles` that the image of `host` looks for: the one of its own profile. With
/// [`LocalBoot::Search`] the others follow in their order, which must be the same with and without a
/// database, so that both make the same image.
pub fn loaders(profiles: &[ProfileVersion], host: &HostSpec) -> Vec<LoaderPath> {
    let profiles = profiles.iter().map(ProfileVersion::profile);
    let (mut wanted, rest): (Vec<_>, Vec<_>) =
        profiles.partition(|profile| host.profile.as_ref() == Some(&profile.name));
    if host.local_boot == LocalBoot::Search {
        wanted.extend(rest);
    }
    wanted.into_iter().filter_map(|profile| profile.loader.clone()).collect()
}
