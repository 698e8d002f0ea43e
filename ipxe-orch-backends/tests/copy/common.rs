//! Databases with everything in them, and all that is in a database.

use crate::{mssql, mysql, postgres};
use ipxe_orch_backends::sql::{
    Copied, CopyEnd, CopyError, CopyJob, MssqlStore, MysqlStore, PostgresStore, SqliteOptions,
    SqliteStore, copy,
};
use ipxe_orch_core::{
    audit::{ChainHead, ChainVerifier, Checkpoint, SealedCheckpoint, SinkState},
    auth::Origin,
    boot::{LOCAL_SCRIPT, Refusal, Shown},
    conformance::{AccessBench, AuditedAccess, Bench, play},
    digest::Digest,
    host::{HostSpec, ShownSerial},
    ids::{ChainId, Epoch, HostId, ImageGeneration, KeyId},
    keys::{KeyProvider as _, Purpose},
    lease::Phase,
    orchestrator::{HostInput, MarkOrder, TicketAnswer},
    stores::{
        Acceptance, BootEvent, BootEventKind, EventFilter, HostFilter, HostKey, Store, StoreError,
    },
    time::{Clock as _, Timestamp},
};
use sqlx::{Column as _, ConnectOptions as _, Row as _, sqlite::SqliteConnectOptions};
use std::{fmt::Write as _, path::Path, sync::Arc};
use tempfile::TempDir;
use uuid::Uuid;

/// Each kind of database that there is a server for. SQL Server comes last.
pub(crate) fn kinds() -> &'static [&'static str] {
    const KINDS: &[&str] = &["SQLite", "MariaDB", "PostgreSQL", "SQL Server"];
    let there = KINDS.len() - usize::from(mssql::ado::is_skipped());
    KINDS.get(..there).unwrap()
}

/// A new database of one kind.
pub(crate) enum Place {
    Sqlite(TempDir),
    Mysql(mysql::Place),
    Postgres(postgres::Place),
    Mssql(mssql::Place),
}

impl Place {
    pub(crate) async fn new(kind: &str) -> Self {
        match kind {
            "MariaDB" => Self::Mysql(mysql::Place::new().await),
            "PostgreSQL" => Self::Postgres(postgres::Place::new().await),
            "SQL Server" => Self::Mssql(mssql::Place::new().await),
            _ => Self::sqlite(),
        }
    }

    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap())
    }

    pub(crate) fn end(&self) -> CopyEnd {
        match self {
            Self::Sqlite(folder) => CopyEnd::sqlite(options(folder.path())),
            Self::Mysql(place) => CopyEnd::mysql(place.options()),
            Self::Postgres(place) => CopyEnd::postgres(place.options()),
            Self::Mssql(place) => CopyEnd::mssql(place.options()),
        }
    }

    /// The store, with the chain of this number.
    pub(crate) async fn try_open(&self, chain: u8) -> Result<Arc<dyn Store>, String> {
        Ok(self.try_open_both(chain).await?.0)
    }

    /// The same, with its accounts, bindings, sessions and tokens.
    async fn try_open_both(&self, chain: u8) -> Result<Both, String> {
        let chain = ChainId::from_bytes([chain; 16]);
        let told = |error: ipxe_orch_backends::sql::OpenError| error.to_string();
        Ok(match self {
            Self::Sqlite(folder) => {
                let mut options = options(folder.path());
                options.chain = chain;
                both(SqliteStore::open(options).await.map_err(told)?)
            }
            Self::Mysql(place) => {
                let mut options = place.options();
                options.chain = chain;
                both(MysqlStore::open(options).await.map_err(told)?)
            }
            Self::Postgres(place) => {
                let mut options = place.options();
                options.chain = chain;
                both(PostgresStore::open(options).await.map_err(told)?)
            }
            Self::Mssql(place) => {
                let mut options = place.options();
                options.chain = chain;
                both(MssqlStore::open(options).await.map_err(told)?)
            }
        })
    }

    pub(crate) async fn open(&self) -> Arc<dyn Store> {
        self.try_open(1).await.unwrap()
    }

    /// A bench for who can sign in.
    pub(crate) async fn open_access(&self) -> AccessBench {
        AccessBench::new(self.try_open_both(1).await.unwrap().1)
    }

    /// The folder of a SQLite file.
    pub(crate) fn folder(&self) -> &Path {
        let folder = if let Self::Sqlite(folder) = self { Some(folder.path()) } else { None };
        folder.unwrap()
    }
}

type Both = (Arc<dyn Store>, Arc<dyn AuditedAccess>);

fn both(store: impl Store + AuditedAccess + 'static) -> Both {
    let store = Arc::new(store);
    (store.clone(), store)
}

pub(crate) fn options(folder: &Path) -> SqliteOptions {
    let (epoch, now) =
        (Epoch(Uuid::from_bytes([7; 16])), Timestamp::from_millis(1_790_000_000_000));
    SqliteOptions::new(folder.join("ipxe-orch.db"), ChainId::from_bytes([1; 16]), epoch, now)
}

