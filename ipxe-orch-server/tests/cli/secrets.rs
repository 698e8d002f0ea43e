//! What a database holds, as somebody who has stolen it sees it.

use crate::{
    follow::{get, query, serve},
    operator::{Operator, read},
};
use ipxe_orch_core::{boot::Tickets, keys::KeyRing};
use sqlx::{Column as _, Connection as _, Row as _, SqliteConnection};

/// Every value of every table of both files, as text.
async fn dump(operator: &Operator) -> Vec<String> {
    let mut all = Vec::new();
    for file in ["data/orch.db", "data/orch-events.db"] {
        let path = operator.path(file);
        if !path.exists() {
            continue;
        }
        let url = format!("sqlite://{}", path.display());
        let mut database = SqliteConnection::connect(&url).await.unwrap();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        let tables: Vec<String> =
            sqlx::query_scalar(tables).fetch_all(&mut database).await.unwrap();
        for table in tables {
            let sql = sqlx::AssertSqlSafe(format!("SELECT * FROM \"{table}\""));
            for row in sqlx::query(sql).fetch_all(&mut database).await.unwrap() {
                for column in row.columns() {
                    let value: Option<Vec<u8>> = row.get_unchecked(column.ordinal());
                    all.push(String::from_utf8_lossy(&value.unwrap_or_default()).into_owned());
                }
            }
        }
        database.close().await.unwrap();
    }
    assert!(all.len() > 100, "the tables are read");
    all
}

/// Whether a ticket that counts is anywhere in the database.
async fn tickets(operator: &Operator) -> Vec<String> {
    let ring = KeyRing::from_toml(&read(operator.path("data/keys.toml"))).unwrap();
    let tickets = Tickets::new(&ring);
    let mut found = Vec::new();
    for value in dump(operator).await {
        let bytes = value.as_bytes();
        for window in bytes.windows(48) {
            let Ok(text) = std::str::from_utf8(window) else { continue };
            if tickets.open(text).await.unwrap().is_some() {
                found.push(value.clone());
            }
        }
    }
    found
}

/// With a ticket, a thief of the database would fetch the secrets of each host that is offered an
/// install.
#[tokio::test]
async fn no_ticket_is_in_the_database() {
    let operator = Operator::with_hosts();
    for file in ["vmlinuz", "initrd.img", "disk.img"] {
        operator.file(&format!("data/media/tiny/{file}"), b"x");
    }
    let (server, url) = serve(&operator, &[]);
    let path = format!("boot/v1/script?{}&m=52:54:00:00:00:01", query(&operator, "web1"));
    let script = get(&url, &path);
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    let script = body(&script);
    let ticket = script.split_once(" t/").unwrap().1[..48].to_owned();
    assert_eq!(body(&get(&url, &path)), script);
    assert_eq!(tickets(&operator).await, [""; 0], "while the offer stands");
    assert!(get(&url, &format!("boot/v1/t/{ticket}/claim")).starts_with("HTTP/1.1 200 "));
    let report = format!("boot/v1/t/{ticket}/report?status=failed&message=GET+t/{ticket}/x");
    assert!(get(&url, &report).starts_with("HTTP/1.1 20"), "{}", get(&url, &report));
    server.end("-TERM");
    assert_eq!(tickets(&operator).await, [""; 0], "after the claim");
    // The search finds what is there.
    // A ticket may begin with `-`.
    operator.ok(&["hosts", "hold", "db1", &format!("--reason={ticket}")]);
    assert!(!tickets(&operator).await.is_empty());
}

#[tokio::test]
async fn nothing_is_sealed_with_a_key_that_was_retired() {
    let operator = Operator::with_hosts();
    operator.file("secret", b"correct horse battery staple\n");
    operator.file(
        "p/own/profile.toml",
        b"name = 'own'\ntitle = 'Own'\nscript = 'boot'\n[[media]]\nname = 'kernel'\n\
          path = 'own/kernel'\n[variables.token]\ntype = 'secret'\ntitle = 'Token'\n",
    );
    operator.file(
        "p/own/boot",
        b"#!ipxe\nkernel --timeout 4000 t/{{ticket}}/media/kernel || exit 1\n\
          imgfetch --timeout 3000 t/{{ticket}}/claim || exit 1\nboot || exit 1\n",
    );
    operator.ok(&["profiles", "apply", "p"]);
    operator.ok(&["profiles", "set", "own", "--secret", "token=@secret"]);
    let set = ["hosts", "set", "db1", "--profile", "own", "--secret", "token=@secret"];
    operator.ok(&set);
    for command in ["mark", "cancel", "mark"] {
        operator.ok(&["hosts", command, "db1"]);
    }
    let keys = operator.json(&["keys", "list"]);
    let old = keys.as_array().unwrap().iter().find(|key| key["purpose"] == "master").unwrap();
    let old = old["id"].as_str().unwrap().to_owned();
    let sealed = format!("sealed:v1:{old}");
    let with_it = |values: Vec<String>| values.iter().filter(|v| v.contains(&sealed)).count();
    assert!(with_it(dump(&operator).await) >= 4, "host, defaults, and two marks");
    let retire = ["keys", "retire", &old, "--yes"];
    assert!(operator.fails(&retire).contains("keys rotate --purpose master"));
    operator.ok(&["keys", "rotate", "--purpose", "master"]);
    assert!(operator.fails(&retire).contains("keys reseal"));
    let resealed = operator.json(&["keys", "reseal"]);
    assert_eq!(resealed, serde_json::json!({ "hosts": 1, "defaults": 1, "pins": 1, "erased": 1 }));
    assert_eq!(with_it(dump(&operator).await), 0);
    let retired = operator.json(&retire);
    assert_eq!(
        (&retired["purpose"], &retired["hosts"]),
        (&"master".into(), &serde_json::json!([]))
    );
    operator.ok(&["profiles", "preview", "--host", "db1"]);
}
