//! The last look: the database as a whole, and everything that was acknowledged.

use super::{
    Result, Run, Site,
    counts::{add, get},
    fail, watch,
};
use serde_json::Value;
use sqlx::{
    AnyConnection, ConnectOptions as _, Connection as _, SqliteConnection,
    any::install_default_drivers, sqlite::SqliteConnectOptions,
};
use std::{fs, path::Path, time::Duration};

/// Each gives the number of rows that must not be.
const MUST_BE_NONE: [(&str, &str); 6] = [
    (
        "orders claimed by two attempts",
        "SELECT count(*) FROM (SELECT mark_id FROM attempts WHERE claim_id IS NOT NULL \
         GROUP BY mark_id HAVING count(*) > 1) twice",
    ),
    (
        "claims without their attempt",
        "SELECT count(*) FROM claims c WHERE NOT EXISTS (SELECT 1 FROM attempts a \
         WHERE a.id = c.attempt_id AND a.claim_id = c.claim_id AND a.mark_id = c.mark_id)",
    ),
    (
        "claimed attempts without their claim",
        "SELECT count(*) FROM attempts a WHERE a.claim_id IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.claim_id = a.claim_id)",
    ),
    (
        "claimed orders that still stand",
        "SELECT count(*) FROM leases l JOIN claims c ON c.mark_id = l.mark_id",
    ),
    (
        "open attempts that are not their host's latest",
        "SELECT count(*) FROM attempts a JOIN leases l ON l.host_id = a.host_id \
         WHERE a.closed IS NULL AND (l.attempt_id IS NULL OR l.attempt_id <> a.id)",
    ),
    (
        "orders without their audit entry",
        "SELECT (SELECT count(*) FROM marks) - (SELECT count(*) FROM audit \
         WHERE action = 'host.mark' AND text LIKE '%\"outcome\":\"done\"%')",
    ),
];

/// Checks what can only be checked once nobody writes any more, and prints the figures.
pub(crate) async fn check(run: &Run, took: Duration) -> Result<()> {
    if run.site.is_sqlite() {
        check_file(&run.site.database()).await?;
    }
    if let Some(engine) = run.site.engine() {
        engine.compare().await?;
    }
    for (what, sql) in MUST_BE_NONE {
        match number(&run.site, sql).await? {
            0 => {}
            count => return fail(format!("{count} {what}")),
        }
    }
    let expected = i64::try_from(run.counts.claims())?;
    let audited = "SELECT count(*) FROM audit \
        WHERE action IN ('install.claim', 'install.claim_by_report')";
    for (what, sql) in [("table", "SELECT count(*) FROM claims"), ("audit", audited)] {
        let found = number(&run.site, sql).await?;
        if found != expected {
            return fail(format!("{expected} claims were acknowledged, the {what} has {found}"));
        }
    }
    let acknowledged = acknowledged(run).await?;
    let heads = run.site.folder().join(watch::HEADS);
    let heads = heads.to_str().ok_or("the folder's path is not UTF-8")?;
    run.site.cli(&["audit", "verify", "--unsealed", "--heads", heads]).await?;
    let bytes = if run.site.is_sqlite() { size(&run.site.database())? } else { 0 };
    print(run, took, acknowledged, bytes)
}

/// SQLite says itself whether a file is whole.
async fn check_file(path: &Path) -> Result<()> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut database: SqliteConnection = options.connect().await?;
    let integrity: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut database).await?;
    if integrity != "ok" {
        return fail(format!("the database is broken: {integrity}"));
    }
    let references = "SELECT count(*) FROM pragma_foreign_key_check";
    match sqlx::query_scalar::<_, i64>(references).fetch_one(&mut database).await? {
        0 => Ok(()),
        count => fail(format!("{count} broken references")),
    }
}

async fn number(site: &Site, sql: &'static str) -> Result<i64> {
    if let Some(mssql) = site.mssql() {
        return mssql.number(sql).await;
    }
    install_default_drivers();
    let mut database = AnyConnection::connect(&site.database_url(0)).await?;
    Ok(sqlx::query_scalar(sql).fetch_one(&mut database).await?)
}

/// Compares each attempt whose end was acknowledged with what is stored.
async fn acknowledged(run: &Run) -> Result<u64> {
    let mut count: u64 = 0;
    for past in run.journal.read()? {
        let past = past?;
        past.compare(&run.database.attempt(&past.ticket).await?)?;
        count = count.saturating_add(1);
    }
    let boots = get(&run.counts.boots);
    if count == boots { Ok(count) } else { fail(format!("{boots} boots, but {count} known ends")) }
}

/// Bytes of the database and its write-ahead log.
fn size(path: &Path) -> Result<u64> {
    let log = fs::metadata(path.with_extension("db-wal")).map_or(0, |log| log.len());
    Ok(fs::metadata(path)?.len().saturating_add(log))
}

fn print(run: &Run, took: Duration, acknowledged: u64, bytes: u64) -> Result<()> {
    add(&run.counts.commands);
    let mut figures = run.counts.all();
    figures.remove("begun");
    let others = [
        ("seed", run.options.seed),
        ("servers", run.options.servers.into()),
        ("hosts", run.options.hosts.into()),
        ("acknowledged", acknowledged),
        ("milliseconds", u64::try_from(took.as_millis())?),
        ("database_bytes", bytes),
        ("database_bytes_per_boot", bytes.checked_div(acknowledged).unwrap_or(0)),
    ];
    figures.extend(others.map(|(name, figure)| (name.to_owned(), Value::from(figure))));
    if run.options.json {
        println!("{}", Value::from(figures));
        return Ok(());
    }
    for (name, figure) in &figures {
        println!("{name:<24} {figure:>12}");
    }
    println!("every promise was kept");
    Ok(())
}
