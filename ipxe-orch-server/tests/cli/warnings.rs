//! What is said of an install that is ordered all the same.

use crate::operator::{HEADER, Operator};
use insta::assert_snapshot;
use serde_json::json;

const ADD: [&str; 7] =
    ["hosts", "add", "web1", "--mac", "52:54:00:00:00:01", "--address", "10.0.2.15/24"];
const NOBODY: &str = "nobody can log in after the install: set one of the variables \
    root_password, ssh_keys, user_password";

/// With the mirror that the profile `debian-13` requires.
fn operator() -> Operator {
    let operator = Operator::new();
    operator.ok(&["profiles", "set", "debian-13", "--var", "mirror_host=mirror.example.test"]);
    operator
}

#[test]
fn a_mark_of_a_host_where_nobody_could_log_in_is_told_and_done() {
    let operator = operator();
    operator.ok(&[&ADD[..], &["--profile", "debian-13"]].concat());
    let ran = operator.run(&["hosts", "mark", "web1"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_snapshot!(ran.stderr.lines().find(|line| line.contains("log in")).unwrap());
    assert_eq!(operator.hosts()[0]["phase"], json!("marked"));
    operator.ok(&["hosts", "cancel", "web1"]);
    let marked = operator.json(&["hosts", "mark", "web1"]);
    let warning = json!({
        "host": "web1", "kind": "nobody_can_log_in", "message": NOBODY,
        "variables": ["root_password", "ssh_keys", "user_password"],
    });
    assert_eq!(marked[0]["warnings"], json!([warning]));
}

#[test]
fn with_a_password_or_a_key_nothing_is_said() {
    let operator = operator();
    operator.ok(&[&ADD[..], &["--profile", "debian-13"]].concat());
    let says_so = || {
        let ran = operator.run(&["hosts", "mark", "web1"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        operator.ok(&["hosts", "cancel", "web1"]);
        ran.stderr.contains("log in")
    };
    assert!(says_so());
    operator.ok(&["hosts", "set", "web1", "--var", "ssh_keys=ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me"]);
    assert!(!says_so());
    operator.ok(&["hosts", "set", "web1", "--unset-var", "ssh_keys"]);
    assert!(says_so());
    operator.file("password", b"geheim\n");
    operator.ok(&["profiles", "set", "debian-13", "--secret", "root_password=@password"]);
    assert!(!says_so(), "shared values count");
    operator.ok(&["hosts", "set", "web1", "--profile", "tiny"]);
    assert!(!says_so(), "a profile that sets no password");
}

#[test]
fn what_arms_new_hosts_tells_it_once_for_all() {
    let operator = operator();
    let row = |number: u32| {
        format!("web{number},52:54:00:00:00:0{number},10.0.2.1{number}/24,,debian-13,install\n")
    };
    let rows: String = (1..=7).map(row).collect();
    operator.file("fleet.csv", format!("{HEADER}{rows}").as_bytes());
    let dry_run = ["hosts", "import", "fleet.csv", "--dry-run"];
    assert_snapshot!("import", operator.run(&dry_run).stderr);
    let warnings = operator.json(&dry_run)["warnings"].take();
    assert_eq!(warnings.as_array().unwrap().len(), 7);
    assert_eq!(warnings[6]["host"], json!("web7"));
    operator.ok(&["hosts", "import", "fleet.csv", "--yes"]);
    let add = [
        &["hosts", "add", "web8", "--mac", "52:54:00:00:00:08", "--address", "10.0.2.18/24"][..],
        &["--profile", "debian-13", "--first-boot", "install"],
    ];
    let added = operator.json(&add.concat());
    assert_eq!(added["warnings"][0]["kind"], json!("nobody_can_log_in"));
}
