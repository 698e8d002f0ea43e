//! The server's certificate and name are checked.

use crate::{
    common::{Place, Server, shown},
    for_each_server,
};
use ipxe_orch_backends::sql::{self, OpenError, Schema};
use std::env;

for_each_server!(
    a_certificate_of_an_unknown_authority_is_refused,
    a_certificate_of_the_own_authority_is_taken_for_its_name_alone,
    what_is_only_encrypted_takes_any_certificate,
);

/// The URL's parameter for the authority of the tests.
#[expect(
    clippy::disallowed_methods,
    reason = "only the environment tells which authority there is"
)]
fn authority(server: Server) -> Option<String> {
    let file = |variable| env::var(variable);
    Some(match server {
        Server::Mariadb => format!("?ssl-ca={}", file("IPXE_ORCH_TEST_CA").unwrap()),
        Server::Postgres => format!("?sslrootcert={}", file("IPXE_ORCH_TEST_CA").unwrap()),
        Server::Mssql => format!("?ssl-ca={}", file("IPXE_ORCH_TEST_MSSQL_CA").ok()?),
    })
}

async fn schema(place: &Place, host: &str, parameters: &str) -> Result<Schema, OpenError> {
    sql::schema(&place.options_with(host, parameters)).await
}

async fn a_certificate_of_an_unknown_authority_is_refused(server: Server) {
    let place = Place::new(server).await;
    let error = schema(&place, "localhost", "").await.unwrap_err();
    let shown = shown(&error);
    // A SQL Server may have made itself a certificate.
    let is_own = server == Server::Mssql && shown.contains("CaUsedAsEndEntity");
    assert!(is_own || shown.contains("UnknownIssuer"), "{shown}");
}

async fn a_certificate_of_the_own_authority_is_taken_for_its_name_alone(server: Server) {
    let Some(authority) = authority(server) else {
        eprintln!("skipped: IPXE_ORCH_TEST_MSSQL_CA does not name the authority of the SQL Server");
        return;
    };
    let place = Place::new(server).await;
    assert_eq!(schema(&place, "localhost", &authority).await.unwrap().found, 0);
    let error = schema(&place, "127.0.0.1", &authority).await.unwrap_err();
    assert!(shown(&error).contains("not valid for name"), "{}", shown(&error));
}

async fn what_is_only_encrypted_takes_any_certificate(server: Server) {
    let place = Place::new(server).await;
    let parameters = match server {
        Server::Mariadb => "?ssl-mode=required",
        Server::Postgres => "?sslmode=require",
        Server::Mssql => "?encrypt=unverified",
    };
    assert_eq!(schema(&place, "127.0.0.1", parameters).await.unwrap().found, 0);
}
