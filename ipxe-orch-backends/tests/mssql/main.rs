//! SQL Server: the suite that every store must pass, and what only it can show.
//!
//! `IPXE_ORCH_TEST_MSSQL` names a server, in the form of ADO.NET:
//! `Server=tcp:HOST,PORT;User ID=sa;Password=...;Encrypt=true;TrustServerCertificate=true`. Its login
//! may create databases. Without it, only the tests with the mock server run.
#![cfg(feature = "mssql")]
#![expect(clippy::unwrap_used, reason = "the helpers of tests end a test as tests do")]

mod common;
mod histories;
mod instances;
#[cfg(feature = "mssql-gssapi")]
mod kerberos;
#[path = "../shared/large_fleet.rs"]
mod large_fleet;
mod mock;
#[path = "../shared/random.rs"]
mod random;
mod tls;
mod wire;

mod conformance {
    use super::common::{self, Place};
    use ipxe_orch_backends::sql::MssqlStore;
    use std::sync::Arc;

    async fn fresh() -> (Arc<MssqlStore>, Place) {
        let place = Place::new().await;
        (reopen(&place).await, place)
    }

    async fn reopen(place: &Place) -> Arc<MssqlStore> {
        Arc::new(common::open(place).await)
    }

    ipxe_orch_core::conformance_suite!(fresh, reopen = reopen, skip = common::ado::is_skipped);
    ipxe_orch_core::access_suite!(fresh, reopen = reopen, skip = common::ado::is_skipped);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: `scripts/test long` runs it"]
async fn large_fleet_is_listed_page_by_page() {
    if common::ado::is_skipped() {
        return;
    }
    let place = common::Place::new().await;
    let store = std::sync::Arc::new(common::open(&place).await);
    large_fleet::measure("SQL Server", store).await;
}

#[test]
fn the_form_of_ado_becomes_a_url() {
    let parts = |ado| common::ado::url_of(ado, "d").unwrap();
    let long = r#"Server=tcp:db.example.test,1444;User ID=s/a;Password="p@ss w/rd";Encrypt=true;
        TrustServerCertificate=true"#;
    let url = "mssql://s%2Fa@db.example.test:1444/d?encrypt=unverified";
    assert_eq!(parts(long), (url.to_owned(), "p@ss w/rd".to_owned()));
    let named = r"Data Source=db\TWO;UID=u;PWD=x;Encrypt=DANGER_PLAINTEXT";
    let url = "mssql://u@db/d?encrypt=disabled&instance=TWO";
    assert_eq!(parts(named), (url.to_owned(), "x".to_owned()));
}
