//! Whoever can write the database cannot hide it from heads that were kept elsewhere.

use crate::{
    desk::{Desk, read},
    follow::{get, query, serve},
};
use ipxe_orch_core::audit::{ChainHead, ChainedEntry};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use std::{fs, os::unix::fs::PermissionsExt as _, thread::sleep, time::Duration};

const VERIFY: [&str; 4] = ["audit", "verify", "--heads", "heads.jsonl"];

/// Some entries, and the head after each command in `heads.jsonl`.
fn desk() -> Desk {
    let desk = Desk::with_hosts();
    let mut heads = desk.ok(&["audit", "head", "--json"]);
    for command in ["hold", "release", "hold"] {
        desk.ok(&["hosts", command, "web1"]);
        heads += &desk.ok(&["audit", "head", "--json"]);
    }
    desk.file("heads.jsonl", heads.as_bytes());
    assert!(desk.ok(&VERIFY).contains("it has all of the 4 heads that were kept"));
    desk
}

async fn open(desk: &Desk) -> SqliteConnection {
    let url = format!("sqlite://{}", desk.path("data/orch.db").display());
    SqliteConnection::connect(&url).await.unwrap()
}

async fn execute(desk: &Desk, sql: &'static str) {
    let mut database = open(desk).await;
    sqlx::raw_sql(sql).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}

fn assert_broken(desk: &Desk, why: &str) {
    let error = desk.fails(&VERIFY);
    assert!(error.contains("the audit is broken") && error.contains(why), "{error}");
}

#[tokio::test]
async fn an_entry_removed_at_the_end_is_noticed() {
    let desk = desk();
    execute(&desk, "DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)").await;
    desk.ok(&["audit", "verify"]);
    assert_broken(&desk, "is known");
}

#[tokio::test]
async fn a_changed_entry_is_noticed() {
    let desk = desk();
    execute(&desk, "UPDATE audit SET text = text || ' ' WHERE sequence = 3").await;
    assert_broken(&desk, "entry 3 was changed");
    assert!(desk.fails(&["audit", "verify"]).contains("entry 3 was changed"));
}

/// With all hashes made anew, so that the chain agrees with itself.
#[tokio::test]
async fn a_chain_that_was_rewritten_as_a_whole_is_noticed() {
    let desk = desk();
    let mut database = open(&desk).await;
    let sql = "SELECT chain, text FROM audit ORDER BY sequence";
    let rows = sqlx::query(sql).fetch_all(&mut database).await.unwrap();
    let chain: Vec<u8> = rows[0].get("chain");
    let chain: [u8; 16] = chain.try_into().unwrap();
    let mut head = ChainHead::empty(ipxe_orch_core::ids::ChainId::from_bytes(chain));
    for row in &rows {
        let text: String = row.get("text");
        let entry: ChainedEntry = head.append(text.replace("root", "eve").replace("hold", "x"));
        head = ChainHead::after(&entry);
        sqlx::query("UPDATE audit SET text = ?, hash = ? WHERE sequence = ?")
            .bind(&entry.text)
            .bind(entry.hash.as_bytes().as_slice())
            .bind(i64::try_from(entry.sequence).unwrap())
            .execute(&mut database)
            .await
            .unwrap();
    }
    database.close().await.unwrap();
    desk.ok(&["audit", "verify"]);
    assert_broken(&desk, "was changed");
}

#[test]
fn a_heads_file_that_was_changed_or_sealed_elsewhere_is_noticed() {
    let desk = desk();
    let heads = read(desk.path("heads.jsonl"));
    let first = heads.lines().next().unwrap();
    desk.file("heads.jsonl", heads.replace("\"at\":1", "\"at\":2").as_bytes());
    let error = desk.fails(&VERIFY);
    assert!(error.contains("heads.jsonl: line 1: the seal of key"), "{error}");
    let other = Desk::with_hosts();
    let foreign = other.ok(&["audit", "head", "--json"]);
    desk.file("heads.jsonl", format!("{first}\n{foreign}").as_bytes());
    let error = desk.fails(&VERIFY);
    assert!(error.contains("line 2: there is no audit_head key"), "{error}");
    desk.file("heads.jsonl", format!("{first}\n{{}}").as_bytes());
    assert!(desk.fails(&VERIFY).contains("line 2 is not a sealed head"));
    desk.file("heads.jsonl", b"");
    assert!(desk.fails(&VERIFY).contains("holds no audit heads"));
}

