//! The reducer: a full patch to every stock of a bundle.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

mod payloads;

fn decide_and_evolve(criterion: &mut Criterion) {
    let updates = payloads::updates(256);
    let mut group = criterion.benchmark_group("decide_and_evolve");
    group.throughput(Throughput::Elements(updates.len() as u64));
    for stocks in [3, 15] {
        let start = payloads::state(stocks);
        group.bench_function(format!("{stocks}_stocks_256_updates"), |bencher| {
            bencher.iter_batched(
                || start.clone(),
                |mut state| {
                    for update in &updates {
                        let events = state.apply(payloads::now(), black_box(update)).expect("accepted");
                        assert_eq!(events.len(), 1);
                    }
                    assert_eq!(state.remembered(), updates.len());
                    state
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, decide_and_evolve);
criterion_main!(benches);
