//! Benchmarks of the core. Each is measured next to the work that the machine has to do anyway, so
//! compare numbers of the same run only.

#![expect(clippy::expect_used, reason = "a benchmark that cannot start ends")]

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipxe_orch_core::{
    image::{Bootloaders, Layout},
    lease::{Event, Lease, Limits, decide},
    time::Timestamp,
};
use std::hint::black_box;

/// Parts as large as those of Debian 13.
fn firmware() -> Bootloaders {
    let file = |length| Bytes::from(vec![0x90; length]);
    Bootloaders::new(file(38_912), file(119_524), file(351_727), file(996_864))
}

/// An image consists of its layout and 16 KiB. Compared with copying the same bytes as a whole.
fn images(criterion: &mut Criterion) {
    let layout = Layout::new(&firmware()).expect("the parts are in their limits");
    let script = format!("#!ipxe\n{}", "echo\n".repeat(500));
    let whole = vec![0x90_u8; usize::try_from(layout.image_len()).expect("it fits in memory")];
    let mut group = criterion.benchmark_group("image");
    group.throughput(Throughput::Bytes(layout.image_len()));
    group.bench_function("copy of the same bytes", |bencher| {
        bencher.iter(|| black_box(whole.clone()));
    });
    group.bench_function("plan, and copy every chunk", |bencher| {
        bencher.iter(|| {
            let image = layout.plan(&script).expect("the script fits").image();
            let mut bytes = Vec::with_capacity(whole.len());
            image.chunks(0..image.len()).for_each(|chunk| bytes.extend_from_slice(&chunk));
            black_box(bytes)
        });
    });
    group.bench_function("plan alone", |bencher| {
        bencher.iter(|| black_box(layout.plan(&script).expect("the script fits").image()));
    });
    group.finish();
}

/// The decision about a boot request of a host that has nothing to install.
fn decisions(criterion: &mut Criterion) {
    let (lease, limits) = (Lease::default(), Limits::default());
    criterion.bench_function("decide a local boot", |bencher| {
        bencher.iter(|| {
            let verdict =
                decide(black_box(&lease), &Event::Boot, None, Timestamp::from_millis(0), &limits);
            black_box(verdict.map(|verdict| verdict.reply()))
        });
    });
}

criterion_group!(benches, images, decisions);
criterion_main!(benches);
