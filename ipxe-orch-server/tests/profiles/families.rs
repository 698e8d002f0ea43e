//! Profiles of one family: what is reviewed or installed of one holds for the others.

use crate::texts::profile;

/// A definition without what each release has of its own: its names, and how far it was proved.
fn shared(name: &str) -> Vec<String> {
    let own =
        ["title = ", "loader = ", "proof = ", "default = \"bookworm\"", "default = \"trixie\""];
    let definition = profile(name).definition().replace(name, "NAME");
    let lines = definition.lines().filter(|line| !own.iter().any(|own| line.starts_with(own)));
    lines.map(str::to_owned).collect()
}

#[test]
fn relatives_differ_in_names_alone() {
    for family in [
        &["debian-12", "debian-13"][..],
        &["rhel-9", "rocky-9", "alma-9", "rhel-10", "rocky-10", "alma-10"],
        &["windows-server-2022", "windows-server-2025"],
    ] {
        for name in family {
            assert_eq!(profile(name).templates(), profile(family[0]).templates(), "{name}");
            assert_eq!(shared(name), shared(family[0]), "{name}");
        }
    }
}

/// Both are SUSE's; the media and the product are not the same.
#[test]
fn suse_has_one_set_of_templates() {
    assert_eq!(profile("sles-15").templates(), profile("opensuse-leap-15").templates());
}
