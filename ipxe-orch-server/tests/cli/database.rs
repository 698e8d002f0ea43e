//! Only `serve` and `database init` make a database; a mistyped path makes nothing.

use crate::operator::{HEADER, Operator, read, two_hosts};
use insta::assert_snapshot;
use serde_json::json;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
};

/// One command of each kind; `fleet.csv` and `own` exist.
const COMMANDS: &[&[&str]] = &[
    &["hosts", "list"],
    &["hosts", "add", "web1", "--mac", "52:54:00:00:00:01", "--address", "10.0.2.15/24"],
    &["hosts", "import", "fleet.csv", "--yes"],
    &["images", "build", "--all", "--out", "out", "--server", "http://10.0.2.2:8080"],
    &["profiles", "apply", "own"],
    &["profiles", "list"],
    &["media", "add", "fleet.csv", "--name", "loose"],
    &["media", "list"],
    &["firmware", "import", "firmware"],
    &["keys", "list"],
    &["keys", "rotate", "--purpose", "image"],
    &["audit", "verify"],
    &["events"],
];

#[test]
fn a_mistyped_path_makes_no_file_no_folder_and_no_key() {
    let operator = Operator::without_database();
    operator.file("fleet.csv", two_hosts().as_bytes());
    operator.file("own/profile.toml", b"name = 'own'\ntitle = 'Own'\nscript = 'boot'\n");
    operator.file("own/boot", b"#!ipxe\nexit 0\n");
    fs::create_dir(operator.path("there")).unwrap();
    let before = operator.names("");
    for path in ["mistyped/orch.db", "there/orch.db"] {
        let database = format!("sqlite://{path}");
        for command in COMMANDS {
            let error = operator.fails(&[command, &["--database", &database][..]].concat());
            let said = format!(
                "error: there is no database at {database}: `ipxe-orch database init` makes one, \
                 or correct `database` / IPXE_ORCH_DATABASE\n"
            );
            assert_eq!(error, said, "{command:?}");
            assert_eq!(operator.names(""), before, "{command:?}");
            assert_eq!(operator.names("there"), [""; 0], "{command:?}");
        }
    }
}

#[test]
fn a_database_is_made_once() {
    let operator = Operator::without_database();
    let init = ["database", "init"];
    assert_eq!(operator.json(&init), json!({"database": "sqlite://data/orch.db", "made": true}));
    let (names, keys) = (operator.names("data"), read(operator.path("data/keys.toml")));
    let database = fs::read(operator.path("data/orch.db")).unwrap();
    let ran = operator.run(&init);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!(ran.stdout, "nothing to do: sqlite://data/orch.db exists\n");
    assert_eq!(operator.json(&init)["made"], json!(false));
    assert_eq!((operator.names("data"), read(operator.path("data/keys.toml"))), (names, keys));
    assert_eq!(fs::read(operator.path("data/orch.db")).unwrap(), database);
    // What it needs to register hosts is there.
    operator.file("fleet.csv", two_hosts().as_bytes());
    operator.ok(&["hosts", "import", "fleet.csv", "--yes"]);
}

#[test]
fn keys_that_were_brought_before_are_kept() {
    let (other, operator) = (Operator::new(), Operator::without_database());
    let keys = read(other.path("data/keys.toml"));
    operator.file("data/keys.toml", keys.as_bytes());
    crate::sync::private(&operator);
    let ran = operator.run(&["database", "init"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_snapshot!(ran.stderr);
    assert_eq!(read(operator.path("data/keys.toml")), keys);
}

#[test]
fn a_database_whose_keys_are_lost_gets_no_new_ones() {
    let operator = Operator::new();
    operator.file("fleet.csv", HEADER.as_bytes());
    fs::remove_file(operator.path("data/keys.toml")).unwrap();
    let before = operator.names("data");
    let elsewhere = ["--data-dir", "elsewhere"];
    let all = [
        operator.fails(&["hosts", "list"]),
        operator.fails(&["serve", "--listen", "127.0.0.1:0"]),
        operator.fails(&[&["hosts", "list"], &elsewhere[..]].concat()),
    ];
    assert_snapshot!(all.concat());
    assert_eq!(operator.names("data"), before);
    assert!(!operator.path("elsewhere").exists(), "nothing is made");
}

/// What a server says until it listens.
fn said_by_server(operator: &Operator) -> String {
    let mut command = operator.command(&["serve", "--listen", "127.0.0.1:0"]);
    let errors = fs::File::create(operator.path("errors")).unwrap();
    let mut server = command.stdout(Stdio::piped()).stderr(errors).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(line.starts_with("listening on "), "{line}");
    read(operator.path("errors"))
}

#[test]
fn the_first_start_of_a_server_makes_the_database_and_says_so() {
    let operator = Operator::without_database();
    let first = said_by_server(&operator);
    assert!(first.contains("made a new database: sqlite://data/orch.db\n"), "{first}");
    assert!(first.contains("made new keys: back up data/keys.toml, apart from"), "{first}");
    let second = said_by_server(&operator);
    assert!(!second.contains("made "), "{second}");
}
