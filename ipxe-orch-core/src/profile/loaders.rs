//! The loaders of the installed systems. An image looks for them on the disks of its machine.

use super::ProfileVersion;
use crate::host::{HostSpec, LoaderPath, LocalBoot};

/// The loaders that the image of `host` looks for: the one that its last install has named, then
/// the one of its own profile. With [`LocalBoot::Search`] those of the other `profiles` follow in
/// their order, which must be the same with and without a database, so that both make the same
/// image. If an install has named the loader of its profile, the image stays the same.
pub fn loaders(
    profiles: &[ProfileVersion],
    host: &HostSpec,
    installed: Option<&LoaderPath>,
) -> Vec<LoaderPath> {
    let profiles = profiles.iter().map(ProfileVersion::profile);
    let (mut wanted, rest): (Vec<_>, Vec<_>) =
        profiles.partition(|profile| host.profile.as_ref() == Some(&profile.name));
    if host.local_boot == LocalBoot::Search {
        wanted.extend(rest);
    }
    let of_profiles = wanted.into_iter().filter_map(|profile| profile.loader.as_ref());
    let of_profiles: Vec<_> = of_profiles.collect();
    let named = match &host.local_boot {
        LocalBoot::Loader(path) => Some(path),
        _ => None,
    };
    let first = || named.into_iter().chain(of_profiles.first().copied());
    let installed = installed.filter(|path| !first().any(|known| known.is_same_file(path)));
    installed.into_iter().chain(of_profiles.iter().copied()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Nic;
    use std::collections::BTreeMap;

    fn profile(name: &str) -> ProfileVersion {
        let definition = format!(
            "name = '{name}'\ntitle = 't'\nscript = 'boot'\nloader = '\\EFI\\{name}\\shimx64.efi'\n"
        );
        let files = BTreeMap::from([("boot".parse().unwrap(), "#!ipxe\n".to_owned())]);
        ProfileVersion::new(&definition, files).unwrap()
    }

    fn path(text: &str) -> LoaderPath {
        LoaderPath::try_from(text.to_owned()).unwrap()
    }

    /// What is looked for by a host of the profile `debian`.
    fn wanted(local_boot: LocalBoot, installed: &str) -> Vec<String> {
        let mut host = HostSpec::new(
            "web1".parse().unwrap(),
            vec![Nic::new("52:54:00:00:00:01".parse().unwrap())],
        );
        host.profile = Some("debian".parse().unwrap());
        host.local_boot = local_boot;
        let profiles = ["alma", "debian", "rocky"].map(profile);
        let found = loaders(&profiles, &host, Some(&path(installed)));
        found
            .iter()
            .map(|path| path.as_str().split('\\').skip(2).collect::<Vec<_>>().join("/"))
            .collect()
    }

    #[test]
    fn the_installed_loader_comes_first_and_once() {
        let (own, grub) = (r"\EFI\debian\shimx64.efi", r"\EFI\debian\grubx64.efi");
        let named = || LocalBoot::Loader(path(grub));
        for (local_boot, installed, expected) in [
            (LocalBoot::Auto, own, "debian/shimx64.efi"),
            (LocalBoot::Auto, r"\efi\DEBIAN\shimaa64.EFI", "debian/shimx64.efi"),
            (LocalBoot::Auto, grub, "debian/grubx64.efi debian/shimx64.efi"),
            (named(), r"\efi\debian\GRUBX64.efi", "debian/shimx64.efi"),
            (named(), own, "debian/shimx64.efi"),
            (LocalBoot::Search, own, "debian/shimx64.efi alma/shimx64.efi rocky/shimx64.efi"),
            (
                LocalBoot::Search,
                grub,
                "debian/grubx64.efi debian/shimx64.efi alma/shimx64.efi rocky/shimx64.efi",
            ),
        ] {
            assert_eq!(wanted(local_boot, installed).join(" "), expected, "{installed}");
        }
    }
}