#[test]
fn a_head_still_counts_after_its_key_was_rotated() {
    let desk = desk();
    desk.ok(&["keys", "rotate", "--purpose", "audit_head"]);
    desk.ok(&VERIFY);
    let head = desk.ok(&["audit", "head"]);
    assert!(head.starts_with("chain ") && head.contains(" ends at entry "), "{head}");
}

#[test]
fn a_server_writes_heads_that_verify() {
    let desk = Desk::with_hosts();
    let (server, url) = serve(&desk, &[]);
    assert!(get(&url, "readyz").starts_with("HTTP/1.1 "));
    desk.ok(&["hosts", "hold", "web1"]);
    server.end("-TERM");
    let path = desk.path("data/audit-heads.jsonl");
    let heads = read(&path);
    assert!((1..=2).contains(&heads.lines().count()), "{heads}");
    let last = desk.ok(&["audit", "head", "--json"]);
    let hash = |line: &str| line.split("\"hash\":").nth(1).unwrap()[..64].to_owned();
    assert_eq!(hash(heads.lines().last().unwrap()), hash(&last));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    desk.ok(&["audit", "verify", "--heads", "data/audit-heads.jsonl"]);
}

/// With its write-ahead log, where a program left one.
fn copy_database(desk: &Desk, from: &str, to: &str) {
    for suffix in ["", "-wal", "-shm"] {
        let to = desk.path(&format!("{to}{suffix}"));
        fs::remove_file(&to).ok();
        let from = desk.path(&format!("{from}{suffix}"));
        if from.exists() && suffix != "-shm" {
            fs::copy(from, to).unwrap();
        }
    }
}

/// P13: what was claimed or cancelled since is not offered again by a database that was set back.
#[test]
fn a_database_that_was_copied_back_installs_nothing_until_it_is_accepted() {
    let desk = Desk::with_hosts();
    for file in ["vmlinuz", "initrd.img", "disk.img"] {
        desk.file(&format!("data/media/tiny/{file}"), b"x");
    }
    let path = format!("boot/v1/script?{}&m=52:54:00:00:00:01", query(&desk, "web1"));
    copy_database(&desk, "data/orch.db", "backup.db");
    let (server, url) = serve(&desk, &[]);
    assert!(get(&url, &path).contains("orch-answer install"));
    desk.ok(&["hosts", "cancel", "web1"]);
    server.end("-TERM");
    copy_database(&desk, "backup.db", "data/orch.db");

    let refused = desk.fails(&["hosts", "mark", "db1"]);
    assert!(refused.contains("the database lacks entry") && refused.contains("accept-heads"));
    let (server, url) = serve(&desk, &[]);
    assert!(get(&url, &path).contains("orch-answer local"), "the mark stands there again");
    assert!(get(&url, "readyz").contains("not ready: audit"));
    assert!(desk.fails(&["audit", "accept-heads"]).contains("confirm it with --yes"));
    desk.ok(&["audit", "accept-heads", "--yes"]);
    let ready = || get(&url, "readyz").starts_with("HTTP/1.1 200 ");
    assert!((0..200).any(|_| ready() || {
        sleep(Duration::from_millis(50));
        false
    }));
    assert!(get(&url, &path).contains("orch-answer install"), "so it was accepted");
    desk.ok(&["hosts", "mark", "db1"]);
    assert!(desk.ok(&["audit", "list"]).contains("audit.accept_heads"));
    assert!(desk.ok(&["audit", "accept-heads", "--yes"]).contains("nothing is to accept"));
    server.end("-TERM");
}
