//! Whoever can write the database cannot hide it from heads that were kept elsewhere.

use crate::{
    follow::{get, query, serve},
    operator::{Operator, read},
};
use ipxe_orch_core::audit::{ChainHead, ChainedEntry};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use std::{fs, os::unix::fs::PermissionsExt as _, thread::sleep, time::Duration};

const VERIFY: [&str; 4] = ["audit", "verify", "--heads", "heads.jsonl"];

/// Some entries, and the head after each command in `heads.jsonl`.
fn operator() -> Operator {
    let operator = Operator::with_hosts();
    let mut heads = operator.ok(&["audit", "head", "--json"]);
    for command in ["hold", "release", "hold"] {
        operator.ok(&["hosts", command, "web1"]);
        heads += &operator.ok(&["audit", "head", "--json"]);
    }
    operator.file("heads.jsonl", heads.as_bytes());
    assert!(operator.ok(&VERIFY).contains("it has all of the 4 heads that were kept"));
    operator
}

async fn open(operator: &Operator) -> SqliteConnection {
    let url = format!("sqlite://{}", operator.path("data/orch.db").display());
    SqliteConnection::connect(&url).await.unwrap()
}

async fn execute(operator: &Operator, sql: &'static str) {
    let mut database = open(operator).await;
    sqlx::raw_sql(sql).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}

fn assert_broken(operator: &Operator, why: &str) {
    let error = operator.fails(&VERIFY);
    assert!(error.contains("the audit is broken") && error.contains(why), "{error}");
}

#[tokio::test]
async fn an_entry_removed_at_the_end_is_noticed() {
    let operator = operator();
    // The verification, too, which is the last entry.
    execute(&operator, "DELETE FROM audit WHERE sequence > (SELECT max(sequence) - 2 FROM audit)")
        .await;
    assert_broken(&operator, "is known");
    operator.ok(&["audit", "verify"]);
}

#[tokio::test]
async fn a_changed_entry_is_noticed() {
    let operator = operator();
    execute(&operator, "UPDATE audit SET text = text || ' ' WHERE sequence = 3").await;
    assert_broken(&operator, "entry 3 was changed");
    assert!(operator.fails(&["audit", "verify"]).contains("entry 3 was changed"));
}

/// With all hashes made anew, so that the chain agrees with itself.
#[tokio::test]
async fn a_chain_that_was_rewritten_as_a_whole_is_noticed() {
    let operator = operator();
    let mut database = open(&operator).await;
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
    operator.ok(&["audit", "verify"]);
    assert_broken(&operator, "was changed");
}

#[test]
fn a_heads_file_that_was_changed_or_sealed_elsewhere_is_noticed() {
    let operator = operator();
    let heads = read(operator.path("heads.jsonl"));
    let first = heads.lines().next().unwrap();
    operator.file("heads.jsonl", heads.replace("\"at\":1", "\"at\":2").as_bytes());
    let error = operator.fails(&VERIFY);
    assert!(error.contains("heads.jsonl: line 1: the seal of key"), "{error}");
    let other = Operator::elsewhere();
    let foreign = other.ok(&["audit", "head", "--json"]);
    operator.file("heads.jsonl", format!("{first}\n{foreign}").as_bytes());
    let error = operator.fails(&VERIFY);
    assert!(error.contains("line 2: there is no audit_head key"), "{error}");
    operator.file("heads.jsonl", format!("{first}\n{{}}").as_bytes());
    assert!(operator.fails(&VERIFY).contains("line 2 is not a sealed head"));
}

/// A comparison with no heads would find nothing wrong, whatever was deleted.
#[tokio::test]
async fn a_file_without_heads_verifies_nothing() {
    let operator = operator();
    let head = operator.json(&["audit", "verify"])["heads"][0].clone();
    execute(&operator, "DELETE FROM audit WHERE sequence > (SELECT max(sequence) - 2 FROM audit)")
        .await;
    let (mut empty, zeros) = (head.clone(), "0".repeat(64));
    (empty["sequence"], empty["hash"]) = (0.into(), zeros.into());
    let empty = format!("[{empty}]");
    let bare = [&VERIFY[..], &["--unsealed"]].concat();
    for nothing in
        ["", " \n\n", "[]", "{\"heads\":[]}", "{\"entries\":9,\"heads\":[]}", "{}", &empty]
    {
        operator.file("heads.jsonl", nothing.as_bytes());
        for verify in [&VERIFY[..], &bare] {
            let error = operator.fails(verify);
            assert!(error.contains("heads.jsonl holds no audit heads"), "{nothing}: {error}");
        }
    }
    operator.file("heads.jsonl", format!("[{head}]").as_bytes());
    assert!(operator.fails(&bare).contains("is known"));
}

#[test]
fn heads_without_a_seal_count_only_where_that_is_said() {
    let operator = operator();
    let printed = operator.ok(&["audit", "verify", "--json"]);
    let bare = [&VERIFY[..], &["--unsealed"]].concat();
    let list = serde_json::from_str::<serde_json::Value>(&printed).unwrap()["heads"].to_string();
    for heads in [printed, list] {
        operator.file("heads.jsonl", heads.as_bytes());
        let error = operator.fails(&VERIFY);
        assert!(error.contains("have no seal") && error.contains("--unsealed"), "{error}");
        let ran = operator.run(&bare);
        assert!(ran.stdout.contains("all of the 1 unsealed heads"), "{ran:?}");
        assert!(ran.stderr.contains("these heads have no seal"), "{ran:?}");
        let kept = &operator.json(&bare)["kept"];
        assert_eq!(*kept, serde_json::json!({ "count": 1, "sealed": false }));
    }
    assert_eq!(operator.run(&["audit", "verify", "--unsealed"]).code, Some(2));
}

