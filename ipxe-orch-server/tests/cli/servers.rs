//! Databases on servers, from the first command to a server that is ready.
//! `scripts/databases COMMAND` starts MariaDB and PostgreSQL. `IPXE_ORCH_TEST_MSSQL` may name a SQL
//! Server.

#[path = "../../../ipxe-orch-backends/tests/shared/ado.rs"]
mod ado;

use crate::operator::{Operator, Ran, read};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection};
use std::{env, fs, os::unix::fs::PermissionsExt};

/// A new database on a SQL Server. Its password is in a file, and it is dropped at the end.
struct Mssql {
    name: String,
    url: String,
}

impl Mssql {
    fn new(operator: &Operator) -> Self {
        let name = name(operator);
        let (url, password) = ado::url(&name).unwrap();
        operator.file(PASSWORD, password.as_bytes());
        fs::set_permissions(operator.path(PASSWORD), PermissionsExt::from_mode(0o600)).unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(ado::create(&name)).unwrap();
        Self { name, url }
    }
}

impl Drop for Mssql {
    fn drop(&mut self) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        if let Err(error) = runtime.block_on(ado::remove(&self.name)) {
            eprintln!("database {} is left: {error}", self.name);
        }
    }
}

/// The file with the password of a database.
const PASSWORD: &str = "database-password";

/// A name that no other test uses.
fn name(operator: &Operator) -> String {
    let folder = operator.path("").display().to_string().to_lowercase();
    folder.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The URL of a new database.
#[expect(clippy::disallowed_methods, reason = "only the environment tells which server there is")]
fn new_database(operator: &Operator, variable: &str) -> String {
    let server = env::var(variable);
    let server = server.map_err(|_| "run it with `scripts/databases COMMAND`").unwrap();
    let name = name(operator);
    let create = sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        if server.starts_with("mysql") {
            MySqlConnection::connect(&server).await.unwrap().execute(create).await.unwrap();
        } else {
            let url = server.replace("/?", "/postgres?");
            PgConnection::connect(&url).await.unwrap().execute(create).await.unwrap();
        }
    });
    server.replace("/?", &format!("/{name}?"))
}

/// The program with this database and data directory.
fn run(operator: &Operator, url: &str, data: &str, arguments: &[&str]) -> Ran {
    let mut command = operator.command(arguments);
    command.env("IPXE_ORCH_DATABASE", url).env("IPXE_ORCH_DATA_DIR", data);
    if operator.path(PASSWORD).exists() {
        command.env("IPXE_ORCH_DATABASE_PASSWORD_FILE", PASSWORD);
    }
    operator.ran(command.output().unwrap())
}