pub(crate) async fn try_copy(from: &Place, to: &Place) -> Result<Copied, CopyError> {
    copy(&from.end(), &to.end(), &CopyJob::default(), |_| ()).await
}

/// A copy with nothing to say about it.
pub(crate) async fn copied(from: &Place, to: &Place) {
    let copied = try_copy(from, to).await.unwrap();
    assert!(!copied.source_went_on && copied.broken.is_none(), "{copied:?}");
}

pub(crate) fn event(at: i64, host: Option<HostId>) -> BootEvent {
    let (time, origin) = (Timestamp::from_millis(at), Origin("192.0.2.1".to_owned()));
    BootEvent { host, alert: at % 3 == 0, ..BootEvent::new(time, origin, BootEventKind::Local) }
}

fn special(bench: &Bench, number: u16, site: &str) -> HostSpec {
    let mut spec = bench.spec(number);
    spec.site = Some(site.parse().unwrap());
    spec.labels.insert("rack/row".parse().unwrap(), "A-7:x".parse().unwrap());
    let sealed = "sealed:v1:01020304:c2VjcmV0LXdpdGgtdW1sYXV0cy3DpMO2w7w=";
    let other = serde_json::json!({ "newer": ["\u{1f600}", "a\u{0}b", " "], "sealed": sealed });
    spec.other.insert("added".to_owned(), other);
    spec
}

/// Fills a new database with everything that there is.
pub(crate) async fn fill(place: &Place) -> Bench {
    Box::pin(fill_with_all(place)).await
}

async fn fill_with_all(place: &Place) -> Bench {
    let (store, access) = place.try_open_both(1).await.unwrap();
    let bench = Bench::new(store.clone());
    AccessBench::new(access).fill().await;
    let mut state = 0x1234_5678_u32;
    for number in 1..10 {
        let mut byte = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        let history: Vec<u8> = (0..160).map(|_| byte()).collect();
        play(&bench, number, &history).await;
    }
    for (number, site) in [(20, "berlin"), (21, "rome"), (22, "berlin"), (23, "rome")] {
        let input = HostInput::new(special(&bench, number, site), number == 20 || number == 23);
        let plan = bench.orchestrator.plan_import(&bench.operator, &[input]).await.unwrap();
        bench.orchestrator.import(&bench.operator, &plan).await.unwrap();
    }
    let key = HostKey::Name("host22".parse().unwrap());
    bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await.unwrap();
    install(&bench, 23).await;
    record(&bench).await;
    // Another data directory has a chain of its own.
    let other = bench.beside(place.try_open(2).await.unwrap());
    let entries = [other.entry("of.another"), other.entry("and.one.more")];
    other.store.append_audit(&other.recorder(), &entries).await.unwrap();
    accept(&bench).await;
    prune(&bench).await;
    bench
}

/// The oldest part of the audit was removed.
async fn prune(bench: &Bench) {
    let entries = bench.store.read_audit(&bench.grant().await, None, 3).await.unwrap();
    let (head, removed) = (ChainHead::after(entries.last().unwrap()), 3);
    let by = bench.operator.actor().clone();
    let checkpoint = Checkpoint { head, removed, at: now(bench), by };
    let key = bench.keys.active(Purpose::AuditHead).await.unwrap();
    let sealed = SealedCheckpoint::new(&key, checkpoint);
    let entry = bench.entry("audit.prune");
    bench.store.prune_audit(&bench.grant().await, &sealed, &entry).await.unwrap();
    let what = ("siem".to_owned(), Digest::of("siem"), "{}".to_owned());
    let state = SinkState::new(what, head, head.chain, now(bench));
    bench.store.put_sink(&bench.recorder(), &state).await.unwrap();
}

/// The host boots and claims its mark.
pub(crate) async fn install(bench: &Bench, number: u16) {
    let host = bench.host(number).await;
    assert_eq!(host.lease.phase(), Phase::Marked);
    assert_ne!(bench.boot(host.id, number).await, LOCAL_SCRIPT);
    let attempt = bench.host(number).await.lease.attempt.unwrap().id;
    let ticket = bench.ticket(attempt).await;
    let origin = Origin("192.0.2.1".to_owned());
    let claimed = bench.orchestrator.claim(&ticket, origin).await.unwrap();
    assert!(matches!(claimed, TicketAnswer::Found(())));
}

