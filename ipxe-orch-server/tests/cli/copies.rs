//! Databases that are backed up, restored and moved.

use crate::{
    follow::{get, query, serve},
    operator::Operator,
};
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt as _, thread::sleep, time::Duration};

/// With a mark for `web1`, and what its profile takes.
fn marked() -> (Operator, String) {
    let operator = Operator::with_hosts();
    media(&operator);
    let path = format!("boot/v1/script?{}&m=52:54:00:00:00:01", query(&operator, "web1"));
    (operator, path)
}

fn media(operator: &Operator) {
    for file in ["vmlinuz", "initrd.img", "disk.img"] {
        operator.file(&format!("data/media/tiny/{file}"), b"x");
    }
}

/// Waits until the server's readiness begins with this.
fn is(url: &str, status: &str) -> bool {
    (0..300).any(|_| {
        let found = get(url, "readyz").starts_with(&format!("HTTP/1.1 {status} "));
        if !found {
            sleep(Duration::from_millis(50));
        }
        found
    })
}

/// Deletes a database, as a broken disk does. What the servers have seen of it stays.
fn lose(operator: &Operator) {
    for name in operator.names("data") {
        if name.starts_with("orch.db") || name.starts_with("orch-events.db") {
            fs::remove_file(operator.path(&format!("data/{name}"))).unwrap();
        }
    }
}

