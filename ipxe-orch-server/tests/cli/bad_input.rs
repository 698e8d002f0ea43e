//! What is wrong is named with its remedy, and changes nothing.

use crate::operator::{HEADER, Operator, two_hosts};
use insta::assert_snapshot;
use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _};

/// Imports rows into an operator that has the two hosts; they must be as before.
fn import(rows: &str) -> String {
    let operator = Operator::with_hosts();
    let before = operator.hosts();
    operator.file("bad.csv", format!("{HEADER}{rows}").as_bytes());
    let errors = operator.fails(&["hosts", "import", "bad.csv", "--yes"]);
    assert_eq!(operator.hosts(), before);
    errors
}

#[test]
fn every_bad_cell_is_named_at_once() {
    assert_snapshot!(import(
        "web2,52:54:00:00:00,10.0.2.17/24,10.0.2.2,tiny,install\n\
         web3,52:54:00:00:00:03,10.0.2.18,10.0.2.2,tiny,install\n\
         web4,52:54:00:00:00:04,10.0.2.19/24,10.0.3.2,tiny,install\n\
         web5,52:54:00:00:00:05,10.0.2.255/24,10.0.2.2,tiny,maybe\n\
         ${x},52:54:00:00:00:06,10.0.2.21/24,10.0.2.2,tiny,install\n\
         ../x,52:54:00:00:00:07,10.0.2.22/24,10.0.2.2,tiny,install\n\
         web8,52:54:00:00:00:08,10.0.2.23/24\n"
    ));
}

#[test]
fn duplicates_in_the_file_and_with_registered_hosts() {
    assert_snapshot!(import(
        "web2,52:54:00:00:00:09,10.0.2.30/24,,tiny,\n\
         web3,52:54:00:00:00:09,10.0.2.31/24,,tiny,\n\
         web4,52:54:00:00:00:0a,10.0.2.32/24,,tiny,\n\
         web5,52:54:00:00:00:0b,10.0.2.32/24,,tiny,\n\
         web6,52:54:00:00:00:01,10.0.2.33/24,,tiny,\n\
         web7,52:54:00:00:00:0c,10.0.2.16/24,,tiny,\n\
         web8,52:54:00:00:00:0d,10.0.2.34/24,,windows,\n"
    ));
}

#[test]
fn a_file_that_is_no_fleet() {
    let operator = Operator::new();
    operator.file("b.csv", b"name,mac,adress,vlan\nweb1,52:54:00:00:00:01,10.0.2.15/24,5000\n");
    operator.file("c.csv", b"name,mac,address,vlan\nweb1,52:54:00:00:00:01,10.0.2.15/24,4095\n");
    for (file, snapshot) in [("b.csv", "columns"), ("c.csv", "vlan")] {
        assert_snapshot!(snapshot, operator.fails(&["hosts", "import", file, "--yes"]));
    }
    assert_snapshot!("no_file", operator.fails(&["hosts", "import", "none.csv", "--yes"]));
    assert_eq!(operator.hosts().as_array().unwrap().len(), 0);
}

#[test]
fn an_install_is_confirmed() {
    let operator = Operator::new();
    operator.file("fleet.csv", two_hosts().as_bytes());
    let ran = operator.run(&["hosts", "import", "fleet.csv"]);
    assert_eq!(ran.code, Some(1));
    assert_snapshot!(ran.stderr);
    assert_eq!(operator.hosts().as_array().unwrap().len(), 0);
}

#[test]
fn what_is_said_of_one_host() {
    let operator = Operator::with_hosts();
    let before = operator.hosts();
    let add = |options: &[&str]| {
        let ran = operator.run(&[&["hosts", "add", "new1"], options].concat());
        assert_ne!(ran.code, Some(0), "{options:?}");
        ran.stderr
    };
    let mac = ["--mac", "52:54:00:00:00:09"];
    let all = [
        add(&["--mac", "52:54:00:00:00", "--address", "10.0.2.40/24"]),
        add(&[mac[0], mac[1], "--address", "10.0.2.40"]),
        add(&[mac[0], mac[1], "--address", "10.0.2.40/24", "--gateway", "10.0.9.1"]),
        add(&[mac[0], mac[1], "--address", "10.0.2.15/24"]),
        add(&["--mac", "52:54:00:00:00:01", "--address", "10.0.2.40/24"]),
        add(&[mac[0], mac[1], "--address", "10.0.2.40/24", "--vlan", "4095"]),
        add(&[mac[0], mac[1], "--address", "10.0.2.40/24", "--first-boot", "install"]),
        operator.run(&["hosts", "add", "a b", mac[0], mac[1], "--address", "10.0.2.40/24"]).stderr,
        operator.fails(&["hosts", "set", "web1", "--gateway", "10.0.9.1"]),
        operator.fails(&["hosts", "set", "web1", "--profile", "none"]),
        operator.fails(&["hosts", "show", "none"]),
        operator.fails(&["hosts", "mark", "web1", "--yes"]),
    ];
    assert_snapshot!(all.join("---\n"));
    assert_eq!(operator.hosts(), before);
}

