//! A database that was moved: the old one is no longer used.

use crate::common::{Place, copied, edit, fill, kinds, told};
use ipxe_orch_backends::sql::{CopyJob, copy};
use ipxe_orch_core::{orchestrator::MarkOrder, stores::HostKey};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_moved_names_the_new_one_and_takes_no_edits() {
    let first = Place::sqlite();
    let bench = fill(&first).await;
    let expected = told(&first).await;
    for kind in kinds() {
        let (old, new) = (Place::new(kind).await, Place::sqlite());
        copied(&first, &old).await;
        let used = bench.beside(old.open().await);
        edit(&used).await.unwrap();
        let mut job = CopyJob::default();
        job.retire_for = Some("mysql://db/fleet".to_owned());
        let done = copy(&old.end(), &new.end(), &job, |_| ()).await.unwrap();
        assert!(!done.source_went_on, "{kind}");
        // A server that has it open notices.
        let told = edit(&used).await.unwrap_err().to_string();
        assert!(told.contains("was moved to mysql://db/fleet"), "{kind}: {told}");
        // People still sign in there, and learn that it was moved; no role is given.
        let access = old.open_access().await;
        let (grant, entry) = (access.service(), access.entry("access.test"));
        let told = access.store.put_binding(&grant, &access.binding(), &entry).await.unwrap_err();
        assert!(told.to_string().contains("was moved to mysql://db/fleet"), "{kind}: {told}");
        let session = access.session(&access.person(9));
        access.store.put_session(&grant, &session, &entry).await.unwrap();
        assert!(!used.orchestrator.check_store().await.unwrap(), "{kind}");
        let why = used.orchestrator.suspended().unwrap();
        assert!(why.contains("was moved to mysql://db/fleet"), "{kind}: {why}");
        let key = HostKey::Name("host21".parse().unwrap());
        let mark = used.orchestrator.mark(&used.operator, &key, MarkOrder::default()).await;
        assert!(mark.is_err(), "{kind}");
        // The new one goes on.
        let moved = bench.beside(new.open().await);
        edit(&moved).await.unwrap();
        assert!(moved.orchestrator.check_store().await.unwrap(), "{kind}");
        // If it is lost, the old one can be accepted.
        let accepted = used.orchestrator.accept_database(&used.operator, Vec::new()).await;
        assert!(!accepted.unwrap().voided.is_empty(), "{kind}");
        edit(&used).await.unwrap();
    }
    assert_eq!(told(&first).await, expected);
}

/// A copy that fails leaves its source as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_fails_leaves_the_old_database_in_use() {
    let (first, target) = (Place::sqlite(), Place::sqlite());
    let bench = fill(&first).await;
    target.end().prepare().await.unwrap();
    let path = crate::common::options(target.folder()).path;
    let url = format!("sqlite://{}", path.display());
    let mut spoilt = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    let trigger = "CREATE TRIGGER spoilt BEFORE INSERT ON claims BEGIN \
                   SELECT RAISE(ABORT, 'the disk is on fire'); END";
    sqlx::raw_sql(trigger).execute(&mut spoilt).await.unwrap();
    let mut job = CopyJob::default();
    job.retire_for = Some("sqlite:///elsewhere".to_owned());
    let failed = copy(&first.end(), &target.end(), &job, |_| ()).await.unwrap_err();
    assert!(failed.to_string().contains("since the target failed"), "{failed}");
    edit(&bench).await.unwrap();
    assert!(bench.orchestrator.check_store().await.unwrap());
}
