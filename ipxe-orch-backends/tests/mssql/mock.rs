//! Failures of the server and of the way to it, with a mock server that has no SQL.

use crate::{
    common::options,
    wire::{Asked, BATCH, LOGIN, RPC, Step, Wire},
};
use ipxe_orch_backends::sql::{MssqlOptions, MssqlStore};
use ipxe_orch_core::{
    conformance::Bench,
    stores::{AuditStore as _, HostStore as _, StoreError},
};
use mssql_mock_tds::{
    ColumnDefinition, ColumnValue, MockTdsServer, QueryRegistry, QueryResponse, Row, SqlDataType,
    TerminalError,
};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, timeout},
};

/// What the mock looks for in statements with values: text that it compares in capital letters. The
/// first statement of each transaction has this, and no other one.
const FIRST: &str = " = (SELECT ";
/// Of the question whether the database is no copy that was cut off.
const COMPLETE: &str = " = 1";
/// Of the entry of the audit: no other statement has as many values.
const INSERT: &str = " VALUES (@P1, @P2";
const COMMIT: &str = "COMMIT TRANSACTION";
const SETTINGS: &str = "DB_ID()";

/// A mock server, the way to it, and a folder for the file of heads.
pub(crate) struct Mock {
    registry: Arc<Mutex<QueryRegistry>>,
    pub(crate) wire: Wire,
    pub(crate) folder: TempDir,
}

impl Mock {
    pub(crate) async fn new() -> Self {
        let server = MockTdsServer::new("127.0.0.1:0").await.unwrap();
        let registry = server.query_registry();
        let wire = Wire::before(run(server).await).await;
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Self { registry, wire, folder }
    }

    async fn answer(&self, sql: &str, response: QueryResponse) {
        self.registry.lock().await.register(sql, response);
    }

    fn options(&self) -> MssqlOptions {
        self.options_with("?encrypt=disabled")
    }

    fn options_with(&self, rest: &str) -> MssqlOptions {
        let url = format!("mssql://boot:secret@127.0.0.1:{}/hosts{rest}", self.wire.port);
        options(&url, self.folder.path())
    }

    /// An open store, which is asked for one entry at a time.
    async fn open(&self) -> Store {
        self.open_with(self.options()).await
    }

    async fn open_with(&self, options: MssqlOptions) -> Store {
        let store = Arc::new(MssqlStore::open(options).await.unwrap());
        Store { bench: Bench::new(store.clone()), store }
    }

    fn commits(&self) -> Vec<Asked> {
        self.wire.asked(|asked| asked.kind == BATCH && asked.says(COMMIT))
    }

    fn inserts(&self) -> Vec<Asked> {
        self.wire.asked(|asked| asked.kind == RPC && asked.says("INSERT INTO audit"))
    }
}

/// Starts a server with what an empty database answers, and gives its port.
pub(crate) async fn run(server: MockTdsServer) -> u16 {
    let port = server.local_addr().port();
    let registry = server.query_registry();
    let mut answers = registry.lock().await;
    answers.register(FIRST, first());
    answers.register(COMPLETE, number("id", 1));
    drop(answers);
    tokio::spawn(server.run());
    port
}

struct Store {
    store: Arc<MssqlStore>,
    bench: Bench,
}

impl Store {
    async fn append(&self) -> Result<(), StoreError> {
        self.store.append_audit(&self.bench.recorder(), &[self.bench.entry("mock")]).await
    }
}

/// The epoch, and an audit chain without an entry.
fn first() -> QueryResponse {
    let columns = vec![
        ColumnDefinition::new("epoch", SqlDataType::VarBinaryMax),
        ColumnDefinition::new("suspended", SqlDataType::Int),
        ColumnDefinition::new("sequence", SqlDataType::BigInt),
        ColumnDefinition::new("hash", SqlDataType::Int),
    ];
    let epoch = ColumnValue::VarBinaryMax(vec![vec![7; 16]]);
    let row = vec![epoch, ColumnValue::Null, ColumnValue::Null, ColumnValue::Null];
    QueryResponse::new(columns, vec![Row::new(row)])
}

