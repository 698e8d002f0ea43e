//! House rules that a compiler does not check.

use std::{fs, path::Path};

#[cfg(test)]
fn manifest(package: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(package).join("Cargo.toml");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[cfg(test)]
fn dependencies(package: &str) -> Vec<String> {
    let manifest = manifest(package);
    let section = manifest.split("[dependencies]").nth(1).expect("a [dependencies] section");
    section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Core has no SQL, HTTP, files, clock or randomness of its own, so it depends on no crate for
/// them.
#[test]
fn core_stays_pure() {
    let found = dependencies("ipxe-orch-core");
    assert!(found.contains(&"serde".to_owned()), "the reader of manifests works: {found:?}");
    for banned in ["sqlx", "axum", "reqwest", "getrandom", "jiff", "tracing", "tempfile"] {
        assert!(!found.contains(&banned.to_owned()), "core must not depend on {banned}");
    }
}

/// Arrows go one way: server -> backends -> core.
#[test]
fn arrows_go_one_way() {
    assert!(!dependencies("ipxe-orch-core").iter().any(|name| name.starts_with("ipxe-orch")));
    assert!(!dependencies("ipxe-orch-backends").contains(&"ipxe-orch-server".to_owned()));
}
