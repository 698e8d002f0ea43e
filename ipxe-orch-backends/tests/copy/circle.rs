//! Around all kinds of databases, and back.

use crate::common::{Place, copied, dump, fill, kinds, told, try_copy};
use std::mem;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_a_circle_through_all_databases() {
    let first = Place::sqlite();
    drop(fill(&first).await);
    let expected = told(&first).await;
    for part in ["of.another", "rack/row", "UnknownHost", "sealed:v1:", "claim: Some", "person2"] {
        assert!(expected.contains(part), "{part} is in it");
    }
    let (mut from, mut on_the_way) = (first, Vec::new());
    for kind in kinds().iter().skip(1).chain(["SQLite"].iter()) {
        let next = Place::new(kind).await;
        copied(&from, &next).await;
        assert_eq!(told(&next).await, expected, "{kind}");
        on_the_way.push(mem::replace(&mut from, next));
    }
    let (first, last) = (on_the_way.first().unwrap(), from);
    let (before, after) = (dump(first.folder()).await, dump(last.folder()).await);
    for (one, other) in before.lines().zip(after.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(before.lines().count(), after.lines().count());
}

/// What comes after the copy has numbers and a place of its own, in each kind of database.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_goes_on_like_any_other_database() {
    let first = Place::sqlite();
    let bench = fill(&first).await;
    for kind in kinds() {
        let place = Place::new(kind).await;
        copied(&first, &place).await;
        let again = bench.beside(place.open().await);
        let host = again.host(20).await.id;
        let newest = i64::MAX / 2;
        for who in [Some(host), None, Some(host)] {
            let event = crate::common::event(newest, who);
            again.store.record_events(&again.recorder(), &[event]).await.unwrap();
        }
        let filter = ipxe_orch_core::stores::EventFilter::default();
        let events = again.store.list_events(&again.grant().await, &filter).await.unwrap();
        let hosts: Vec<_> = events.iter().take(3).map(|event| event.host).collect();
        assert_eq!(hosts, [Some(host), None, Some(host)], "{kind}");
        again.register(40, false).await;
        told(&place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_anything_in_it_is_not_copied_over() {
    let first = Place::sqlite();
    drop(fill(&first).await);
    for kind in kinds() {
        let place = Place::new(kind).await;
        let bench = ipxe_orch_core::conformance::Bench::new(place.open().await);
        bench.profile("boot").await;
        let before = told(&place).await;
        let error = try_copy(&first, &place).await.unwrap_err().to_string();
        assert!(
            error.contains("is not empty: its table ") && error.contains("make a new"),
            "{error}"
        );
        assert_eq!(told(&place).await, before, "{kind}");
    }
}
