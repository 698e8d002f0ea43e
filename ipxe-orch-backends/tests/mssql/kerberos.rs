//! A login by a Kerberos ticket. There is no ticket here, or none for this server.

use crate::{common::options, wire::LOGIN};
use ipxe_orch_backends::sql::MssqlStore;
use std::error::Error as _;

#[tokio::test]
async fn without_a_ticket_the_remedy_is_told() {
    let mock = crate::mock::Mock::new().await;
    let port = mock.wire.port;
    let url = format!("mssql://127.0.0.1:{port}/d?encrypt=disabled&authentication=kerberos");
    let told = MssqlStore::open(options(&url, mock.folder.path())).await.unwrap_err();
    let why = told.source().unwrap().to_string();
    for part in ["`kinit`", "KRB5_CLIENT_KTNAME", "MSSQLSvc/HOST:PORT"] {
        assert!(why.contains(part), "{why}");
    }
    assert_eq!(mock.wire.asked(|asked| asked.kind == LOGIN).len(), 0);
}
