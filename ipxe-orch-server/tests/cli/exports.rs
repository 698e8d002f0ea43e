//! What was exported of the audit is verified without the database; its oldest part is removed.

use crate::operator::{Operator, read};
use ipxe_orch_core::{
    audit::{ChainHead, ChainedEntry},
    ids::ChainId,
};
use serde_json::Value;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use std::fs;

/// Some entries, their heads in `heads.jsonl`, and an export in `audit.jsonl`.
fn operator() -> Operator {
    let operator = Operator::with_hosts();
    for command in ["hold", "release", "hold"] {
        operator.ok(&["hosts", command, "web1"]);
    }
    operator.file("heads.jsonl", operator.ok(&["audit", "head", "--json"]).as_bytes());
    operator.file("audit.jsonl", operator.ok(&["audit", "export"]).as_bytes());
    operator
}

fn lines(operator: &Operator) -> Vec<String> {
    read(operator.path("audit.jsonl")).lines().map(str::to_owned).collect()
}

fn put(operator: &Operator, lines: &[String]) {
    operator.file("audit.jsonl", (lines.join("\n") + "\n").as_bytes());
}

const VERIFY: [&str; 5] = ["audit", "verify", "audit.jsonl", "--heads", "heads.jsonl"];
const PARTIAL: [&str; 4] = ["audit", "verify", "audit.jsonl", "--partial"];

#[test]
fn an_export_is_verified_without_the_database() {
    let operator = operator();
    let count = lines(&operator).len();
    fs::remove_file(operator.path("data/orch.db")).unwrap();
    let said = operator.ok(&VERIFY);
    assert!(said.starts_with(&format!("the audit is whole: {count} entries\n")), "{said}");
    assert!(said.contains("it has all of the 1 heads that were kept"), "{said}");
}

#[test]
fn what_is_wrong_with_an_export_is_told() {
    let operator = operator();
    let whole = lines(&operator);
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut changed = whole.clone();
        change(&mut changed);
        put(&operator, &changed);
    };
    with(&|lines| lines[2] = lines[2].replace("\"action\":\"", "\"action\":\"x"));
    assert!(operator.fails(&VERIFY).contains("entry 3 was changed"));
    assert!(operator.fails(&PARTIAL).contains("entry 3 was changed"));
    with(&|lines| drop(lines.remove(2)));
    assert!(operator.fails(&VERIFY).contains("expected entry 3, found 4"));
    operator.ok(&PARTIAL);
    with(&|lines| drop(lines.remove(0)));
    assert!(operator.fails(&VERIFY).contains("expected entry 1, found 2"));
    with(&|lines| drop(lines.pop()));
    assert!(operator.fails(&VERIFY).contains("a head of entry"));
    with(&|lines| lines.push(lines[3].clone()));
    assert!(operator.fails(&VERIFY).contains("found 4"));
    assert!(operator.ok(&PARTIAL).contains(&format!("{} entries", whole.len())), "one is twice");
    with(&|lines| lines[4] = "{}".to_owned());
    let error = operator.fails(&VERIFY);
    assert!(
        error.contains("audit.jsonl: line 5: it is not a line of an exported audit"),
        "{error}"
    );
}

#[test]
fn an_export_goes_on_where_the_last_one_ended_and_is_audited_once() {
    let operator = operator();
    let mut all = lines(&operator);
    let last: Value = serde_json::from_str(all.last().unwrap()).unwrap();
    let id = last["id"].as_str().unwrap();
    let rest = operator.ok(&["audit", "export", "--after", id]);
    let rest: Vec<_> = rest.lines().map(str::to_owned).collect();
    let [line] = &rest[..] else { panic!("{rest:?}") };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["entry"]["action"], "audit.export", "the first export");
    assert_eq!(line["entry"].get("detail"), None);
    all.extend(rest);
    let by = ["audit", "export", "--host", "web1", "--until", "2020-01-01T00:00Z"];
    assert_eq!(operator.ok(&by), "");
    let more = operator.ok(&["audit", "export", "--after", line["id"].as_str().unwrap()]);
    let details: Vec<String> = more
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["entry"]["detail"].to_string())
        .collect();
    let expected =
        [format!("\"after {id}\""), "\"host web1, until 2020-01-01T00:00:00.000Z\"".to_owned()];
    assert_eq!(details, expected);
    all.extend(more.lines().map(str::to_owned));
    put(&operator, &all);
    operator.ok(&VERIFY);
    let chain = &id[..id.find(':').unwrap()];
    let error = operator.fails(&["audit", "export", "--after", &format!("{chain}:9999")]);
    assert!(error.contains("the audit has no entry"), "{error}");
}

