//! A source that is written to meanwhile.

use crate::common::{Place, copied, event, fill, kinds, told, try_copy};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// How many hosts a database has, and how many its audit says were created.
async fn hosts(place: &Place) -> (usize, usize) {
    let told = told(place).await;
    let created = told.matches("\\\"action\\\":\\\"host.create\\\"").count();
    (told.lines().filter(|line| line.starts_with("HostRecord")).count(), created)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_one_state_of_a_database_in_use() {
    for kind in kinds() {
        let (first, second) = (Place::new("SQLite").await, Place::new(kind).await);
        let filled = fill(&first).await;
        copied(&first, &second).await;
        let bench = filled.beside(second.open().await);
        let (end, begun) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (ended, beginning) = (end.clone(), begun.clone());
        let writer = tokio::spawn(async move {
            let mut number = 100;
            while !ended.load(Ordering::Relaxed) {
                let host = bench.register(number, true).await;
                bench.boot(host.id, number).await;
                let events = [event(i64::from(number), Some(host.id)), event(1, None)];
                bench.store.record_events(&bench.recorder(), &events).await.unwrap();
                beginning.store(true, Ordering::Relaxed);
                number += 1;
            }
            number
        });
        while !begun.load(Ordering::Relaxed) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        // A quick copy may come between two writes.
        let (mut during, mut tries) = (0, 0);
        while during < 3 {
            tries += 1;
            assert!(tries < 50 && !writer.is_finished(), "{kind}: {during} copies during writes");
            let target = Place::sqlite();
            let done = try_copy(&second, &target).await.unwrap();
            assert!(done.broken.is_none(), "{kind}: {done:?}");
            during += u32::from(done.source_went_on);
            let (hosts, created) = hosts(&target).await;
            assert_eq!(hosts, created, "{kind}: each host with its entry");
        }
        end.store(true, Ordering::Relaxed);
        let registered = writer.await.unwrap();
        assert!(registered > 103, "{kind}: {registered}");
    }
}
