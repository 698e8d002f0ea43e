//! The tables are made on demand alone, and programs of two versions use them at the same time.

use crate::{
    common::{Place, Server},
    for_each_server,
};
use ipxe_orch_backends::sql::{self, OpenError, migrations, script};
use ipxe_orch_core::{ids::Epoch, time::Timestamp};

for_each_server!(
    a_database_is_changed_on_demand_alone,
    a_script_does_what_migrating_does,
    a_program_works_with_the_tables_of_the_next_version,
    tables_that_changed_too_much_are_refused,
    tables_of_another_program_are_not_touched,
    two_programs_migrate_at_the_same_time,
);

async fn a_database_is_changed_on_demand_alone(server: Server) {
    let place = Place::new(server).await;
    let mut options = place.options();
    options.migrate = false;
    let known = migrations(options.url().dialect()).len();
    for _ in 0..2 {
        let schema = sql::schema(&options).await.unwrap();
        assert_eq!((schema.found, schema.missing.len()), (0, known));
        let error = sql::open(&options).await.map(drop).unwrap_err();
        assert!(matches!(error, OpenError::Outdated { found: 0, .. }), "{error:?}");
    }
    assert_eq!(sql::migrate(&options).await.unwrap().missing.len(), known);
    assert_eq!(sql::migrate(&options).await.unwrap().missing.len(), 0);
    let store = sql::open(&options).await.unwrap();
    assert_eq!(store.epoch().await.unwrap(), options.new_epoch);
}

async fn a_script_does_what_migrating_does(server: Server) {
    let place = Place::new(server).await;
    let mut options = place.options();
    options.migrate = false;
    let (dialect, epoch) = (options.url().dialect(), Epoch::from_bytes([9; 16]));
    place.run(&script(dialect, 0, epoch, Timestamp::from_millis(7))).await;
    assert_eq!(sql::schema(&options).await.unwrap().missing.len(), 0);
    assert_eq!(sql::open(&options).await.unwrap().epoch().await.unwrap(), epoch);
}

/// What a newer program does to the tables.
async fn newer(place: &Place, oldest: i64) {
    place.run("ALTER TABLE hosts ADD later BIGINT NOT NULL DEFAULT 0").await;
    let row = format!("VALUES (9999, '9999_later', 'x', 0, {oldest})");
    place.run(&format!("INSERT INTO schema_migrations {row}")).await;
}

async fn a_program_works_with_the_tables_of_the_next_version(server: Server) {
    let place = Place::new(server).await;
    let mut options = place.options();
    sql::migrate(&options).await.unwrap();
    newer(&place, 0).await;
    for migrate in [false, true] {
        options.migrate = migrate;
        let schema = sql::schema(&options).await.unwrap();
        assert_eq!((schema.found, schema.missing.len()), (9999, 0));
        assert!(schema.known < schema.found);
        sql::open(&options).await.unwrap().epoch().await.unwrap();
    }
}

async fn tables_that_changed_too_much_are_refused(server: Server) {
    let place = Place::new(server).await;
    let options = place.options();
    let known = sql::migrate(&options).await.unwrap().known;
    newer(&place, known + 1).await;
    for error in [sql::open(&options).await.map(drop), sql::schema(&options).await.map(drop)] {
        assert!(matches!(error, Err(OpenError::Newer { found: 9999, .. })), "{error:?}");
    }
}

async fn tables_of_another_program_are_not_touched(server: Server) {
    let place = Place::new(server).await;
    place.run("CREATE TABLE hosts (name BIGINT NOT NULL PRIMARY KEY)").await;
    for error in [sql::migrate(&place.options()).await, sql::schema(&place.options()).await] {
        assert!(matches!(error, Err(OpenError::ForeignSchema { .. })), "{error:?}");
    }
    place.run("INSERT INTO hosts (name) VALUES (1)").await;
}

async fn two_programs_migrate_at_the_same_time(server: Server) {
    let place = Place::new(server).await;
    let options = [place.options(), place.options(), place.options()];
    let [one, two, three] = options.each_ref().map(sql::migrate);
    let all: (Result<_, _>, Result<_, _>, Result<_, _>) = tokio::join!(one, two, three);
    for done in [all.0, all.1, all.2] {
        done.unwrap();
    }
    assert_eq!(sql::schema(&options[0]).await.unwrap().missing.len(), 0);
    sql::open(&options[1]).await.unwrap().epoch().await.unwrap();
}
