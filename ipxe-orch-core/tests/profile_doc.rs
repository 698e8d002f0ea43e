//! `docs/PROFILES.md` must describe all keys and syntaxes.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

use ipxe_orch_core::profile::{Profile, Syntax};
use std::{fs, path::Path};

fn doc() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PROFILES.md");
    fs::read_to_string(path).unwrap()
}

#[test]
fn its_example_is_a_profile_with_every_kind_of_key() {
    let doc = doc();
    let example = doc.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let profile: Profile = example.parse().unwrap();
    let json = serde_json::to_value(&profile).unwrap();
    for field in json.as_object().unwrap().keys() {
        assert!(doc.contains(&format!("| `{field}")), "`{field}` is not in a table");
    }
    for field in json["terms"].as_object().unwrap().keys() {
        assert!(doc.contains(&format!("| `terms.{field}`")), "`terms.{field}` is not in a table");
    }
}

#[test]
fn every_syntax_is_told_of() {
    for syntax in Syntax::ALL {
        let name = serde_json::to_value(syntax).unwrap();
        let name = name.as_str().unwrap();
        assert!(doc().contains(&format!("`{name}`")), "{name}");
    }
}