fn number(column: &str, number: i64) -> QueryResponse {
    let columns = vec![ColumnDefinition::new(column, SqlDataType::BigInt)];
    QueryResponse::new(columns, vec![Row::new(vec![ColumnValue::BigInt(number)])])
}

fn done() -> QueryResponse {
    QueryResponse::new(Vec::new(), Vec::new())
}

fn error(number: u32, severity: u8) -> QueryResponse {
    QueryResponse::error_only(TerminalError::new(number, severity, "as the test wants"))
}

/// The first of these messages becomes something else than the others.
fn once(
    wanted: impl Fn(&Asked) -> bool + Send + 'static,
    step: Step,
) -> impl FnMut(&Asked) -> Step {
    let mut is_left = true;
    move |asked| {
        let now = is_left && wanted(asked);
        is_left &= !now;
        if now { step } else { Step::Pass }
    }
}

fn is_insert(asked: &Asked) -> bool {
    asked.kind == RPC && asked.says("INSERT INTO audit")
}

fn is_commit(asked: &Asked) -> bool {
    asked.kind == BATCH && asked.says(COMMIT)
}

#[tokio::test]
async fn a_job_is_written_with_one_commit() {
    let mock = Mock::new().await;
    let store = mock.open().await;
    let before = mock.commits().len();
    store.append().await.unwrap();
    assert_eq!(mock.commits().len() - before, 1);
    let begun = mock.wire.asked(|asked| asked.says("BEGIN TRANSACTION"));
    assert!(begun.iter().all(|asked| asked.says("ISOLATION LEVEL READ COMMITTED")));
}

#[tokio::test]
async fn a_deadlock_of_a_statement_is_tried_again() {
    let mock = Mock::new().await;
    let store = mock.open().await;
    mock.answer(INSERT, error(1205, 13)).await;
    let append = store.append();
    let relent = async {
        while mock.inserts().len() < 2 {
            sleep(Duration::from_millis(1)).await;
        }
        mock.answer(INSERT, done()).await;
    };
    let (appended, ()) = tokio::join!(append, relent);
    appended.unwrap();
    assert!(mock.inserts().len() >= 3);
}

#[tokio::test]
async fn a_deadlock_at_the_commit_is_tried_again() {
    let mock = Mock::new().await;
    let store = mock.open().await;
    let before = mock.commits().len();
    mock.answer(COMMIT, error(1205, 13)).await;
    let relent = async {
        while mock.commits().len() < before + 2 {
            sleep(Duration::from_millis(1)).await;
        }
        mock.answer(COMMIT, done()).await;
    };
    let (appended, ()) = tokio::join!(store.append(), relent);
    appended.unwrap();
    assert_eq!(mock.inserts().len(), mock.commits().len() - before);
}

#[tokio::test]
async fn a_deadlock_that_does_not_end_is_told() {
    let mock = Mock::new().await;
    let store = mock.open().await;
    mock.answer(INSERT, error(1205, 13)).await;
    let told = store.append().await.unwrap_err();
    assert!(matches!(told, StoreError::Unavailable(_)), "{told:?}");
    assert_eq!(mock.inserts().len(), 12);
    mock.answer(INSERT, done()).await;
    store.append().await.unwrap();
}

#[tokio::test]
async fn no_statement_follows_one_that_failed() {
    let mock = Mock::new().await;
    let store = mock.open().await;
    mock.answer(INSERT, error(2627, 14)).await;
    let told = store.append().await.unwrap_err();
    assert!(matches!(told, StoreError::Invalid(_)), "{told:?}");
    let all = mock.wire.asked(|_| true);
    let after = |index: usize| all.get(index + 1);
    let failed = all.iter().enumerate().filter(|(_, asked)| is_insert(asked));
    for (index, insert) in failed {
        let next = after(index).filter(|next| next.connection == insert.connection);
        assert!(next.is_none_or(|next| next.says("ROLLBACK TRANSACTION")), "{next:?}");
    }
}

