//! Events of a file that an older version has written.

use crate::common::{Place, copied, fill, options, told};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

/// Before, events of who proved nothing stood among those of hosts. They keep their place.
#[tokio::test(flavor = "multi_thread")]
async fn events_of_an_older_version_keep_their_order() {
    let first = Place::sqlite();
    drop(fill(&first).await);
    let events = options(first.folder()).events_path();
    let mut file = SqliteConnectOptions::new().filename(events).connect().await.unwrap();
    let old = "UPDATE boot_events SET host_id = NULL, event = replace(event, '192.0.2.1', 'old') \
               WHERE id % 3 = 0";
    let changed = sqlx::query(old).execute(&mut file).await.unwrap().rows_affected();
    assert!(changed > 2, "{changed}");
    sqlx::Connection::close(file).await.unwrap();
    let expected = told(&first).await;
    let (maria, last) = (Place::new("MariaDB").await, Place::sqlite());
    copied(&first, &maria).await;
    assert_eq!(told(&maria).await, expected);
    copied(&maria, &last).await;
    assert_eq!(told(&last).await, expected);
    assert!(expected.contains("\"old\""));
}
