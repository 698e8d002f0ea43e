//! Keys are made, listed without their secrets, rotated and imported.

use crate::operator::{Operator, read};
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt as _};

#[test]
fn keys_are_made_with_the_database_with_a_message() {
    let operator = Operator::without_database();
    let ran = operator.run(&["database", "init"]);
    insta::assert_snapshot!([ran.stdout, ran.stderr].concat());
    assert_eq!(operator.ok(&["keys", "list"]).lines().count(), 6);
    assert_eq!(operator.run(&["keys", "list"]).stderr, "");
    for file in ["data/keys.toml", "data/orch.db", "data/chain-id"] {
        let mode = fs::metadata(operator.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn rotation_and_import_are_audited_and_show_no_secret() {
    let operator = Operator::new();
    operator.ok(&["keys", "new", "image.toml"]);
    let rotated = operator.json(&["keys", "rotate", "--purpose", "image"]);
    let imported = operator.json(&["keys", "import", "image.toml"]);
    assert_eq!(imported["new"].as_array().unwrap().len(), 1);
    assert_eq!(operator.json(&["keys", "import", "image.toml"])["new"], json!([]));
    let listed = operator.ok(&["keys", "list", "--json"]);
    let keys: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let active = |key: &&serde_json::Value| key["purpose"] == "image" && key["state"] == "active";
    let active: Vec<_> = keys.as_array().unwrap().iter().filter(active).collect();
    assert_eq!((active.len(), &active[0]["id"]), (1, &rotated["id"]));
    let text = read(operator.path("data/keys.toml"));
    let secrets = text.lines().filter_map(|line| line.strip_prefix("secret = \""));
    let audit = operator.ok(&["audit", "list", "--json"]);
    for secret in secrets.map(|secret| secret.trim_end_matches('"')) {
        assert!(!listed.contains(secret) && !audit.contains(secret));
    }
    assert!(audit.contains("keys.rotate") && audit.contains("keys.import"), "{audit}");
}