/// Sealed heads say nothing of the chain of another server.
#[tokio::test]
async fn a_chain_of_which_no_head_was_given_is_named() {
    let operator = operator();
    let copy =
        "INSERT INTO audit (chain, sequence, at, action, text, hash) VALUES (?, 1, 0, '', ?, ?)";
    let chain = ipxe_orch_core::ids::ChainId::from_bytes([7; 16]);
    let entry = ChainHead::empty(chain).append("{}".to_owned());
    let mut database = open(&operator).await;
    let query = sqlx::query(copy).bind(chain.as_bytes().as_slice()).bind(&entry.text);
    query.bind(entry.hash.as_bytes().as_slice()).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    let ran = operator.run(&VERIFY);
    assert!(ran.stderr.contains(&format!("no head of chain {chain} was given")), "{ran:?}");
}

#[test]
fn a_head_still_counts_after_its_key_was_rotated() {
    let operator = operator();
    operator.ok(&["keys", "rotate", "--purpose", "audit_head"]);
    operator.ok(&VERIFY);
    let head = operator.ok(&["audit", "head"]);
    assert!(head.starts_with("chain ") && head.contains(" ends at entry "), "{head}");
}

#[test]
fn a_server_writes_heads_that_verify() {
    let operator = Operator::with_hosts();
    let (server, url) = serve(&operator, &[]);
    assert!(get(&url, "readyz").starts_with("HTTP/1.1 "));
    operator.ok(&["hosts", "hold", "web1"]);
    server.end("-TERM");
    let path = operator.path("data/audit-heads.jsonl");
    let heads = read(&path);
    assert!((1..=2).contains(&heads.lines().count()), "{heads}");
    let last = operator.ok(&["audit", "head", "--json"]);
    let hash = |line: &str| line.split("\"hash\":").nth(1).unwrap()[..64].to_owned();
    assert_eq!(hash(heads.lines().last().unwrap()), hash(&last));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    operator.ok(&["audit", "verify", "--heads", "data/audit-heads.jsonl"]);
}

/// With its write-ahead log, where a program left one.
fn copy_database(operator: &Operator, from: &str, to: &str) {
    for suffix in ["", "-wal", "-shm"] {
        let to = operator.path(&format!("{to}{suffix}"));
        fs::remove_file(&to).ok();
        let from = operator.path(&format!("{from}{suffix}"));
        if from.exists() && suffix != "-shm" {
            fs::copy(from, to).unwrap();
        }
    }
}

/// P13: what was claimed or cancelled since is not offered again by a database that was set back.
#[test]
fn a_database_that_was_copied_back_installs_nothing_until_it_is_accepted() {
    let operator = Operator::with_hosts();
    for file in ["vmlinuz", "initrd.img", "disk.img"] {
        operator.file(&format!("data/media/tiny/{file}"), b"x");
    }
    let path = format!("boot/v1/script?{}&m=52:54:00:00:00:01", query(&operator, "web1"));
    copy_database(&operator, "data/orch.db", "backup.db");
    let (server, url) = serve(&operator, &[]);
    assert!(get(&url, &path).contains("orch-answer install"));
    operator.ok(&["hosts", "cancel", "web1"]);
    server.end("-TERM");
    copy_database(&operator, "backup.db", "data/orch.db");

    let refused = operator.fails(&["hosts", "mark", "db1"]);
    assert!(
        refused.contains("the database does not contain entry")
            && refused.contains("accept-restore")
    );
    let (server, url) = serve(&operator, &[]);
    assert!(get(&url, &path).contains("orch-answer local"), "the mark stands there again");
    assert!(get(&url, "readyz").contains("not ready: audit"));
    assert!(operator.fails(&["database", "accept-restore"]).contains("confirm it with --yes"));
    let accepted = operator.ok(&["database", "accept-restore", "--yes", "--json"]);
    let accepted: serde_json::Value = serde_json::from_str(&accepted).unwrap();
    assert_eq!(accepted["voided"][0]["host"], "web1");
    assert_eq!(accepted["voided"][0]["was"], "marked");
    let ready = || get(&url, "readyz").starts_with("HTTP/1.1 200 ");
    assert!((0..200).any(|_| ready() || {
        sleep(Duration::from_millis(50));
        false
    }));
    assert!(get(&url, &path).contains("orch-answer local"), "its marks are void");
    assert!(operator.ok(&["hosts", "show", "web1"]).contains("voided"));
    operator.ok(&["hosts", "mark", "web1"]);
    assert!(get(&url, &path).contains("orch-answer install"), "so it was accepted");
    operator.ok(&["hosts", "mark", "db1"]);
    assert!(operator.ok(&["audit", "list"]).contains("database.accept_restore"));
    let again = operator.run(&["database", "accept-restore", "--yes"]);
    assert_eq!(again.code, Some(0));
    assert!(again.stderr.ends_with("there is nothing to accept\n"), "{again:?}");
    server.end("-TERM");
}