async fn record(bench: &Bench) {
    let host = bench.host(20).await.id;
    let unknown = HostId::from_bytes([0xEE; 16]);
    let shown = Shown {
        generation: ImageGeneration(0),
        key: KeyId::from_bytes([1; 4]),
        tag: None,
        mac: "52:54:00:00:00:ee".parse().unwrap(),
        uuid: None,
        serial: ShownSerial::new("SN\u{fc} 1".as_bytes()),
        platform: "efi".to_owned(),
        arch: "x86_64".to_owned(),
    };
    let whose = [Some(host), None, Some(unknown), None, None].into_iter().cycle();
    for (at, who) in (0..40).zip(whose) {
        let mut event = event(at / 7, who);
        if who == Some(unknown) {
            let why = Refusal::UnknownHost;
            event.kind = BootEventKind::Refused { why, shown: Some(Box::new(shown.clone())) };
        }
        let recorded = bench.store.record_events(&bench.recorder(), &[event]).await;
        recorded.unwrap();
    }
}

/// The database was restored before.
async fn accept(bench: &Bench) {
    let expected = bench.store.epoch().await.unwrap();
    let (next, before) = (Epoch::from_bytes([9; 16]), Epoch::from_bytes([5; 16]));
    let acceptance = Acceptance { expected, next, instead_of: vec![before] };
    let entry = bench.entry("database.accept_restore");
    bench.store.accept(&bench.grant().await, &acceptance, &entry).await.unwrap();
}

/// Who can sign in, and who has.
async fn told_access(place: &Place) -> String {
    let bench = place.open_access().await;
    let (store, grant) = (&bench.store, bench.service());
    let accounts = store.list_accounts(&grant).await.unwrap();
    let bindings = store.list_bindings(&grant).await.unwrap();
    let sessions = store.list_sessions(&grant, None).await.unwrap();
    let tokens = store.list_tokens(&grant, None).await.unwrap();
    format!("{accounts:?}\n{bindings:?}\n{sessions:?}\n{tokens:?}\n")
}

/// All that a store tells; the chains of the audit verify.
pub(crate) async fn told(place: &Place) -> String {
    let mut text = told_access(place).await;
    let bench = Bench::new(place.open().await);
    let store = &bench.store;
    let mut filter = HostFilter::default();
    filter.limit = 5;
    loop {
        let page = store.list_hosts(&bench.grant().await, &filter).await.unwrap();
        page.hosts.iter().for_each(|host| writeln!(text, "{host:?}").unwrap());
        let Some(next) = page.next else { break };
        filter.after = Some(next);
    }
    let events = store.list_events(&bench.grant().await, &EventFilter::default()).await.unwrap();
    let discovered = store.list_discovered(&bench.grant().await).await.unwrap();
    let profiles = store.list_profiles(&bench.grant().await).await.unwrap();
    let defaults = store.list_defaults(&bench.grant().await, None).await.unwrap();
    writeln!(text, "{events:#?}\n{discovered:#?}\n{profiles:?}\n{defaults:?}").unwrap();
    let (mut verifier, mut after) = (ChainVerifier::default(), None);
    for checkpoint in store.checkpoints(&bench.grant().await).await.unwrap() {
        verifier.begin_after(checkpoint.unverified().head).unwrap();
        writeln!(text, "{checkpoint:?}").unwrap();
    }
    loop {
        let page = store.read_audit(&bench.grant().await, after, 100).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(ChainHead::after(last));
        for entry in &page {
            verifier.push(entry).unwrap();
            writeln!(text, "{}", serde_json::to_string(entry).unwrap()).unwrap();
        }
    }
    writeln!(text, "{:?}", store.list_sinks(&bench.grant().await).await.unwrap()).unwrap();
    let (entries, heads) = verifier.finish().unwrap();
    writeln!(text, "{entries} {heads:?} {:?}", store.epoch().await.unwrap()).unwrap();
    text
}

/// Every value of every table of the files of a folder, except when they were made.
pub(crate) async fn dump(folder: &Path) -> String {
    let mut text = String::new();
    for file in [options(folder).path, options(folder).events_path()] {
        let mut database = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' \
                      AND name <> 'schema_migrations' ORDER BY name";
        let tables: Vec<String> =
            sqlx::query_scalar(tables).fetch_all(&mut database).await.unwrap();
        for table in tables {
            let sql = sqlx::AssertSqlSafe(format!("SELECT * FROM \"{table}\" ORDER BY 1, 2"));
            for row in sqlx::query(sql).fetch_all(&mut database).await.unwrap() {
                write!(text, "{table}").unwrap();
                for column in row.columns() {
                    let value: Option<Vec<u8>> = row.get_unchecked(column.ordinal());
                    let value = value.map(|value| String::from_utf8_lossy(&value).into_owned());
                    write!(text, " {}={value:?}", column.name()).unwrap();
                }
                text.push('\n');
            }
        }
    }
    text
}

pub(crate) fn now(bench: &Bench) -> Timestamp {
    bench.clock.now()
}

/// What a store says that refuses an edit.
pub(crate) async fn edit(bench: &Bench) -> Result<(), StoreError> {
    let version = {
        let see = bench.grant().await;
        bench.store.current_profile(&see, &"plain".parse().unwrap()).await.unwrap().unwrap()
    };
    let entry = bench.entry("profile.put");
    bench.store.put_profile(&bench.grant().await, &version, &entry).await
}
