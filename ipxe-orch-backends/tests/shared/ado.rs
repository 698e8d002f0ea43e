//! The SQL Server of the tests: `IPXE_ORCH_TEST_MSSQL` names it, in the form of ADO.NET. Its login may
//! create databases.

use std::{collections::BTreeMap, env, error::Error, time::Duration};
use tiberius::{Client, Config, SqlBrowser as _};
use tokio::{net::TcpStream, time::sleep};
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt as _};
use url::form_urlencoded::byte_serialize;

const VARIABLE: &str = "IPXE_ORCH_TEST_MSSQL";

/// Some servers make only one database at a time.
const ALONE: &str = "EXEC sp_getapplock @Resource = N'ipxe-orch:test', @LockMode = 'Exclusive', \
    @LockOwner = 'Session', @LockTimeout = 120000";

type Done<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A connection beside the stores.
pub(crate) type Raw = Client<Compat<TcpStream>>;

#[expect(clippy::disallowed_methods, reason = "which server there is, only the environment tells")]
fn server() -> Result<String, String> {
    env::var(VARIABLE).map_err(|_| format!("{VARIABLE} does not name a SQL Server"))
}

/// Whether there is no server to test with. Says so.
pub(crate) fn is_skipped() -> bool {
    let missing = server().err();
    if let Some(why) = &missing {
        eprintln!("skipped: {why}");
    }
    missing.is_some()
}

/// As the administrator, in this database.
pub(crate) async fn connected(database: &str) -> Done<Raw> {
    let mut config = Config::from_ado_string(&server()?)?;
    config.database(database);
    config.command_timeout(Some(Duration::from_mins(3)));
    let tcp = TcpStream::connect_named(&config).await?;
    Ok(Box::pin(Client::connect(config, tcp.compat_write())).await?)
}

/// Runs one batch of statements.
pub(crate) async fn execute(client: &mut Raw, sql: &str) -> Done<()> {
    client.simple_query(sql).await?.into_results().await?;
    Ok(())
}

/// Makes a database, with the settings of docs/DATABASES.md.
pub(crate) async fn create(name: &str) -> Done<()> {
    let mut client = connected("master").await?;
    execute(&mut client, ALONE).await?;
    execute(&mut client, &format!("CREATE DATABASE {name}")).await?;
    // Not every server has the settings.
    for setting in ["READ_COMMITTED_SNAPSHOT", "ALLOW_SNAPSHOT_ISOLATION"] {
        execute(&mut client, &format!("ALTER DATABASE {name} SET {setting} ON")).await.ok();
    }
    Ok(())
}

/// Drops a database, and the logins that some tests make for it. Nobody else does, on a server that
/// stays.
pub(crate) async fn remove(name: &str) -> Done<()> {
    let mut client = connected("master").await?;
    execute(&mut client, ALONE).await?;
    let alone = format!("ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE");
    execute(&mut client, &alone).await.ok();
    drop_database(&mut client, name).await?;
    for login in [name, &format!("{name}_admin")] {
        execute(&mut client, &format!("DROP LOGIN {login}")).await.ok();
    }
    Ok(())
}

/// Its last connections may end a moment after those who used them.
async fn drop_database(client: &mut Raw, name: &str) -> Done<()> {
    let sql = format!("DROP DATABASE {name}");
    for _ in 0..20 {
        if execute(client, &sql).await.is_ok() {
            return Ok(());
        }
        sleep(Duration::from_millis(200)).await;
    }
    execute(client, &sql).await
}

/// The URL of this database, and the password that belongs to it.
pub(crate) fn url(database: &str) -> Done<(String, String)> {
    Ok(url_of(&server()?, database)?)
}

/// Values with a `;` are not understood.
pub(crate) fn url_of(ado: &str, database: &str) -> Result<(String, String), &'static str> {
    let pairs = ado.split(';').filter_map(|pair| pair.split_once('='));
    let pairs: BTreeMap<String, &str> = pairs
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().trim_matches(['"', '\''])))
        .collect();
    let get = |names: &[&str]| names.iter().find_map(|name| pairs.get(*name).copied());
    let server = get(&["server", "data source", "address", "addr"]);
    let server = server.ok_or("it names no server")?.trim_start_matches("tcp:");
    let (server, port) = server.split_once(',').unwrap_or((server, ""));
    let (host, instance) = server.split_once('\\').unwrap_or((server, ""));
    let user = encoded(get(&["user id", "uid", "user"]).unwrap_or("sa"));
    let password = get(&["password", "pwd"]).unwrap_or_default().to_owned();
    let mut url = format!("mssql://{user}@{host}");
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
    Ok((url, password))
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
