//! Settings and what they come from.

use crate::operator::{Operator, read};
use insta::assert_snapshot;
use serde_json::{Value, json};

fn setting(shown: &Value, name: &str) -> (String, String) {
    let named = |setting: &&Value| setting["name"] == name;
    let found = shown["settings"].as_array().unwrap().iter().find(named).unwrap();
    let one = |value: &Value| value.as_str().unwrap().to_owned();
    let value = match &found["value"] {
        Value::Array(values) => values.iter().map(one).collect::<Vec<_>>().join(", "),
        value => one(value),
    };
    (value, one(&found["from"]))
}

fn pair(value: &str, from: &str) -> (String, String) {
    (value.to_owned(), from.to_owned())
}

#[test]
fn every_setting_says_where_it_came_from() {
    let operator = Operator::without_database();
    operator.file("c.toml", b"base_path = '/install'\nmedia_dir = 'm'\n[log]\nlevel = 'debug'\n");
    let shown = operator.json(&["config", "show", "--config", "c.toml", "--log-level", "error"]);
    assert_eq!(shown["file"], json!("c.toml"));
    assert_eq!(setting(&shown, "base_path"), pair("/install", "file"));
    assert_eq!(setting(&shown, "media_dir"), pair("m", "file"));
    assert_eq!(setting(&shown, "log.level"), pair("error", "flag"));
    assert_eq!(setting(&shown, "database"), pair("sqlite://data/orch.db", "environment"));
    assert_eq!(setting(&shown, "data_dir"), pair("data", "default"));
    assert_eq!(
        setting(&shown, "listen"),
        pair("http://127.0.0.1:8080, https://127.0.0.1:8443", "default")
    );
    assert!(!operator.path("data").exists(), "nothing is made");
}

#[test]
fn a_setting_shows_its_variable_and_lists_are_lists() {
    let operator = Operator::new();
    operator.file("c.toml", b"server_urls = ['http://10.0.0.1:8080', 'http://10.0.0.2:8080']\n");
    let config = ["config", "show", "--config", "c.toml"];
    let shown = operator.json(&config);
    let settings = shown["settings"].as_array().unwrap();
    let urls = settings.iter().find(|setting| setting["name"] == "server_urls").unwrap();
    assert_eq!(urls["variable"], "IPXE_ORCH_SERVER_URLS");
    assert_eq!(urls["value"], json!(["http://10.0.0.1:8080", "http://10.0.0.2:8080"]));
    assert_snapshot!("shown", operator.ok(&config));
}

#[test]
fn a_configuration_file_is_written_once_and_loads() {
    let operator = Operator::new();
    let init = ["config", "init", "--output", "etc/c.toml"];
    let ran = operator.run(&init);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!(ran.stderr, "wrote etc/c.toml: every setting is commented out\n");
    assert_eq!(read(operator.path("etc/c.toml")), operator.ok(&["config", "init"]));
    let shown = operator.json(&["config", "show", "--config", "etc/c.toml"]);
    assert_eq!(
        setting(&shown, "listen"),
        pair("http://127.0.0.1:8080, https://127.0.0.1:8443", "default")
    );

    operator.file("etc/c.toml", b"mine");
    assert_eq!(operator.fails(&init), "error: etc/c.toml exists: replace it with --force\n");
    assert_eq!(read(operator.path("etc/c.toml")), "mine");
    // Even where the file that is to be replaced cannot be read as settings.
    let forced = [&init[..], &["--force", "--config", "etc/c.toml"]].concat();
    operator.ok(&forced);
    let listen = "\n#listen = [\"http://127.0.0.1:8080\",\"https://127.0.0.1:8443\"]\n";
    assert!(read(operator.path("etc/c.toml")).contains(listen));
}

#[test]
fn a_wrong_file_is_named_with_its_line() {
    let operator = Operator::new();
    operator.file("c.toml", b"listen = '127.0.0.1:1'\nlisten_on = 'x'\n");
    let all = [
        operator.fails(&["config", "show", "--config", "c.toml"]),
        operator.fails(&["config", "show", "--config", "none.toml"]),
    ];
    assert_snapshot!(all.join("---\n"));
    let output = operator.command(&["config", "show"]).env("IPXE_ORCH_LISTEN", "here").output();
    assert_snapshot!("variable", String::from_utf8(output.unwrap().stderr).unwrap());
}