/// The chain as it would be if all of it had happened 400 days ago.
async fn age(operator: &Operator) {
    let mut database = open(operator).await;
    let sql = "SELECT chain, text FROM audit ORDER BY sequence";
    let rows = sqlx::query(sql).fetch_all(&mut database).await.unwrap();
    let chain: [u8; 16] = rows[0].get::<Vec<u8>, _>("chain").try_into().unwrap();
    let mut head = ChainHead::empty(ChainId::from_bytes(chain));
    for row in &rows {
        let mut text: Value = serde_json::from_str(row.get("text")).unwrap();
        text["at"] = (text["at"].as_i64().unwrap() - 400 * 86_400_000).into();
        let entry: ChainedEntry = head.append(text.to_string());
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

/// An audit of which all but the last entry is old.
async fn aged() -> Operator {
    let operator = Operator::with_hosts();
    age(&operator).await;
    // The database is not the one that was seen.
    for file in fs::read_dir(operator.path("data")).unwrap() {
        let path = file.unwrap().path();
        if path.to_str().unwrap().contains("head") {
            fs::remove_file(path).unwrap();
        }
    }
    operator.ok(&["hosts", "hold", "web1"]);
    operator
}

/// An audit whose oldest part was removed.
async fn pruned() -> (Operator, u64) {
    let operator = aged().await;
    let prune = ["audit", "prune", "--before", "365d", "--yes"];
    let done = operator.json(&prune);
    let removed = done[0]["removed"].as_u64().unwrap();
    (operator, removed)
}

#[tokio::test]
async fn what_is_left_of_a_pruned_audit_verifies() {
    let (operator, removed) = pruned().await;
    assert!(removed > 1);
    operator.ok(&["audit", "verify"]);
    let listed = operator.ok(&["audit", "list"]);
    assert!(listed.contains("audit.prune") && !listed.contains("host.create"), "{listed}");
    assert!(listed.contains(&format!("entries 1 to {removed}, the last one of")), "{listed}");
    operator.file("audit.jsonl", operator.ok(&["audit", "export"]).as_bytes());
    operator.file("heads.jsonl", operator.ok(&["audit", "head", "--json"]).as_bytes());
    operator.ok(&VERIFY[..3]);
    let all = lines(&operator);
    assert!(all[0].starts_with("{\"checkpoint\":"), "{}", all[0]);
    put(&operator, &all[1..]);
    assert!(operator.fails(&VERIFY[..3]).contains("expected entry 1"));
    put(
        &operator,
        &[vec![all[0].replace("\"removed\":", "\"removed\":1")], all[1..].to_vec()].concat(),
    );
    let forged = operator.fails(&VERIFY[..3]);
    assert!(forged.contains("is forged: its seal is wrong"), "{forged}");
}

#[tokio::test]
async fn a_pruned_audit_hides_nothing_else() {
    let (operator, removed) = pruned().await;
    execute(&operator, "DELETE FROM audit WHERE sequence = (SELECT min(sequence) FROM audit)")
        .await;
    let error = operator.fails(&["audit", "verify"]);
    assert!(error.contains(&format!("expected entry {}", removed + 1)), "{error}");
    execute(&operator, "UPDATE audit_checkpoints SET sealed = replace(sealed, ':', ': ')").await;
    let (operator, removed) = pruned().await;
    execute(
        &operator,
        "UPDATE audit_checkpoints SET sealed = replace(sealed, '\"at\":', '\"at\":1')",
    )
    .await;
    let error = operator.fails(&["audit", "verify"]);
    assert!(error.contains(&format!("the checkpoint at entry {removed} is forged")), "{error}");
    execute(&operator, "DELETE FROM audit_checkpoints").await;
    let error = operator.fails(&["audit", "verify"]);
    assert!(error.contains("expected entry 1"), "{error}");
}

#[tokio::test]
async fn young_entries_stay() {
    let operator = operator();
    let error = operator.fails(&["audit", "prune", "--before", "29d", "--yes"]);
    assert!(error.contains("entries of the last 30 days stay"), "{error}");
    let ran = operator.run(&["audit", "prune", "--before", "31d", "--yes"]);
    assert!(ran.stderr.contains("no entry is old enough"), "{ran:?}");
    let operator = aged().await;
    let refused = operator.fails(&["audit", "prune", "--before", "365d"]);
    assert!(refused.contains("are removed for ever. Nothing was changed"), "{refused}");
    let shown = operator.json(&["audit", "prune", "--before", "365d", "--dry-run"]);
    assert!(shown[0]["removed"].as_u64().unwrap() > 0);
    operator.ok(&["audit", "verify"]);
}
