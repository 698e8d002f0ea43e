//! The logins of docs/DATABASES.md, made with its statements.

use crate::{
    common::{Place, Server, shown},
    for_each_server,
};
use ipxe_orch_backends::sql::{self, StoreOptions};
use ipxe_orch_core::{
    access::{EndSessions, RemoveTokens, SessionTouch, TokenTouch},
    conformance::{AccessBench, Bench, play},
    ids::{ChainId, Epoch},
    memory::MemoryStore,
    stores::Store,
};
use std::sync::Arc;

for_each_server!(
    the_servers_login_does_all_work_and_changes_no_table,
    a_wrong_password_is_told_without_the_password,
);

const DOCUMENT: &str = include_str!("../../../docs/DATABASES.md");

/// The statements for a kind of server, with names of this test.
fn statements(place: &Place) -> String {
    let fence = match place.server {
        Server::Mariadb => "```sql mysql\n",
        Server::Postgres => "```sql postgres\n",
        Server::Mssql => "```sql mssql\n",
    };
    let (_, rest) = DOCUMENT.split_once(fence).unwrap();
    rest.split_once("```").unwrap().0.replace("ipxe", &place.name)
}

/// The database and its two logins: one for its tables, one for servers.
async fn made(server: Server) -> (Place, StoreOptions, StoreOptions) {
    let place = match server {
        Server::Mariadb => Place::named(server),
        Server::Postgres | Server::Mssql => Place::new(server).await,
    };
    let statements = statements(&place);
    // A SQL Server refuses passwords of small letters alone.
    let passwords = match server {
        Server::Mariadb | Server::Postgres => ["admin-password", "server-password"],
        Server::Mssql => ["Admin-password-1", "Server-password-1"],
    };
    let mut admin = place.options_of(&format!("{}_admin", place.name), passwords[0]);
    match server {
        Server::Mariadb => place.run_outside(&statements).await,
        Server::Postgres => place.run(&statements).await,
        Server::Mssql => {
            if !makes_an_owner(&place, &statements).await {
                admin = place.options();
            }
        }
    }
    let mut server = place.options_of(&place.name, passwords[1]);
    server.migrate = false;
    (place, admin, server)
}

/// Not every server that speaks the language of SQL Server has settings of a database, and owners of
/// it beside the administrator.
async fn makes_an_owner(place: &Place, statements: &str) -> bool {
    let (mut client, mut owner) = (place.raw().await, true);
    for statement in statements.lines() {
        let Err(error) = client.try_to_run(statement).await else { continue };
        eprintln!("not tested: {statement}: {error}");
        owner &= !statement.contains("db_owner");
        let known = ["ALTER DATABASE", "ALTER ROLE db_owner"];
        assert!(known.iter().any(|known| statement.starts_with(known)), "{statement}: {error}");
    }
    owner
}

async fn the_servers_login_does_all_work_and_changes_no_table(server: Server) {
    let (_place, admin, server) = made(server).await;
    let error = sql::migrate(&server).await.unwrap_err();
    assert!(shown(&error).contains("denied"), "{}", shown(&error));
    assert_eq!(sql::schema(&server).await.unwrap().found, 0, "nothing was made");
    sql::migrate(&admin).await.unwrap();
    let store: Arc<dyn Store> = sql::open(&server).await.unwrap();
    let bench = Bench::new(store);
    for seed in 1..8_u8 {
        let bytes: Vec<u8> = (0..=255).map(|byte: u8| byte.wrapping_mul(seed)).collect();
        Box::pin(play(&bench, seed.into(), &bytes)).await;
    }
    signs_people_in(&server).await;
}

/// It writes and deletes rows in the tables of access, too.
async fn signs_people_in(server: &StoreOptions) {
    let (_, access) = sql::open_with_access(server).await.unwrap();
    let memory = MemoryStore::new(Epoch::from_bytes([1; 16]), ChainId::from_bytes([1; 16]));
    let made = AccessBench::new(Arc::new(memory));
    let (grant, entry, person) = (made.service(), made.entry("access.test"), made.person(1));
    access.put_account(&grant, &made.account("ann"), &entry).await.unwrap();
    let (binding, session, token) = (made.binding(), made.session(&person), made.token(&person));
    access.put_binding(&grant, &binding, &entry).await.unwrap();
    access.put_session(&grant, &session, &entry).await.unwrap();
    access.touch_session(&grant, session.id, &SessionTouch::default()).await.unwrap();
    access.put_token(&grant, &token, &entry).await.unwrap();
    access.touch_token(&grant, token.id, &TokenTouch::default()).await.unwrap();
    let ended = access.end_sessions(&grant, &EndSessions::One(session.id), None).await;
    let removed = access.remove_tokens(&grant, &RemoveTokens::One(token.id), None).await;
    assert_eq!((ended.unwrap(), removed.unwrap()), (1, 1));
    access.remove_binding(&grant, binding.id, &entry).await.unwrap();
}

async fn a_wrong_password_is_told_without_the_password(server: Server) {
    let (place, ..) = made(server).await;
    // The tests' PostgreSQL asks nobody for a password: an unknown login is refused as well.
    let login = match server {
        Server::Mariadb | Server::Mssql => place.name.clone(),
        Server::Postgres => format!("{}_nobody", place.name),
    };
    let error = sql::open(&place.options_of(&login, "geheim")).await.map(drop).unwrap_err();
    let shown = shown(&error);
    assert!(shown.contains(&login) && !shown.contains("geheim"), "{shown}");
}
