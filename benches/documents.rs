//! Reading, checking and writing the official request. Every iteration asserts its result.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kaquan_core::{hot, model::BundlePatch, rules};

const PRETTY: &str = include_str!("../crates/kaquan-core/samples/update-stock-bundle.request.json");

fn documents(criterion: &mut Criterion) {
    let patch = hot::read(PRETTY).expect("the official request is well formed");
    let text = hot::to_json(&patch);
    let mut group = criterion.benchmark_group("documents");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("serialise", |bencher| {
        bencher.iter(|| {
            let written = hot::to_json(black_box(&patch));
            assert_eq!(written.len(), 1080);
            written
        });
    });
    group.bench_function("check_clean", |bencher| {
        bencher.iter(|| {
            let (checked, findings) = rules::check_text::<BundlePatch<'_>>(black_box(&text));
            assert!(checked.is_some() && findings.is_empty());
        });
    });
    group.finish();
}

criterion_group!(benches, documents);
criterion_main!(benches);