fn mode(operator: &Operator, name: &str) -> u32 {
    fs::metadata(operator.path(name)).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_restored_backup_boots_local_until_it_is_accepted() {
    let (operator, path) = marked();
    let (server, url) = serve(&operator, &[]);
    let backup = operator.json(&["database", "backup", "b.db"]);
    assert_eq!(backup["from"], "sqlite://data/orch.db");
    assert_eq!((&backup["to"], &backup["tables"]["hosts"]), (&"b.db".into(), &2.into()));
    assert_eq!((mode(&operator, "b.db"), mode(&operator, "b-events.db")), (0o600, 0o600));
    let beside = |name: &String| name.starts_with("b.db-") || name.starts_with('.');
    assert_eq!(operator.names("").iter().filter(|name| beside(name)).count(), 0, "two files alone");
    // After the backup, the host installs.
    let install = get(&url, &path);
    let ticket = install.split("/claim").next().unwrap().rsplit('/').next().unwrap().to_owned();
    assert!(get(&url, &format!("boot/v1/t/{ticket}/claim")).starts_with("HTTP/1.1 200 "));
    operator.ok(&["hosts", "mark", "db1"]);
    server.end("-TERM");
    lose(&operator);
    let restored = operator.run(&["database", "restore", "b.db"]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert!(restored.stdout.starts_with("sqlite://data/orch.db has all "), "{restored:?}");
    assert!(restored.stderr.contains("until `ipxe-orch database accept-restore`"), "{restored:?}");
    // The mark stands in it, and installs nothing.
    assert_eq!(operator.json(&["hosts", "show", "web1"])["status"], "marked");
    assert!(operator.fails(&["hosts", "mark", "db1"]).contains("accept-restore"));
    let (server, url) = serve(&operator, &[]);
    assert!(get(&url, &path).contains("orch-answer local"));
    assert!(is(&url, "503"), "{}", get(&url, "readyz"));
    let would = operator.json(&["database", "accept-restore", "--dry-run"]);
    assert_eq!((&would["dry_run"], &would["voided"][0]["host"]), (&json!(true), &json!("web1")));
    assert!(would["why"].as_str().unwrap().contains("accept-restore"), "{would}");
    let dry = operator.ok(&["database", "accept-restore", "--dry-run"]);
    assert!(dry.contains("host web1: its mark would become void, it was marked\n"), "{dry}");
    let asked = operator.fails(&["database", "accept-restore"]);
    assert!(asked.contains("Hosts with a mark now: web1.") && asked.contains("--yes"), "{asked}");
    assert!(get(&url, &path).contains("orch-answer local"), "nothing was changed");
    let accepted = operator.ok(&["database", "accept-restore", "--yes"]);
    assert!(accepted.contains("host web1: its mark is void, it was marked\n"), "{accepted}");
    assert!(is(&url, "200"), "{}", get(&url, "readyz"));
    assert!(get(&url, &path).contains("orch-answer local"), "its mark is void");
    operator.ok(&["hosts", "mark", "web1"]);
    assert!(get(&url, &path).contains("orch-answer install"));
    server.end("-TERM");
    let audit = operator.ok(&["audit", "list", "--limit", "0"]);
    for action in ["database.backup", "database.restore", "database.accept_restore"] {
        assert!(audit.contains(action), "{action}: {audit}");
    }
    operator.ok(&["audit", "verify"]);
    assert!(operator.ok(&["events"]).contains("web1"));
}

/// A machine that has seen nothing of the database before.
#[test]
fn a_backup_is_restored_on_a_new_machine() {
    let (operator, path) = marked();
    operator.ok(&["database", "backup", "b.db"]);
    let keys = fs::read(operator.path("data/keys.toml")).unwrap();
    fs::remove_dir_all(operator.path("data")).unwrap();
    let ran = operator.run(&["database", "restore", "b.db"]);
    assert!(ran.stderr.contains("its keys are missing"), "{ran:?}");
    media(&operator);
    operator.file("data/keys.toml", &keys);
    fs::set_permissions(operator.path("data/keys.toml"), fs::Permissions::from_mode(0o600))
        .unwrap();
    let (server, url) = serve(&operator, &[]);
    assert!(get(&url, &path).contains("orch-answer local"));
    operator.ok(&["database", "accept-restore", "--yes"]);
    assert!(is(&url, "200"));
    server.end("-TERM");
}

#[test]
fn what_cannot_be_restored_or_overwritten_is_named() {
    let (operator, _) = marked();
    operator.ok(&["database", "backup", "b.db"]);
    let exists = operator.fails(&["database", "backup", "b.db"]);
    assert!(exists.contains("exists already and is not overwritten"), "{exists}");
    let before = operator.hosts();
    let full = operator.fails(&["database", "restore", "b.db"]);
    assert!(full.contains("is not empty: its table ") && full.contains("make a new"), "{full}");
    assert_eq!(operator.hosts(), before);
    lose(&operator);
    operator.file("text.db", b"name,mac\n");
    operator.file("empty.db", b"");
    for (file, why) in [
        ("none.db", "cannot be read"),
        ("text.db", "is not a database"),
        ("empty.db", "not one of ipxe-orch"),
        ("b-events.db", "not one of ipxe-orch"),
        ("data", "data"),
    ] {
        let error = operator.fails(&["database", "restore", file]);
        assert!(error.contains(why), "{file}: {error}");
        assert!(!operator.path("data/orch.db").exists(), "{file}: nothing is made");
    }
    let elsewhere =
        operator.fails(&["database", "backup", "b2.db", "--database", "sqlite://no.db"]);
    assert!(elsewhere.contains("there is no database at sqlite://no.db"), "{elsewhere}");
}

#[test]
fn servers_go_on_with_a_copy_and_notice_the_old_database() {
    let (operator, path) = marked();
    let new = ["--database", "sqlite://data/new.db"];
    let (server, url) = serve(&operator, &[]);
    assert!(is(&url, "200"));
    server.end("-TERM");
    let copied = operator.json(&["database", "copy", "--to", "sqlite://data/new.db"]);
    assert_eq!((&copied["retired"], &copied["source_went_on"]), (&json!(false), &json!(false)));
    let expected = operator.hosts();
    assert_eq!(operator.json(&[&["hosts", "list"], &new[..]].concat()), expected);
    let (server, url) = serve(&operator, &new);
    assert!(is(&url, "200"), "no false alarm: {}", get(&url, "readyz"));
    let install = get(&url, &path);
    assert!(install.contains("orch-answer install"), "its marks go on: {install}");
    let audit = operator.ok(&[&["audit", "list"], &new[..]].concat());
    assert!(audit.contains("database.copy"), "{audit}");
    // The server remembers what it has seen every 5 seconds, and when it ends.
    server.end("-TERM");
    let (server, url) = serve(&operator, &[]);
    assert!(get(&url, &path).contains("orch-answer local"), "the old one installs nothing");
    assert!(is(&url, "503"), "{}", get(&url, "readyz"));
    server.end("-TERM");
    let old = operator.fails(&["hosts", "mark", "db1"]);
    assert!(old.contains("does not contain entry"), "{old}");
    let again = operator.fails(&["database", "copy", "--to", "sqlite://data/new.db"]);
    assert!(again.contains("is not empty"), "{again}");
}

#[test]
fn a_database_that_was_moved_names_the_new_one() {
    let (operator, path) = marked();
    let (server, url) = serve(&operator, &[]);
    let same = operator.fails(&["database", "copy", "--to", "sqlite://data/orch.db"]);
    assert!(same.contains("cannot be copied into itself"), "{same}");
    let moved = operator.run(&["database", "copy", "--to", "sqlite://data/new.db", "--retire"]);
    assert_eq!(moved.code, Some(0), "{moved:?}");
    assert!(moved.stderr.contains("set `database` to sqlite://data/new.db"), "{moved:?}");
    assert!(is(&url, "503"), "the server that runs notices: {}", get(&url, "readyz"));
    assert!(get(&url, &path).contains("orch-answer local"));
    server.end("-TERM");
    for command in [
        &["hosts", "mark", "db1"][..],
        &["hosts", "set", "db1", "--label", "a=b"],
        &["hosts", "hold", "db1"],
    ] {
        let error = operator.fails(command);
        assert!(error.contains("moved to sqlite://data/new.db"), "{command:?}: {error}");
    }
    operator.ok(&["hosts", "list"]);
    let new = ["--database", "sqlite://data/new.db"];
    let (server, url) = serve(&operator, &new);
    assert!(is(&url, "200"), "{}", get(&url, "readyz"));
    assert!(get(&url, &path).contains("orch-answer install"));
    operator.ok(&[&["hosts", "mark", "db1"], &new[..]].concat());
    server.end("-TERM");
}

#[test]
fn urls_of_a_copy_are_not_repeated() {
    let operator = Operator::with_hosts();
    for option in ["--from", "--to"] {
        let url = format!("{option}=nosuch://a:geheim@b");
        let rest: &[&str] = if option == "--to" { &[] } else { &["--to", "sqlite://x.db"] };
        let ran = operator.run(&[&["database", "copy", &url], rest].concat());
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(!format!("{ran:?}").contains("geheim"), "{ran:?}");
    }
}