fn ok(operator: &Operator, url: &str, data: &str, arguments: &[&str]) -> String {
    let ran = run(operator, url, data, arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    ran.stdout
}

fn two_servers_work_on_one_database(operator: &Operator, url: &str) {
    let on = |data: &str, arguments: &[&str]| run(operator, url, data, arguments);
    let said = on("one", &["database", "status"]);
    assert!(said.stdout.contains("it has no tables: `ipxe-orch database init`"), "{said:?}");
    let said = on("one", &["hosts", "list"]);
    assert!(said.stderr.contains("but no key file one/keys.toml"), "{said:?}");
    assert!(!operator.path("one").exists(), "nothing is made");

    let said = on("one", &["database", "init"]);
    assert!(said.stderr.contains("made a new database: "), "{said:?}");
    assert_eq!(on("one", &["database", "init"]).stdout, format!("nothing to do: {url} exists\n"));
    let status: serde_json::Value =
        serde_json::from_str(&ok(operator, url, "one", &["database", "status", "--json"])).unwrap();
    assert_eq!((&status["state"], &status["missing"]), (&json!("ready"), &json!([])));
    let migrated = ok(operator, url, "one", &["database", "migrate"]);
    assert!(migrated.starts_with("nothing to do: "), "{migrated}");

    let add = ["hosts", "add", "web1", "--mac", "52:54:00:00:00:01", "--address", "10.0.2.15/24"];
    ok(operator, url, "one", &[&add[..], &["--first-boot", "local"]].concat());

    // The second server has the keys of the first, and an audit chain of its own.
    assert!(on("two", &["hosts", "list"]).stderr.contains("but no key file two/keys.toml"));
    operator.file("two/keys.toml", read(operator.path("one/keys.toml")).as_bytes());
    fs::set_permissions(operator.path("two/keys.toml"), PermissionsExt::from_mode(0o600)).unwrap();
    let listed = ok(operator, url, "two", &["hosts", "list", "--json"]);
    assert!(listed.contains("web1"), "{listed}");
    ok(operator, url, "two", &["hosts", "hold", "web1", "--reason", "memory"]);
    let shown = ok(operator, url, "one", &["hosts", "show", "web1"]);
    assert!(shown.contains("memory"), "{shown}");
    for data in ["one", "two"] {
        let verified = ok(operator, url, data, &["audit", "verify", "--json"]);
        let verified: serde_json::Value = serde_json::from_str(&verified).unwrap();
        assert_eq!(verified["heads"].as_array().map(Vec::len), Some(2), "{verified}");
    }
}

#[test]
fn two_servers_work_on_one_mariadb() {
    let operator = Operator::without_database();
    let url = new_database(&operator, "IPXE_ORCH_TEST_MARIADB");
    two_servers_work_on_one_database(&operator, &url);
}

#[test]
fn two_servers_work_on_one_postgres() {
    let operator = Operator::without_database();
    let url = new_database(&operator, "IPXE_ORCH_TEST_POSTGRES");
    two_servers_work_on_one_database(&operator, &url);
}

#[test]
fn two_servers_work_on_one_sql_server() {
    if ado::is_skipped() {
        return;
    }
    let operator = Operator::without_database();
    let database = Mssql::new(&operator);
    two_servers_work_on_one_database(&operator, &database.url);
}

#[test]
fn tables_are_made_by_init_alone() {
    let operator = Operator::without_database();
    let url = new_database(&operator, "IPXE_ORCH_TEST_MARIADB");
    operator.file("one/keys.toml", read(Operator::new().path("data/keys.toml")).as_bytes());
    fs::set_permissions(operator.path("one/keys.toml"), PermissionsExt::from_mode(0o600)).unwrap();
    for command in [&["hosts", "list"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let error = run(&operator, &url, "one", command).stderr;
        let said = "its tables are not up to date: schema 0, and this program needs ";
        assert!(error.contains(said) && error.contains("`ipxe-orch database init`"), "{error}");
    }
}

#[test]
fn migrating_prints_its_statements_without_a_connection() {
    let operator = Operator::without_database();
    let url = "postgres://ipxe@db.invalid/ipxe";
    let printed = ok(&operator, url, "one", &["database", "migrate", "--print", "--all"]);
    assert!(printed.starts_with("-- ipxe-orch: from schema 0 to schema "), "{printed}");
    assert!(printed.ends_with("COMMIT;\n") && printed.contains("CREATE TABLE hosts"), "{printed}");
    assert!(!operator.path("one").exists(), "nothing is made");
}

#[test]
fn a_server_that_does_not_answer_is_named_without_a_password() {
    let operator = Operator::new();
    operator.file("password", b"geheim\n");
    let closed = "mysql://ipxe@127.0.0.1:1/ipxe";
    let with = |mode| {
        fs::set_permissions(operator.path("password"), PermissionsExt::from_mode(mode)).unwrap();
        let arguments = ["hosts", "list", "--database-password-file", "password"];
        run(&operator, closed, "data", &arguments).stderr
    };
    let error = with(0o644);
    assert!(error.contains("password: other users may access it (mode 0644)"), "{error}");
    let error = with(0o400);
    assert!(error.contains(closed) && !error.contains("geheim"), "{error}");
    let error = run(&operator, "mysql://ipxe:geheim@db/ipxe", "data", &["hosts", "list"]).stderr;
    assert!(error.contains("leave the password out") && !error.contains("geheim"), "{error}");
}

/// From SQLite to a server, and back: with its keys and its data directory, and nothing lost.
fn a_small_team_moves_to(operator: &Operator, url: &str) {
    operator.ok(&["hosts", "export", "before.csv"]);
    let expected = operator.hosts();
    let mut copy = vec!["database", "copy", "--to", url, "--retire"];
    if operator.path(PASSWORD).exists() {
        copy.extend(["--to-password-file", PASSWORD]);
    }
    let moved = operator.json(&copy);
    assert_eq!((&moved["retired"], &moved["tables"]["hosts"]), (&json!(true), &json!(2)));
    let refused = operator.fails(&["hosts", "mark", "db1"]);
    let database = url.split(['/', '?']).nth(3).unwrap();
    assert!(refused.contains("was moved to") && refused.contains(database), "{refused}");
    let hosts: serde_json::Value =
        serde_json::from_str(&ok(operator, url, "data", &["hosts", "list", "--json"])).unwrap();
    assert_eq!(hosts, expected);
    ok(operator, url, "data", &["hosts", "mark", "db1"]);
    ok(operator, url, "data", &["database", "backup", "b.db"]);
    let back = ["database", "copy", "--to", "sqlite://data/back.db"];
    ok(operator, url, "data", &back);
    let back = ["--database", "sqlite://data/back.db"];
    operator.ok(&[&["hosts", "export", "after.csv"], &back[..]].concat());
    assert_eq!(read(operator.path("before.csv")), read(operator.path("after.csv")));
    assert!(operator.ok(&[&["hosts", "show", "db1"], &back[..]].concat()).contains("marked"));
    operator.ok(&[&["audit", "verify"], &back[..]].concat());
    operator.ok(&[&["hosts", "hold", "db1"], &back[..]].concat());
}

#[test]
fn a_small_team_moves_to_mariadb() {
    let operator = Operator::with_hosts();
    let url = new_database(&operator, "IPXE_ORCH_TEST_MARIADB");
    a_small_team_moves_to(&operator, &url);
}

#[test]
fn a_small_team_moves_to_postgres() {
    let operator = Operator::with_hosts();
    let url = new_database(&operator, "IPXE_ORCH_TEST_POSTGRES");
    a_small_team_moves_to(&operator, &url);
}

#[test]
fn a_small_team_moves_to_sql_server() {
    if ado::is_skipped() {
        return;
    }
    let operator = Operator::with_hosts();
    let database = Mssql::new(&operator);
    a_small_team_moves_to(&operator, &database.url);
}