#[test]
fn missing_and_old_firmware() {
    let operator = Operator::with_hosts();
    fs::remove_file(operator.path("firmware/ipxe.efi")).unwrap();
    let mut old = vec![0; 0x2AE];
    old[0x202..0x206].copy_from_slice(b"HdrS");
    old[0x20E] = 0xAE;
    old.extend_from_slice(b"1.0.0+git-20190125.36a4c85-5.1\0");
    operator.file("firmware/ipxe.lkrn", &old);
    let build = ["images", "build", "--host", "web1", "--out", "x.iso", "--server", "http://a"];
    assert_snapshot!(operator.fails(&build));
    assert!(!operator.path("x.iso").exists());
}

#[test]
fn a_script_that_outgrows_its_region() {
    let operator = Operator::with_hosts();
    for number in 0..150 {
        let folder = format!("data/profiles/p{number}");
        let definition = format!(
            "name = 'p{number}'\ntitle = 'P'\nscript = 'boot.hbs'\nloader = '\\EFI\\{}\\{number}.efi'\n",
            "x".repeat(100)
        );
        operator.file(&format!("{folder}/profile.toml"), definition.as_bytes());
        operator.file(&format!("{folder}/boot.hbs"), b"#!ipxe\n");
    }
    operator.ok(&["profiles", "apply", "data/profiles"]);
    // Only then the image has the loaders of all profiles.
    operator.ok(&["hosts", "set", "web1", "--local-boot", "search"]);
    let server = ["--server", "http://10.0.2.2:8080"];
    let one = ["images", "build", "--host", "web1", "--out", "x.iso"];
    assert_snapshot!(operator.fails(&[&one[..], &server].concat()));
    assert!(!operator.path("x.iso").exists());
}

#[test]
fn wrong_servers() {
    let operator = Operator::with_hosts();
    let build = |servers: &[&str]| {
        let ran =
            operator.run(&[&["images", "build", "--host", "web1", "--out", "x"], servers].concat());
        assert_ne!(ran.code, Some(0), "{servers:?}");
        ran.stderr
    };
    let all = [
        build(&[]),
        build(&["--server", "10.0.2.2"]),
        build(&["--server", "http://a", "http://b", "http://c", "http://d"]),
    ];
    assert_snapshot!(all.join("---\n"));
}

#[test]
fn wrong_keys() {
    let operator = Operator::with_hosts();
    operator.file("short.toml", b"version = 1\nkeys = []\n");
    operator.file("none.toml", b"hello");
    for file in ["short.toml", "none.toml"] {
        fs::set_permissions(operator.path(file), fs::Permissions::from_mode(0o600)).unwrap();
    }
    operator.ok(&["keys", "new", "open.toml"]);
    fs::set_permissions(operator.path("open.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    let build = |key: &str| {
        let server = ["--server", "http://10.0.2.2"];
        let build = ["images", "build", "--csv", "fleet.csv", "--out", "out", "--key", key];
        operator.fails(&[&build[..], &server].concat())
    };
    operator.ok(&["keys", "new", "ticket.toml", "--purpose", "ticket"]);
    let all = [
        build("short.toml"),
        build("none.toml"),
        build("open.toml"),
        build("ticket.toml"),
        operator.fails(&["keys", "import", "none.toml"]),
        operator.fails(&["keys", "import", "absent.toml"]),
        operator.fails(&["keys", "new", "ticket.toml"]),
    ];
    assert_snapshot!(all.join("---\n"));
    assert_eq!(operator.names("out"), [""; 0]);
}

#[test]
fn broken_keys_of_the_data_directory() {
    let operator = Operator::with_hosts();
    fs::write(operator.path("data/keys.toml"), "version = 1").unwrap();
    let broken = operator.fails(&["hosts", "list"]);
    fs::set_permissions(operator.path("data/keys.toml"), fs::Permissions::from_mode(0o644))
        .unwrap();
    assert_snapshot!([broken, operator.fails(&["hosts", "list"])].join("---\n"));
}

#[tokio::test]
async fn a_newer_database_and_one_that_is_none() {
    use sqlx::{Connection as _, SqliteConnection};
    let operator = Operator::with_hosts();
    let url = format!("sqlite://{}", operator.path("data/orch.db").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let newer = "INSERT INTO schema_migrations VALUES (1000, '1000_x', '', 0)";
    sqlx::query(newer).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    let known = format!(
        "knows {}",
        ipxe_orch_backends::sql::migrations(ipxe_orch_backends::sql::Dialect::Sqlite).len()
    );
    let newer = operator.fails(&["hosts", "list"]).replace(&known, "knows N");
    operator.file("data/none.db", b"this is no database, but a text that is long enough to be one");
    fs::set_permissions(operator.path("data/none.db"), fs::Permissions::from_mode(0o600)).unwrap();
    let none = operator.fails(&["hosts", "list", "--database", "sqlite://data/none.db"]);
    let unknown = operator.run(&["hosts", "list", "--database", "mysql://ann:secret@db/x"]).stderr;
    assert!(!unknown.contains("secret"), "{unknown}");
    assert_snapshot!([newer, none, unknown].join("---\n"));
}

#[test]
fn a_port_in_use() {
    let operator = Operator::without_database();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let errors = operator.fails(&["serve", "--listen", &address]);
    assert_snapshot!(errors.replace(&address, "ADDRESS"));
    assert!(!operator.path("data").exists(), "nothing was made");
}
