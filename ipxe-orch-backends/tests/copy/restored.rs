//! A backup that is restored installs nothing until it is accepted.

use crate::common::{Place, copied, fill, install, kinds, now};
use ipxe_orch_backends::sql::{CopyJob, copy};
use ipxe_orch_core::{boot::LOCAL_SCRIPT, orchestrator::MarkOrder, stores::HostKey};

fn key(number: u16) -> HostKey {
    HostKey::Name(format!("host{number}").parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_installs_nothing_until_it_is_accepted() {
    let first = Place::sqlite();
    let bench = fill(&first).await;
    for kind in kinds() {
        let (place, backup) = (Place::new(kind).await, Place::sqlite());
        copied(&first, &place).await;
        copied(&place, &backup).await;
        let used = bench.beside(place.open().await);
        // Host 20 is marked in the backup, and installs after it was made.
        install(&used, 20).await;
        drop(used);
        // The machine on which it is restored has never seen the database.
        let restored = Place::new(kind).await;
        let mut job = CopyJob::default();
        job.restored_at = Some(now(&bench));
        copy(&backup.end(), &restored.end(), &job, |_| ()).await.unwrap();
        let again = bench.beside(restored.open().await);
        assert!(!again.orchestrator.check_store().await.unwrap(), "{kind}");
        let why = again.orchestrator.doubt().unwrap();
        assert!(why.contains("restored from a backup") && why.contains("accept-restore"), "{why}");
        let host = again.host(20).await;
        assert_eq!(again.boot(host.id, 20).await, LOCAL_SCRIPT, "{kind}");
        let marked = again.orchestrator.mark(&again.operator, &key(21), MarkOrder::default()).await;
        assert!(marked.is_err(), "{kind}: nothing is marked");
        let accepted = again.orchestrator.accept_database(&again.operator, Vec::new()).await;
        let accepted = accepted.unwrap();
        let voided: Vec<_> = accepted.voided.iter().map(|mark| mark.host.as_str()).collect();
        assert!(voided.contains(&"host20") && voided.contains(&"host22"), "{kind}: {voided:?}");
        // The clock of the bench is another one than that of a database's server.
        again.orchestrator.check_store().await.ok();
        assert_eq!(again.orchestrator.doubt(), None, "{kind}");
        assert_eq!(again.boot(host.id, 20).await, LOCAL_SCRIPT, "{kind}: its mark is void");
        again.orchestrator.mark(&again.operator, &key(20), MarkOrder::default()).await.unwrap();
        assert_ne!(again.boot(host.id, 20).await, LOCAL_SCRIPT, "{kind}");
    }
}
