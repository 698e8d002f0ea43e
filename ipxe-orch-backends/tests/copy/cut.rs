//! A copy that is cut off.

use crate::common::{Place, copied, fill, kinds, told};
use ipxe_orch_backends::sql::{CopyJob, CopyProgress, copy};
use std::sync::Arc;
use tokio::sync::Notify;

/// Copies until `is_far` says that it is far enough, and stops there.
async fn cut(from: &Place, to: &Place, is_far: impl Fn(CopyProgress) -> bool + Send) {
    let enough = Arc::new(Notify::new());
    let told = enough.clone();
    let progress = move |progress| {
        if is_far(progress) {
            told.notify_one();
        }
    };
    let (source, target, job) = (from.end(), to.end(), CopyJob::default());
    tokio::select! {
        biased;
        () = enough.notified() => {}
        done = copy(&source, &target, &job, progress) => panic!("it was not cut off: {done:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_cut_off_is_used_by_nobody_and_can_be_made_again() {
    let first = Place::sqlite();
    drop(fill(&first).await);
    let expected = told(&first).await;
    for kind in kinds() {
        let place = Place::new(kind).await;
        for table in ["profiles", "claims", "audit", "boot_events"] {
            cut(&first, &place, |progress| {
                matches!(progress, CopyProgress::Wrote { table: now, .. } if now == table)
            })
            .await;
            let Err(error) = place.try_open(1).await else { panic!("{kind}, {table}: it opens") };
            assert!(error.contains("is an incomplete copy"), "{kind}, {table}: {error}");
        }
        // As a source, too.
        let other = Place::sqlite();
        let error = crate::common::try_copy(&place, &other).await.unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("is an incomplete copy"), "{kind}: {cause}");
        cut(&first, &place, |progress| matches!(progress, CopyProgress::Compared { .. })).await;
        assert!(place.try_open(1).await.is_err(), "{kind}: until all was compared");
        copied(&first, &place).await;
        assert_eq!(told(&place).await, expected, "{kind}");
    }
}
