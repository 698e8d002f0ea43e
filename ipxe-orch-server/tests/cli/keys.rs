//! Keys are made, listed without their secrets, rotated and imported.

use crate::operator::{Operator, read};
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt as _};

#[test]
fn keys_are_made_with_the_database_with_a_message() {
    let operator = Operator::without_database();
    let ran = operator.run(&["database", "init"]);
    insta::assert_snapshot!([ran.stdout, ran.stderr].concat());
    assert_eq!(operator.ok(&["keys", "list"]).lines().count(), 7, "a heading, and six");
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

/// A stranger's ticket key would forge claims and reports.
#[test]
fn only_image_keys_are_imported_unless_another_purpose_is_named_and_confirmed() {
    let operator = Operator::new();
    let own = read(operator.path("data/keys.toml"));
    let other = Operator::elsewhere();
    operator.file("all.toml", read(other.path("data/keys.toml")).as_bytes());
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(operator.path("all.toml"), private).unwrap();
    let all = "image, ticket, audit_head, master, media_sync";
    let error = operator.fails(&["keys", "import", "all.toml"]);
    assert!(error.contains(all) && error.contains("--purpose"), "{error}");
    for purpose in ["ticket", "audit_head", "master", "media_sync"] {
        let file = format!("{purpose}.toml");
        operator.ok(&["keys", "new", &file, "--purpose", purpose]);
        let error = operator.fails(&["keys", "import", &file]);
        assert!(error.contains(&format!("purposes: {purpose}.")), "{error}");
        let named = ["keys", "import", &file, "--purpose", purpose];
        assert!(operator.fails(&named).contains("confirm it with --yes"));
    }
    let error = operator.fails(&["keys", "import", "ticket.toml", "--purpose", "image"]);
    assert!(error.contains("no image keys, but keys of these purposes: ticket"), "{error}");
    assert_eq!(read(operator.path("data/keys.toml")), own, "nothing was imported");
    let audit = operator.ok(&["audit", "list"]);
    assert!(audit.contains("keys.import") && audit.contains("failed"), "{audit}");

    let named = ["keys", "import", "ticket.toml", "--purpose", "ticket", "--yes"];
    assert_eq!(operator.json(&named)["new"].as_array().unwrap().len(), 1);
    let named =
        ["keys", "import", "all.toml", "--purpose", "image", "--purpose", "master", "--yes"];
    let imported = operator.json(&named);
    assert_eq!((imported["new"].as_array().unwrap().len(), &imported["keys"]), (2, &json!(2)));
}
