//! Databases of their own on the server of the tests.

use ipxe_orch_backends::sql::{MssqlOptions, MssqlStore};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    time::Timestamp,
};
use std::{collections::BTreeMap, env, path::Path, thread, time::Duration};
use tempfile::TempDir;
use tiberius::{Client, Config, SqlBrowser as _};
use tokio::{net::TcpStream, runtime::Runtime};
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt as _};
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

const VARIABLE: &str = "IPXE_ORCH_TEST_MSSQL";

#[expect(clippy::disallowed_methods, reason = "which server there is, only the environment tells")]
fn server() -> Option<String> {
    env::var(VARIABLE).ok()
}

/// Whether there is no server to test with. Says so.
pub(crate) fn is_skipped() -> bool {
    let is_skipped = server().is_none();
    if is_skipped {
        eprintln!("skipped: {VARIABLE} does not name a SQL Server");
    }
    is_skipped
}

/// The options for this database, with a file of heads in the folder.
pub(crate) fn options(url: &str, folder: &Path) -> MssqlOptions {
    let epoch = Epoch(Uuid::from_bytes([7; 16]));
    let now = Timestamp::from_millis(1_790_000_000_000);
    let heads = folder.join("ipxe-orch-heads");
    MssqlOptions::from_url(url, heads, ChainId::from_bytes([1; 16]), epoch, now).unwrap()
}

/// A database, and a folder for the file beside it.
pub(crate) struct Place {
    name: String,
    url: String,
    folder: TempDir,
}

impl Place {
    /// A new database, with the name of the folder.
    pub(crate) async fn new() -> Self {
        let ado = server().unwrap();
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let random = folder.path().file_name().unwrap().to_string_lossy().replace('.', "");
        let name = format!("test_{random}").to_lowercase();
        let mut client = administrator(&ado).await;
        execute(&mut client, &format!("CREATE DATABASE {name}")).await.unwrap();
        // Not every server has the setting.
        let versions = format!("ALTER DATABASE {name} SET READ_COMMITTED_SNAPSHOT ON");
        execute(&mut client, &versions).await.ok();
        Self { url: url(&ado, &name), name, folder }
    }

    pub(crate) fn options(&self) -> MssqlOptions {
        // A server of tests may be slow with its first statements.
        let mut options = options(&self.url, self.folder.path());
        options.acquire_timeout = Duration::from_mins(1);
        options
    }
}

/// Nobody else deletes the databases of a server that stays.
impl Drop for Place {
    fn drop(&mut self) {
        let name = self.name.clone();
        let drop = async move {
            let mut client = administrator(&server().unwrap()).await;
            let alone = format!("ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE");
            execute(&mut client, &alone).await.ok();
            if let Err(error) = execute(&mut client, &format!("DROP DATABASE {name}")).await {
                eprintln!("database {name} is left: {error}");
            }
        };
        thread::spawn(move || Runtime::new().unwrap().block_on(drop)).join().ok();
    }
}

pub(crate) async fn open(place: &Place) -> MssqlStore {
    MssqlStore::open(place.options()).await.unwrap()
}

async fn administrator(ado: &str) -> Client<Compat<TcpStream>> {
    let mut config = Config::from_ado_string(ado).unwrap();
    config.database("master");
    config.command_timeout(Some(Duration::from_mins(3)));
    let tcp = TcpStream::connect_named(&config).await.unwrap();
    let mut client = Box::pin(Client::connect(config, tcp.compat_write())).await.unwrap();
    execute(&mut client, ALONE).await.unwrap();
    client
}

async fn execute(
    client: &mut Client<Compat<TcpStream>>,
    sql: &str,
) -> Result<(), tiberius::error::Error> {
    client.simple_query(sql).await?.into_results().await.map(drop)
}

/// Some servers make only one database at a time.
const ALONE: &str = "EXEC sp_getapplock @Resource = N'ipxe-orch:test', @LockMode = 'Exclusive', \
    @LockOwner = 'Session', @LockTimeout = 120000";

/// The same server as a URL. Values with a `;` are not understood.
fn url(ado: &str, database: &str) -> String {
    let pairs = ado.split(';').filter_map(|pair| pair.split_once('='));
    let pairs: BTreeMap<String, &str> = pairs
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().trim_matches(['"', '\''])))
        .collect();
    let get = |names: &[&str]| names.iter().find_map(|name| pairs.get(*name).copied());
    let server = get(&["server", "data source", "address", "addr"]).unwrap();
    let server = server.trim_start_matches("tcp:");
    let (server, port) = server.split_once(',').unwrap_or((server, ""));
    let (host, instance) = server.split_once('\\').unwrap_or((server, ""));
    let user = encoded(get(&["user id", "uid", "user"]).unwrap_or("sa"));
    let password = encoded(get(&["password", "pwd"]).unwrap_or_default());
    let mut url = format!("mssql://{user}:{password}@{host}");
    if !port.is_empty() {
        url = format!("{url}:{port}");
    }
    let encrypt = get(&["encrypt"]).unwrap_or("true").to_lowercase();
    let trusts = get(&["trustservercertificate"]).unwrap_or("false").to_lowercase();
    let encrypt = match (encrypt.as_str(), trusts.as_str()) {
        ("danger_plaintext", _) => "disabled",
        ("false" | "no" | "optional", _) => "login",
        ("strict", _) => "strict",
        (_, "true" | "yes") => "unverified",
        _ => "required",
    };
    url = format!("{url}/{database}?encrypt={encrypt}");
    if !instance.is_empty() && port.is_empty() {
        url = format!("{url}&instance={}", encoded(instance));
    }
    url
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[test]
fn the_form_of_ado_becomes_a_url() {
    let long = r#"Server=tcp:db.example.test,1444;User ID=sa;Password="p@ss w/rd";Encrypt=true;
        TrustServerCertificate=true"#;
    assert_eq!(
        url(long, "d"),
        "mssql://sa:p%40ss%20w%2Frd@db.example.test:1444/d?encrypt=unverified"
    );
    let named = r"Data Source=db\TWO;UID=u;PWD=x;Encrypt=DANGER_PLAINTEXT";
    assert_eq!(url(named, "d"), "mssql://u:x@db/d?encrypt=disabled&instance=TWO");
}
