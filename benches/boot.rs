//! What a machine's request costs in the orchestrator with the embedded store, HTTP apart. Compare
//! numbers of the same run only; the last group waits for the disk with each of its five commits.

#![expect(clippy::expect_used, reason = "a benchmark that cannot start ends")]

use criterion::{Criterion, criterion_group, criterion_main};
use ipxe_orch_backends::sql::{SqliteOptions, SqliteStore};
use ipxe_orch_core::{
    auth::Origin,
    conformance::Bench,
    ids::{ChainId, Epoch},
    orchestrator::{MarkOrder, Report, TicketAnswer},
    stores::HostKey,
    time::Timestamp,
};
use std::{path::Path, sync::Arc};
use tokio::runtime::Runtime;

async fn open(folder: &Path) -> Bench {
    let (chain, epoch) = (ChainId::from_bytes([1; 16]), Epoch::from_bytes([7; 16]));
    let now = Timestamp::from_millis(1_790_000_000_000);
    let options = SqliteOptions::new(folder.join("ipxe-orch.db"), chain, epoch, now);
    let bench = Bench::new(Arc::new(SqliteStore::open(options).await.expect("a new database")));
    bench.profile("boot").await;
    bench
}

fn origin() -> Origin {
    Origin("192.0.2.1".to_owned())
}

fn requests(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let bench = runtime.block_on(open(folder.path()));
    let (idle, marked) = runtime.block_on(async {
        let idle = bench.register(1, false).await;
        let marked = bench.register(2, true).await;
        bench.boot(marked.id, 2).await;
        (bench.query(idle.id, 1).await, bench.query(marked.id, 2).await)
    });
    let boot = async |query: &str| {
        bench.orchestrator.boot(query, origin()).await.expect("an answer").script
    };
    let mut group = criterion.benchmark_group("boot request");
    group.bench_function("boots its own disk", |bencher| {
        bencher.iter(|| runtime.block_on(boot(&idle)));
    });
    group.bench_function("is offered again", |bencher| {
        bencher.iter(|| runtime.block_on(boot(&marked)));
    });
    group.finish();
}

/// One install from its mark to its end: mark, offer, claim, report.
async fn install(bench: &Bench) {
    let host = bench.host(1).await;
    let key = HostKey::Id(host.id);
    let orchestrator = &bench.orchestrator;
    let marked = orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await;
    marked.expect("it is idle");
    bench.boot(host.id, 1).await;
    let attempt = bench.host(1).await.lease.attempt.expect("it was offered").id;
    let ticket = bench.ticket(attempt).await;
    let claimed = orchestrator.claim(&ticket, origin()).await.expect("it is stored");
    assert_eq!(claimed, TicketAnswer::Found(()));
    let done = Report::new("done", "").expect("a status");
    orchestrator.report(&ticket, &done, origin()).await.expect("it is stored");
}

fn installs(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let bench = runtime.block_on(open(folder.path()));
    runtime.block_on(bench.register(1, false));
    let mut group = criterion.benchmark_group("install");
    group.sample_size(20);
    group.bench_function("mark, offer, claim, done", |bencher| {
        bencher.iter(|| runtime.block_on(install(&bench)));
    });
    group.finish();
}

criterion_group!(benches, requests, installs);
criterion_main!(benches);