#[tokio::test]
async fn a_login_that_is_refused_is_not_tried_again() {
    let mock = Mock::new().await;
    mock.wire.plan(|asked| if asked.kind == LOGIN { Step::Refuse(18_456, 14) } else { Step::Pass });
    let told = MssqlStore::open(mock.options()).await.unwrap_err();
    let why = std::error::Error::source(&told).unwrap().to_string();
    assert!(why.contains("as the test wants") && why.contains("18456"), "{why}");
    assert_eq!(mock.wire.asked(|asked| asked.kind == LOGIN).len(), 1);
}

#[tokio::test]
async fn a_login_that_is_refused_later_is_told_to_who_waits() {
    let mock = Mock::new().await;
    let store = mock.open().await;
    let before = mock.wire.asked(|asked| asked.kind == LOGIN).len();
    mock.wire.plan(|asked| match asked.kind {
        LOGIN => Step::Refuse(18_456, 14),
        BATCH | RPC => Step::Cut,
        _ => Step::Pass,
    });
    let told = store.append().await.unwrap_err();
    assert!(matches!(&told, StoreError::Unavailable(why) if why.to_string().contains("18456")));
    let logins = mock.wire.asked(|asked| asked.kind == LOGIN).len() - before;
    assert!(logins <= 2, "{logins} tries of one caller");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up_with_its_connection() {
    let mock = Mock::new().await;
    let mut options = mock.options();
    options.command_timeout = Duration::from_millis(300);
    let store = mock.open_with(options).await;
    mock.answer(INSERT, done().with_delay(Duration::from_secs(20))).await;
    let start = Instant::now();
    let told = store.append().await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(matches!(&told, StoreError::Unavailable(why) if why.to_string().contains("300 ms")));
    mock.answer(INSERT, done()).await;
    store.append().await.unwrap();
    is_never_used_again(&mock, mock.inserts().first().unwrap());
}

/// Nothing was asked on its connection after it.
fn is_never_used_again(mock: &Mock, last: &Asked) {
    let all = mock.wire.asked(|asked| asked.connection == last.connection);
    let after = all.iter().skip_while(|asked| !is_same(asked, last)).skip(1);
    assert_eq!(after.count(), 0);
}

fn is_same(one: &Asked, other: &Asked) -> bool {
    one.kind == other.kind
        && one.says(COMMIT) == other.says(COMMIT)
        && one.says("INSERT INTO audit") == other.says("INSERT INTO audit")
}

#[tokio::test]
async fn a_redirect_is_followed_once() {
    let mock = Mock::new().await;
    let first = redirecting(mock.wire.port).await;
    let second = redirecting(first).await;
    let url = |port| format!("mssql://boot:secret@127.0.0.1:{port}/hosts?encrypt=disabled");
    let store = MssqlStore::open(options(&url(first), mock.folder.path())).await.unwrap();
    let bench = Bench::new(Arc::new(store));
    drop(bench);
    assert!(!mock.commits().is_empty());
    let told = MssqlStore::open(options(&url(second), mock.folder.path())).await.unwrap_err();
    let why = std::error::Error::source(&told).unwrap().to_string();
    assert!(why.contains("alternative address"), "{why}");
}

async fn redirecting(to: u16) -> u16 {
    let server = MockTdsServer::new_with_redirection("127.0.0.1:0", "127.0.0.1", to).await.unwrap();
    let port = server.local_addr().port();
    tokio::spawn(server.run());
    port
}

#[tokio::test]
async fn a_transaction_whose_connection_is_cut_is_tried_again_on_another_one() {
    for step in [Step::Cut, Step::CutAnswer] {
        let mock = Mock::new().await;
        let store = mock.open().await;
        let before = mock.commits().len();
        mock.wire.plan(once(is_insert, step));
        store.append().await.unwrap();
        assert_eq!(mock.commits().len(), before + 1, "{step:?}");
        is_never_used_again(&mock, mock.inserts().first().unwrap());
    }
}

#[tokio::test]
async fn nobody_knows_what_became_of_a_commit_without_an_answer() {
    for step in [Step::Cut, Step::CutAnswer, Step::Swallow, Step::Refuse(40_197, 20)] {
        let mock = Mock::new().await;
        let mut options = mock.options();
        options.command_timeout = Duration::from_millis(500);
        let store = mock.open_with(options).await;
        let before = mock.commits().len();
        mock.wire.plan(once(is_commit, step));
        let told = store.append().await.unwrap_err();
        assert!(matches!(told, StoreError::OutcomeUnknown(_)), "{step:?}: {told:?}");
        // It is not tried again: it might be written twice.
        assert_eq!(mock.commits().len() - before, 1, "{step:?}");
        store.append().await.unwrap();
        is_never_used_again(&mock, mock.commits().get(before).unwrap());
    }
}

#[tokio::test]
async fn a_read_that_nobody_waits_for_takes_its_connection_with_it() {
    let mock = Mock::new().await;
    let store = mock.open().await;
    // It is the only statement with this text from here on.
    mock.answer("SELECT ", number("found", 7).with_delay(Duration::from_millis(300))).await;
    assert!(timeout(Duration::from_millis(100), store.store.epoch()).await.is_err());
    mock.answer("SELECT ", first()).await;
    assert_eq!(store.store.epoch().await.unwrap().0.as_bytes(), &[7; 16]);
    let reads = mock.wire.asked(|asked| asked.kind == RPC && asked.says("SELECT epoch FROM meta"));
    let [.., dropped, read] = reads.as_slice() else { panic!("{} reads", reads.len()) };
    assert_ne!(dropped.connection, read.connection);
}

#[tokio::test]
async fn a_connection_that_does_not_answer_is_replaced() {
    let mock = Mock::new().await;
    let store = mock.open().await;
    store.append().await.unwrap();
    // The check of the connection, which is the first that is asked.
    let is_check = |asked: &Asked| asked.kind == BATCH && asked.says("@@TRANCOUNT");
    for step in [Step::Cut, Step::Swallow] {
        mock.wire.plan(once(is_check, step));
        store.append().await.unwrap();
    }
}

#[tokio::test]
async fn a_server_without_encryption_gets_no_password() {
    let mock = Mock::new().await;
    for rest in ["", "?encrypt=required", "?encrypt=unverified"] {
        let told = MssqlStore::open(mock.options_with(rest)).await.unwrap_err();
        let why = std::error::Error::source(&told).unwrap().to_string();
        assert!(why.to_lowercase().contains("encrypt"), "{why}");
    }
    assert_eq!(mock.wire.asked(|asked| asked.kind == LOGIN).len(), 0);
}

#[tokio::test]
async fn delayed_durability_is_refused_by_name() {
    let mock = Mock::new().await;
    mock.answer(SETTINGS, number("found", 2)).await;
    let told = MssqlStore::open(mock.options()).await.unwrap_err().to_string();
    assert!(told.contains("DELAYED_DURABILITY is FORCED"), "{told}");
    assert!(told.contains("ALTER DATABASE CURRENT SET"), "{told}");
}

#[tokio::test]
async fn reads_lock_rows_where_no_versions_are_kept() {
    for (setting, locks) in [(0, true), (1, false)] {
        let mock = Mock::new().await;
        mock.answer(SETTINGS, number("found", setting)).await;
        let store = mock.open().await;
        store.append().await.unwrap();
        let level = |name| mock.wire.asked(|asked| asked.says(name)).len();
        assert_eq!(level("ISOLATION LEVEL REPEATABLE READ") > 0, locks);
        assert!(level("ISOLATION LEVEL READ COMMITTED; BEGIN TRANSACTION") > 0);
    }
}

#[tokio::test]
async fn a_server_that_lacks_a_setting_is_used_without_it() {
    let mock = Mock::new().await;
    mock.answer(SETTINGS, error(207, 16)).await;
    mock.open().await.append().await.unwrap();
}
