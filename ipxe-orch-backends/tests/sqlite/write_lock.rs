//! A program that writes all the time leaves room to others.

use crate::common::{bench, folder, open};
use ipxe_orch_core::stores::prelude::*;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[expect(clippy::disallowed_methods, reason = "measures how long a writer waits")]
async fn a_writer_gets_the_lock_of_one_that_never_rests() {
    let folder = folder();
    let (busy, bench) = bench(folder.path()).await;
    let (entries, recorder) = ([bench.entry("test")], bench.recorder());
    let done = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..512)
        .map(|_| {
            let (busy, done) = (busy.clone(), done.clone());
            let (entries, recorder) = (entries.clone(), recorder.clone());
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    busy.append_audit(&recorder, &entries).await.unwrap();
                }
            })
        })
        .collect();
    let other = open(folder.path()).await;
    let mut longest = Duration::ZERO;
    for _ in 0..60 {
        let start = Instant::now();
        other.append_audit(&recorder, &entries).await.unwrap();
        longest = longest.max(start.elapsed());
    }
    done.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    println!("the longest wait: {longest:?}");
    assert!(longest < Duration::from_secs(2), "{longest:?}");
}