#[test]
fn firmware_and_profiles_are_listed() {
    let operator = Operator::new();
    assert_snapshot!("firmware", operator.ok(&["firmware", "list"]));
    let profiles = operator.json(&["profiles", "list"]);
    let names: Vec<_> =
        profiles.as_array().unwrap().iter().map(|p| &p["profile"]["name"]).collect();
    assert!(names.contains(&&json!("tiny")), "{names:?}");
    let output =
        operator.command(&["profiles", "apply"]).env("IPXE_ORCH_PROFILE_DIRS", "p").output();
    assert_snapshot!("profiles", String::from_utf8(output.unwrap().stderr).unwrap());
}

#[test]
fn manual_pages_are_printed_or_written_one_by_one() {
    let operator = Operator::without_database();
    let printed = operator.ok(&["man"]);
    let ran = operator.run(&["man", "--out", "share/man1"]);
    let names = operator.names("share/man1");
    assert_eq!(ran.stderr, format!("wrote {} pages to share/man1\n", names.len()));
    assert!(names.contains(&"ipxe-orch-hosts-mark.1".to_owned()), "{names:?}");
    for name in names {
        assert!(printed.contains(&read(operator.path(&format!("share/man1/{name}")))), "{name}");
    }
    assert!(!operator.path("data").exists(), "nothing is made");
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    let operator = Operator::new();
    for arguments in [
        &["hosts", "mark"][..],
        &["frobnicate"],
        &["images", "build", "--out", "x"],
        &["images", "build", "--csv", "x", "--out", "x"],
        &["hosts", "mark", "a", "b", "--id", "01a20715-06bf-7793-90cf-ad88964e1eef"],
        &["events", "--since", "tomorrow"],
    ] {
        let ran = operator.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran:?}");
    }
}

/// Nothing that the program prints repeats a secret that was given in the wrong way.
#[test]
fn no_secret_is_repeated() {
    let operator = Operator::with_hosts();
    operator.file("c.toml", b"database = 'mysql://ann:geheim@db/x'\n");
    operator.file("d.toml", b"database = 'mysql://ann:geheim@db/x\n");
    operator.file("secret", b"geheim\n");
    let set = ["hosts", "set", "web1"];
    let build = ["images", "build", "--all", "--out", "o", "--server"];
    for line in [
        &[&set[..], &["--secret", "root_password=geheim"]].concat()[..],
        &[&set[..], &["--secret", "root_password", "geheim"]].concat(),
        &[&set[..], &["--secret", "geheim"]].concat(),
        &[&set[..], &["--secret=root_password=geheim"]].concat(),
        &[&set[..], &["--secret", "root_password=@secret"]].concat(),
        &[&set[..], &["--secret", "disk=@secret"]].concat(),
        &[&set[..], &["--var", "root password=geheim"]].concat(),
        &[&set[..], &["--var", "geheim"]].concat(),
        &["profiles", "set", "tiny", "--secret", "root_password=geheim"],
        &["profiles", "set", "tiny", "--var", "geheim"],
        &["--database", "mysql:ann:geheim@db", "hosts", "list"],
        &["--database", "ann:geheim@db", "hosts", "list"],
        &["--database", "sqlite:///a?key=geheim", "hosts", "list"],
        &["--config", "c.toml", "hosts", "list"],
        &["--config", "d.toml", "hosts", "list"],
        &[&build[..], &["http://ann:geheim@10.0.0.1"]].concat(),
        &[&build[..], &["ann:geheim@10.0.0.1"]].concat(),
        &["media", "sync", "--from", "http://ann:geheim@10.0.0.1"],
    ] {
        let ran = operator.run(line);
        assert_ne!(ran.code, Some(0), "{line:?}");
        assert!(ran.stderr.starts_with("error: "), "{line:?}: {ran:?}");
        assert!(!format!("{ran:?}").contains("geheim"), "{line:?}: {ran:?}");
    }
    let audit = operator.ok(&["audit", "list", "--json", "--limit", "0"]);
    assert!(!audit.contains("geheim"));
    let other =
        [("IPXE_ORCH_DATABASE", "ann:geheim@db"), ("IPXE_ORCH_SERVER_URLS", "ann:geheim@x")];
    for (name, value) in other {
        let output = operator.command(&["config", "show"]).env(name, value).output().unwrap();
        let ran = operator.ran(output);
        assert!(ran.code == Some(1) && ran.stderr.contains(name), "{ran:?}");
        assert!(!ran.stderr.contains("geheim"), "{ran:?}");
    }
}
